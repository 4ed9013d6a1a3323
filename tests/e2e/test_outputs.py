"""Every report of one build that fails, and what the journal says of it afterwards."""

import json
import re
import socket
import xml.etree.ElementTree as ET

import pytest

CANARY = "canary-5f3a9c"
REPORTS = {
    "--build-event-json-file": "bep.ndjson",
    "--profile": "trace.json",
    "--summary": "summary.json",
    "--junit": "junit.xml",
    "--sarif": "found.sarif",
}
LAW = "rules/signal/properties/test_welch_spectrum.py"
PLANTED = "\n\ndef test_planted(candidate):\n    raise AssertionError('planted')\n"


@pytest.fixture(scope="module")
def told(built, tmp_path_factory):
    """The workspace after a build that fails stage four of one node, with every report on."""
    import shutil

    from .conftest import Workspace

    root = tmp_path_factory.mktemp(CANARY) / "ws"
    shutil.copytree(built.root, root, symlinks=True)
    workspace = Workspace(root)
    law = workspace.path(LAW)
    law.write_text(law.read_text("utf-8") + PLANTED, "utf-8")
    home = root.parent / "home"
    home.mkdir()
    words = [f"{option}={root / name}" for option, name in REPORTS.items()]
    environment = {"HOME": str(home), "FXG_CANARY": CANARY, "SECRET_TOKEN": CANARY}
    done = workspace.type("build", "//eeg:all", "--annotations=github", *words, env=environment)
    assert done.code == 1, done.err
    return workspace, done


def text(told, name):
    return told[0].path(name).read_text("utf-8")


@pytest.mark.parametrize("name", [*REPORTS.values(), "stdout", "journal"])
def test_no_report_records_the_environment(told, name):
    workspace, done = told
    if name == "stdout":
        said = done.out
    elif name == "journal":
        run = workspace.type("log", "--json").json[0]["run"]
        said = text(told, f".fxgbuild/runs/{run}.jsonl")
    else:
        said = text(told, name)
    assert said
    for word in (CANARY, str(workspace.root), workspace.root.parent.name, socket.gethostname()):
        assert word not in said, name


def test_each_report_names_the_planted_fault(told):
    _, done = told
    assert re.search(r"^::error file=cache/eeg/welch/code.py,title=//eeg%3Awelch test", done.out)
    sarif = json.loads(text(told, "found.sarif"))
    pytest_run = sarif["runs"][-1]
    assert pytest_run["tool"]["driver"]["name"] == "pytest"
    place = pytest_run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "cache/eeg/welch/code.py"
    suite = ET.fromstring(text(told, "junit.xml")).find("testsuite[@name='//eeg:welch']")  # noqa: S314
    assert "planted" in suite.find("testcase[@name='test']/failure").text
    summary = json.loads(text(told, "summary.json"))
    assert summary["status"] == "failed"
    assert any(t["label"] == "//eeg:welch" and t["findings"] for t in summary["targets"])
    lines = [json.loads(line) for line in text(told, "bep.ndjson").splitlines()]
    assert lines[-1]["lastMessage"]
    results = [x["testResult"] for x in lines if "testResult" in x]
    assert [result["status"] for result in results] == ["FAILED"]
    trace = json.loads(text(told, "trace.json"))
    assert any(event["name"] == "//eeg:welch" for event in trace["traceEvents"])


def test_the_journal_says_why_and_what_ran(told):
    workspace, _ = told
    listed = workspace.type("log", "--json").json
    assert [run["outcome"] for run in listed[:2]] == ["failed", "ok"]
    why = workspace.type("why", "//eeg:welch", "--at", "last", "--json").json
    assert (why["state"], why["outcome"]) == ("dirty", "failed")
    assert any(reason["field"].startswith("properties") for reason in why["reasons"])
    clean = workspace.type("why", "//eeg:svm", "--at", "last", "--json").json
    first = listed[-1]["run"]  # the one that built everything
    assert (clean["state"], clean["last_built"]) == ("clean", first)
    shown = workspace.type("log", "last", "--json").json
    assert {one["label"] for one in shown["failures"]} == {"//eeg:welch"}
    apart = workspace.type("log", "diff", first, "last", "--json").json
    assert {"label": "//eeg:svm", "action": "lint"} in apart["actions"]["only_a"]
    ran = workspace.type("log", "what-ran").out
    assert "fxgbuild test //eeg:welch --test-output all" in ran


@pytest.mark.parametrize(
    "words",
    [
        ("--summary=missing/s.json",),
        ("--junit=examples",),
        ("--junit=x", "--sarif=x"),
        ("--build-event-json-file=missing/b",),
    ],
)
def test_a_report_that_cannot_be_written_is_said_before_the_build(told, words):
    done = told[0].type("build", "//eeg:all", *words)
    assert done.code == 2
    assert "to run" not in done.err


def test_an_unknown_run_is_a_question_of_the_command_line(told):
    done = told[0].type("why", "//eeg:svm", "--at", "yesterday")
    assert done.code == 2
    assert "fxgbuild log" in done.err
