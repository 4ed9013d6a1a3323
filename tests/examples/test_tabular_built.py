"""The tabular graph as a user has it: built from its pins, run, fed with wrong data, packaged."""

import json
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.docs.pages import made, read
from tests.docs.tabular import CASES, baseline_metrics, difference, metrics_table, run_metrics
from tests.e2e.conftest import clean_environment, copy_repository

pytestmark = pytest.mark.slow
NODES = 6
DATA = "examples/tabular/data"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A copy of the repository in which the graph was built from nothing but its pins."""
    found = copy_repository(tmp_path_factory.mktemp("tabular"))
    done = found.type("build", "//tabular:all", "--frozen", "--json")
    assert done.code == 0, done.out + done.err
    by_kind = done.json["actions"]["by_kind"]
    assert by_kind["generate"] == {"run": 0, "cached": NODES}
    for stage in ("lint", "type", "security", "test"):
        assert by_kind[stage] == {"run": NODES, "cached": 0}
    return found


@pytest.fixture(scope="module")
def results(workspace):
    """Where a run left its outputs."""
    folder = workspace.root / "results"
    done = workspace.type("run", "//tabular", "--out", str(folder))
    assert done.code == 0, done.err
    return folder


def test_the_metrics_are_those_of_the_analyses_by_hand(results):
    found, expected = run_metrics(results), baseline_metrics()
    assert float(difference(found, expected)) <= 1e-9
    assert made(read("docs/results.md"))["tabular_metrics"] == metrics_table(found, expected)


def test_the_wheel_gives_the_same_bytes(workspace, results, tmp_path):
    """Without fxgbuild or a model, one table after another."""
    emitted = workspace.type("emit", "//tabular:wheel", "--to", str(tmp_path), "--json").json
    wheel = next(item["path"] for item in emitted if item["path"].endswith(".whl"))
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    for case in CASES:
        csv = {"wine": "winequality-red", "adult": "adult-train"}.get(case, case)
        command = [sys.executable, "-m", "tabular_pipeline", "--out", str(tmp_path / case)]
        command += ["--input", f"csv={workspace.path(DATA)}/{csv}.csv"]
        command += ["--input", f"about={workspace.path(DATA)}/{case}.json"]
        environment = clean_environment() | {"PYTHONPATH": str(tmp_path / "site")}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        for name in ("metrics.json", "counts.json", "columns.arrow", "names.json", "model.zip"):
            assert (tmp_path / case / name).read_bytes() == (
                results / f"{case}-{name}"
            ).read_bytes()


WRONG = {
    "a missing column": ({"numeric": ["colour"]}, None, "there is no column colour"),
    "text among numbers": (
        {"numeric": ["pH"]},
        lambda csv: csv.replace(b"3.51", b"acid", 1),
        "column pH, row 1: 'acid' is not a number",
    ),
    "Latin-1": ({}, lambda csv: "caf\u00e9\n".encode("latin-1") + csv, "line 1 is not UTF-8"),
    "a cell too few": (
        {},
        lambda csv: csv.replace(b"7.8,0.88,", b"7.8,", 1),
        "line 2 has 11 cells, expected 12",
    ),
    "no such rule": (
        {"positive": {"rule": "more", "value": "6"}},
        None,
        "positive.rule: expected one of equals, at_least, found 'more'",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_data_is_one_line_with_its_place(workspace, tmp_path, name):
    facts, spoil, said = WRONG[name]
    about = json.loads(workspace.path(f"{DATA}/wine.json").read_text("utf-8"))
    csv = workspace.path(f"{DATA}/winequality-red.csv").read_bytes()
    (tmp_path / "mine.json").write_text(json.dumps(about | facts), "utf-8")
    (tmp_path / "mine.csv").write_bytes(spoil(csv) if spoil else csv)
    given = [f"csv={tmp_path}/mine.csv", f"about={tmp_path}/mine.json"]
    done = workspace.type("run", "//tabular", "--input", given[0], "--input", given[1])
    assert done.code != 0
    assert [line for line in done.err.splitlines() if said in line]


def test_a_changed_file_is_an_error_that_names_it(workspace, tmp_path):
    other = copy_repository_part(workspace, tmp_path)
    with (other / DATA / "winequality-red.csv").open("ab") as file:
        file.write(b"1,2,3\n")
    done = workspace.type("plan", "//tabular:all", cwd=other)
    assert done.code == 1
    assert "data/winequality-red.csv" in done.err


def copy_repository_part(workspace, folder):
    """The workspace without its store and the other packages."""
    for part in ("fxgbuild.toml", "requirements.lock"):
        shutil.copy(workspace.path(part), folder / part)
    for part in ("rules", "cache/tabular", "examples/tabular"):
        shutil.copytree(workspace.path(part), folder / part)
    return folder
