"""Debug a call, run a node on what flowed, show what stands."""

import subprocess
import sys

import pytest

from .conftest import clean_environment

WELCH = "rules/signal/properties/test_welch_spectrum.py"


def debugged(workspace, *words, typed):
    """What a person sees who types into the debugger."""
    done = subprocess.run(
        [sys.executable, "-m", "fxgbuild", "debug", *words],
        cwd=workspace.root,
        env=clean_environment(),
        input="".join(f"{line}\n" for line in typed),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_a_passing_test_is_stopped_at_by_its_name(workspace):
    done = debugged(
        workspace,
        *("//eeg:welch", "--test", "test_white_noise_level"),
        typed=["p windows.shape", "p segment_s", "import socket", "socket.socket()", "q"],
    )
    assert done.returncode == 0, done.stderr
    assert "property test_white_noise_level: passed" in done.stdout
    assert "(4, 4, 640)" in done.stdout
    assert "PermissionError" in done.stdout  # the walls are those of stage four


@pytest.mark.slow
def test_a_failing_test_is_stopped_at_where_the_code_stands(workspace):
    workspace.edit(WELCH, "< 0.15", "< 0.0")
    done = debugged(workspace, "//eeg:welch", typed=["p rate_hz", "q"])
    assert done.returncode == 0, done.stderr
    assert "property test_white_noise_level: failed" in done.stdout
    assert "welch_spectrum()" in done.stdout
    assert "128.0" in done.stdout


@pytest.mark.slow
def test_a_call_that_raises_is_looked_at_where_it_raises(workspace):
    raises = "with pytest.raises(ValueError):  # noqa: PT011  (the wording is free)"
    workspace.edit(WELCH, raises, "if True:")
    done = debugged(workspace, "//eeg:welch", typed=["w", "q"])
    assert "ValueError was raised" in done.stdout


@pytest.mark.slow
def test_what_cannot_be_debugged_is_said_in_one_line(workspace):
    assert debugged(workspace, "//eeg", typed=[]).returncode == 2
    wrong = debugged(workspace, "//eeg:welch", "--test", "test_white_nose_level", typed=[])
    assert wrong.returncode == 2
    assert "test_white_noise_level" in wrong.stderr
    whole = debugged(workspace, "//eeg:welch", typed=[])
    assert whole.returncode == 0
    assert "tests of //eeg:welch pass" in whole.stdout
    none = debugged(workspace, "//eeg:welch", "--attempt", "7", typed=[])
    assert none.returncode == 2
    assert "no such code" in none.stderr


@pytest.mark.slow
def test_a_node_runs_on_what_flowed_in_a_kept_run(workspace):
    refused = workspace.type("run", "//eeg:ensemble")
    assert refused.code == 2
    assert "fxgbuild run //eeg --keep" in refused.err
    whole = workspace.type("run", "//eeg", "--case", "subject00", "--keep", "--json").json
    alone = workspace.type("run", "//eeg:ensemble", "--json").json
    scores = "subject00/scores"
    assert alone["outputs"]["subject00/test"]["sha256"] == whole["outputs"][scores]["sha256"]
    first = workspace.type("run", "//eeg:windows", "--json")  # fed by the graph's own inputs
    assert first.code == 0, first.err
    kept = workspace.root / ".fxgbuild" / "ports" / "eeg" / "subject00"
    (kept / "svm.test_scores").write_bytes(b"\x93NUMPY")
    broken = workspace.type("run", "//eeg:ensemble")
    assert broken.code == 26
    assert "svm.test_scores" in broken.err


def test_show_gives_all_that_judges_a_node(workspace):
    shown = workspace.type("show", "//eeg:ensemble", "--tests")
    assert shown.code == 0, shown.err
    for part in ("# examples", "properties/test_average_scores.py", "acceptance/ensemble.jsonl"):
        assert part in shown.out
    parts = workspace.type("show", "//eeg:ensemble", "--tests", "--json").json
    assert set(parts) == {"label", "examples", "properties", "acceptance cases", "acceptance tests"}


@pytest.mark.slow
def test_show_findings_says_what_the_last_run_found_and_where(workspace):
    assert "found nothing" in workspace.type("show", "//eeg:welch", "--findings").err
    workspace.edit(WELCH, "< 0.15", "< 0.0")
    assert workspace.build("//eeg:welch")[0] == 1
    shown = workspace.type("show", "//eeg:welch", "--findings")
    assert "test_white_noise_level" in shown.out
    assert "deviation=1.0" in shown.out  # the shrunk input, whole
    found = workspace.type("show", "//eeg:welch", "--findings", "--json").json
    assert [finding["stage"] for finding in found["findings"]] == ["test"]
    assert found["attempts"] == []
