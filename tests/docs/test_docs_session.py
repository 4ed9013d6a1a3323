"""The README's session does what it shows, and what it leaves is as the documents say."""

import email
import json
import re
import shlex
import tomllib
import zipfile

import numpy as np
import pytest

from fxgbuild.store.index import Index

from .console import agrees, masked, steps
from .make import baseline_metrics, metrics_table, run_metrics
from .pages import ROOT, blocks, code, made, read, rows, section, tables

FORMATS = read("docs/formats.md")
STEPS = [step for block in blocks(read("README.md"), "console") for step in steps(block)]


@pytest.mark.parametrize("number", range(len(STEPS)), ids=[step.command[:40] for step in STEPS])
def test_a_step_prints_what_the_readme_shows(session, number):
    step, printed = session.steps[number]
    assert agrees(step.shown, printed), "\n".join([f"$ {step.command}", *printed])


def test_lines_are_compared_whole_but_for_seconds_and_digests():
    assert masked("3 built in 14.5 s") == masked("3 built in 2.0 s")
    assert agrees(("a", "...", "c"), ["a", "b", "b", "c"])
    assert agrees(("...",), [])
    assert not agrees(("a",), ["a", "b"])
    assert not agrees(("a b",), ["a c"])
    assert agrees(("a ...",), ["a c"])


def test_the_set_up_is_the_two_lines_and_they_name_what_is_there():
    (block,) = blocks(section(read("README.md"), "Set-up"), "sh")
    build, test = block.splitlines()
    venv, pip, last = (shlex.split(part) for part in build.split(" && "))
    assert venv == ["python3", "-m", "venv", ".venv"]
    assert pip[:3] == [".venv/bin/pip", "install", "-q"]
    lock, wanted = pip[pip.index("-c") + 1], pip[pip.index("-e") + 1]
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert (ROOT / lock).is_file()
    assert set(wanted[2:-1].split(",")) <= set(project["optional-dependencies"])
    assert project["scripts"]["fxgbuild"] == "fxgbuild.__main__:main"
    assert last[0] == ".venv/bin/fxgbuild"
    assert " ".join(["fxgbuild", *last[1:]]) == STEPS[0].command  # the session has typed it
    assert shlex.split(test) == [".venv/bin/python", "-m", "pytest", "-q"]


def test_the_metrics_are_those_of_the_run_and_of_the_baseline(session):
    found = metrics_table(run_metrics(session.folder / "results"), baseline_metrics())
    assert made(read("docs/results.md"))["metrics"] == found


def test_the_private_store_holds_what_the_page_lists(session):
    part = section(FORMATS, "The private store")
    paths, keys, *_ = tables(part)
    listed = {name.rstrip("/") for row in paths for name in code(row[0])}
    assert {path.name for path in (session.folder / ".fxgbuild").iterdir()} <= listed
    kinds = {code(row[0])[0].partition(":")[0] for row in keys} - {"<action>"}
    actions = {"generate", "lint", "type", "security", "test", "integrate", "emit"}
    index = Index(session.folder / ".fxgbuild" / "index")
    found = index.keys()
    assert {key.partition(":")[0] for key in found} <= kinds | actions
    record = index.get(next(key for key in found if key.startswith("lint:")))
    assert set(record) == set(code(part[part.index("A record is") :])[: len(record)])
    index.close()


def test_a_wheel_holds_what_the_page_lists(session):
    text = section(FORMATS, "Artifacts")
    (path,) = (session.folder / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        infos = wheel.infolist()
        found = {info.filename for info in infos}
        metadata = next(name for name in found if name.endswith("/METADATA"))
        required = email.message_from_bytes(wheel.read(metadata)).get_all("Requires-Dist")
    top = {name.split("/")[1] for name in found if ".dist-info/" not in name}
    assert top == {name.rstrip("/") for name in code(text) if name.rstrip("/") in top}
    assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}
    assert {info.date_time[0] for info in infos} == {1980}
    (lock,) = (session.folder / "dist").glob("*.lock.txt")
    locked = {line.split("==")[0] for line in lock.read_text("utf-8").splitlines()}
    direct = {re.split(r"[<>=!~ ]", name)[0] for name in required}
    assert locked > direct
    assert {"joblib", "threadpoolctl"} <= locked  # what scikit-learn requires in turn


# What is typed for each row of the table that needs no reply of a model.
JSON = {
    "plan": "plan //eeg:all --json",
    "why": "why //eeg:welch --json",
    "build": "build //eeg:all --json",
    "test": "test //eeg:welch --json",
    "test RULESET": "test //rules/learning:Serialise --json",
    "run": "run //eeg:moments --input windows=windows.npy --json",
    "emit": "emit //eeg:wheel --json --to ../dist",
    "graph": "graph //eeg --json --to ../graph",
    "generate export": "generate export //eeg:welch --renew --json --to ../requests.jsonl",
    "report": "report //eeg:all --json",
    "ls": "ls //eeg:all --json",
    "query": "query 'deps(//eeg:welch)' --json",
    "aquery": "aquery //eeg:welch --preimages --json",
    "why-depends": "why-depends //eeg:svm //eeg:windows --json",
    "prompt": "prompt //eeg:welch --json",
    "cache verify": "cache verify --json",
    "cache stats": "cache stats --json",
    "cache gc": "cache gc --dry-run --json",
    "cache keygen": "cache keygen ../key --json",
    "log": "log --json",
    "log RUN": "log FIRST --json",
    "log diff": "log diff FIRST last --json",
    "log what-ran": "log what-ran FIRST --json",
    "why --at": "why //eeg:welch --at FIRST --json",
}
SERVED = {"cache serve"}  # tests/remote starts it
REPLIES = {"regenerate", "generate import", "carry", "diff"}  # tests/e2e types these
# tests/promote types these
PROMOTED = {"approve", "log --channel", "blame", "history", "verify", "diff CHANNEL CHANNEL"}
PROMOTED |= {"export", "import", "promote", "rollback"}
OPTIONAL = {"params", "case", "reproduce", "changed", "figures"}


def contracts():
    """Every row of the table: the command, the names it lists at the top, all that it lists."""
    found = {}
    for commands, document in rows(section(FORMATS, "JSON output")):
        top, depth = "", 0
        for char in document:
            depth += (char in "[(") - (char in "])")
            top += char if not depth else ""
        found |= dict.fromkeys(code(commands), (set(code(top)), set(code(document))))
    return found


def test_every_command_with_a_document_is_typed_somewhere():
    assert contracts().keys() == JSON.keys() | REPLIES | SERVED | PROMOTED


@pytest.fixture(scope="module")
def first_run(session):
    """The run that built everything."""
    return json.loads(session.type("fxgbuild log --number 999 --json 2>/dev/null"))[-1]["run"]


@pytest.mark.parametrize("command", JSON)
def test_a_json_document_has_the_names_that_are_listed(session, first_run, command):
    np.save(session.folder / "windows.npy", np.zeros((1, 2, 500)))
    typed = JSON[command].replace("FIRST", first_run)
    document = json.loads(session.type(f"fxgbuild {typed} 2>/dev/null"))
    top, everything = contracts()[command]
    found = set(document[0] if isinstance(document, list) else document)
    assert found == top - (OPTIONAL - found)
    for part in ("targets", "tasks", "nodes"):
        if isinstance(document, dict) and document.get(part):
            assert set(document[part][0]) <= everything
