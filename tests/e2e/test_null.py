"""Null builds and one-edit builds: answered from the state file, and never wrong for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.synthetic import make
from tests.e2e.conftest import Workspace, clean_environment

GRAPH = "packages/p00001/fxg.yaml"
COPY = ".fxgbuild/out/p00001/n000060.py"


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """Two packages that hang together, built; its state believed."""
    folder = tmp_path_factory.mktemp("null") / "ws"
    make("layered", 100, folder)
    workspace = Workspace(folder)
    assert workspace.type("build").code == 0
    return workspace


@pytest.fixture
def two(settled, tmp_path):
    shutil.copytree(settled.root, tmp_path / "ws", symlinks=True)
    workspace = Workspace(tmp_path / "ws")
    assert workspace.build("//...")[1]["actions"]["run"] == 0  # learns the new paths' times
    return workspace


def imported(workspace, *words):
    """The modules that a command loads."""
    code = (
        "import os, sys; from fxgbuild.__main__ import main\n"
        "os._exit = lambda code: print(*sys.modules)\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=workspace.root,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def loaded(workspace):
    """Which packages a plan reads anew: those whose graph file it opens."""
    code = (
        "import sys; sys.argv = ['fxgbuild', 'plan', '//...']\n"
        "from fxgbuild.cli import app\n"
        "kept = app.App.narrow\n"
        "def narrow(self, patterns):\n"
        "    found = kept(self, patterns)\n"
        "    print('LOADED', *sorted(self.workspace.graphs), file=sys.stderr)\n"
        "    return found\n"
        "app.App.narrow = narrow\n"
        "from fxgbuild.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace.root,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(x for x in done.stderr.splitlines() if x.startswith("LOADED"))
    return line.split()[1:]


def test_a_null_build_says_so_without_importing_click_or_anything_that_costs(two):
    two.type("build", "//...")
    text = imported(two, "build", "//...")
    assert "102 clean; 0 actions run" in text
    for module in ("click", "pydantic", "yaml", "json", "hashlib", "sqlite3", "fxgbuild.lang"):
        assert f" {module} " not in text


def test_a_plan_of_nothing_is_answered_like_a_null_build(two):
    two.type("build", "//...")
    text = imported(two, "plan", "//...")
    assert "102 targets, 102 clean: nothing to run" in text
    assert " click " not in text


def test_the_answer_is_that_of_the_question(two):
    two.type("build", "//...")
    assert "102 clean" in two.type("build", "//...").out
    assert "51 clean" in two.type("build", "//p00000:all").out
    assert "1 clean" in two.type("build", "//p00000:n000003").out
    inside = two.path("packages/p00001")
    assert "51 clean" in two.type("build", ":all", cwd=inside).out
    assert "51 clean" in two.type("build", ":all", cwd=inside).out
    assert two.type("build", "//nowhere").code == 2


def test_one_edit_loads_its_package_alone(two):
    two.edit(GRAPH, "Step 60: add", "Step 60: now add")
    assert loaded(two) == ["p00001"]
    plan = two.plan("//...")
    assert list(plan) == ["//p00001:n000060"]
    assert [r["field"] for r in plan["//p00001:n000060"]["reasons"]] == ["spec.text"]
    two.edit(GRAPH, "Step 60: now add", "Step 60: add")
    assert two.plan("//...") == {}


def test_an_edit_that_others_can_see_loads_everything(two):
    two.edit(
        "packages/p00000/fxg.yaml",
        "  n000040:\n",
        "  n000040:\n    ports: {value: 'int in [0, 9]'}\n",
    )
    assert loaded(two) == ["p00000", "p00001"]
    assert "//p00000:n000040" in two.plan("//...")


def test_a_broken_edit_is_reported_and_its_cure_is_clean_again(two):
    two.edit(GRAPH, "task: bench.Fold", "task: bench.Fild")
    done = two.type("build", "//...")
    assert done.code == 1
    assert "FXG1105" in done.err or "Fild" in done.err
    two.edit(GRAPH, "task: bench.Fild", "task: bench.Fold")
    assert "102 clean" in two.type("build", "//...").out


@pytest.mark.parametrize(
    "path",
    [COPY, ".fxgbuild/index/cache.db", "cache/p00001/n000060/code.py", "cache/p00001/n000060"],
)
def test_what_is_deleted_by_hand_is_missed(two, path):
    two.type("build", "//...")
    target = two.path(path)
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink()
    done = two.type("build", "//...")
    if path.endswith("n000060"):
        assert done.code == 20 or "102" in done.out
    else:
        assert done.code == 0, done.err
        assert two.path(COPY).exists()


def test_an_edited_pin_is_an_integrity_failure_at_once(two):
    two.type("build", "//...")
    path = two.path("cache/p00001/n000060/code.py")
    times = path.stat()
    path.write_text(path.read_text().replace("65521", "65520"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    done = two.type("build", "//...")
    assert done.code == 26


def test_a_touched_but_equal_file_dirties_nothing(two):
    two.type("build", "//...")
    for name in (GRAPH, "cache/p00001/n000060/code.py", "rules/bench/rules.toml"):
        two.path(name).touch()
    assert "102 clean; 0 actions run" in imported(two, "build", "//...")


def test_a_new_package_is_found(two):
    two.type("build", "//...")
    text = two.path("packages/p00000/fxg.yaml").read_text()
    folder = two.path("packages/late")
    folder.mkdir()
    (folder / "fxg.yaml").write_text(
        'fxg: 1\nuse: ["//rules/bench"]\ninputs: {seed: int}\nnodes:\n'
        "  one: {task: bench.Total, spec: Late.}\nedges:\n  - {from: seed, to: one.first}\n"
        "  - {from: seed, to: one.second}\n"
    )
    assert text
    done = two.type("plan", "//...")
    assert "//late:one" in done.out


def test_a_changed_rule_reaches_every_node_of_its_task(two):
    two.type("build", "//...")
    two.edit("rules/bench/properties/test_total.py", "Every result", "Each result")
    plan = two.plan("//...")
    assert len(plan) == 50
    assert all(target["actions"] == ["test"] for target in plan.values())


def test_another_environment_asks_another_question(two, tmp_path):
    two.type("build", "//...")
    other = tmp_path / "store"
    done = two.type("plan", "//...", env={"FXG_STORE": str(other)})
    assert "render" in done.out
    assert "nothing to run" in two.type("plan", "//...").out


@pytest.mark.parametrize("spoil", [b"", b"fxg state 1\n", b"\x00" * 4000])
def test_a_state_that_cannot_be_believed_costs_time_only(two, spoil):
    two.path(".fxgbuild/state").write_bytes(spoil)
    assert "102 clean" in two.type("build", "//...").out
    assert "102 clean" in imported(two, "build", "//...")


def test_a_failing_package_is_looked_at_again_and_the_others_are_not(two):
    two.edit(GRAPH, "Step 60: add", "Step 60: now add")
    assert two.type("build", "//...").code == 20
    assert two.type("build", "//p00000:all").code == 0
    assert list(two.plan("//...")) == ["//p00001:n000060"]
    assert two.type("build", "//...").code == 20


def test_a_store_on_the_command_line_is_the_one_that_is_asked(two, tmp_path):
    done = two.type("build", "//p00000:n000001", "--store", str(tmp_path / "other"))
    assert "1 built" in done.out
    done = two.type("build", "//p00000:n000001", "--store", str(tmp_path / "other"))
    assert "1 clean" in done.out
    assert Path(tmp_path / "other" / "state").is_file()


def test_why_a_clean_target_is_as_it_is_names_the_run_that_last_built_it(two):
    why = two.type("why", "//p00001:n000060", "--json").json
    runs = [run["run"] for run in two.type("log", "--json").json]
    assert (why["state"], why["reasons"]) == ("clean", [])
    assert why["last_built"] == runs[-1]
    assert f"last built in {runs[-1]}" in two.type("why", "//p00001:n000060").out
