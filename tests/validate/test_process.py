"""A tool runs in a private folder, sees nothing of the caller's environment and always ends."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from fxgbuild.command import Command
from fxgbuild.errors import ToolFailed
from fxgbuild.finding import Finding, finding_from_json, in_order
from fxgbuild.process import run


def python(code: str, **more: object) -> Command:
    return Command((sys.executable, "-c", code), **more)  # type: ignore[arg-type]


def test_files_stand_below_a_private_folder_that_goes_away() -> None:
    code = "import os; print(os.getcwd()); print(open('a/b.txt').read())"
    done = run(python(code, files=(("a/b.txt", b"here"),)))
    folder, text = done.stdout.decode().split()
    assert text == "here"
    assert not Path(folder).exists()


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "", "a\0"])
def test_no_file_is_written_outside(name: str) -> None:
    with pytest.raises(ValueError, match="not a path below"):
        run(python("", files=((name, b""),)))


def test_nothing_of_the_environment_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FXG_SECRET", "PYTHONPATH", "MYPYPATH", "RUFF_CONFIG", "MYPY_CONFIG_FILE_DIR"):
        monkeypatch.setenv(name, "canary")
    done = run(python("import json, os; print(json.dumps(dict(os.environ)))"))
    seen = json.loads(done.stdout)
    assert "canary" not in seen.values()
    assert seen["PYTHONSAFEPATH"] == "1"
    assert seen["HOME"] != os.environ.get("HOME")


def test_standard_input_is_closed_or_what_was_given() -> None:
    code = "import sys; print(sys.stdin.read())"
    assert run(python(code)).stdout.strip() == b""
    assert run(python(code, stdin=b"given")).stdout.strip() == b"given"


def test_a_tool_past_its_limit_ends_with_all_it_started() -> None:
    code = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    done = run(python(code, limit_s=1.0))
    assert done.timed_out
    assert done.exit_code < 0
    assert time.monotonic() - began < 10


def test_a_tool_that_is_not_there_is_an_accident() -> None:
    with pytest.raises(ToolFailed, match="cannot start"):
        run(Command(("/no/such/tool",)))


def test_a_finding_survives_json() -> None:
    one = Finding("lint", "F401", "unused", 3, 8)
    assert finding_from_json(json.loads(json.dumps(one.to_json()))) == one
    for bad in ({}, one.to_json() | {"line": -1}, one.to_json() | {"rule": 3}):
        with pytest.raises(ValueError, match="a finding"):
            finding_from_json(bad)


def test_findings_are_sorted_by_place_and_said_once() -> None:
    late, early = Finding("lint", "A", "a", 9), Finding("lint", "B", "b", 2)
    assert in_order([late, early, late]) == (early, late)
