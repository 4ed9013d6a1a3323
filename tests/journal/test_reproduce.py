"""The line that `log what-ran` prints for a failed action finds the same thing in a shell."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from fxgbuild.event import ActionEnded
from fxgbuild.finding import Finding
from fxgbuild.journal.reproduce import reproducer
from tests.bench.synthetic import make
from tests.e2e.conftest import REPOSITORY, Workspace

# Lines 5 and 6: an unused variable and an answer of the wrong type; line 7: an assertion.
FAULTY = '''"""Adding whole numbers."""


def total(first: int, second: int | None, third: int | None) -> int:
    unused = 1
    wrong: str = first
    assert wrong
    return (first + (second or 0) + (third or 0)) % 65521
'''


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """A workspace after a build in which every stage of some node failed."""
    root = tmp_path_factory.mktemp("failed") / "ws"
    make("layered", 8, root)
    (root / "rules/bench/templates/total.py").write_text(FAULTY)
    law = root / "rules/bench/properties/test_fold.py"
    law.write_text(
        f"{law.read_text()}\n\ndef test_planted(candidate):\n"
        "    assert candidate(first=1, second=2, third=3) == -1\n"
    )
    workspace = Workspace(root)
    assert workspace.type("build", "-k", "--annotations", "github").code == 1
    return workspace


@pytest.fixture(scope="module")
def ran(failed):
    done = failed.type("log", "what-ran", "--json")
    assert done.code == 0, done.err
    return done.json


def shell(line, cwd, tmp_path):
    """Type a line as a user does: a shell, and the program on its path."""
    program = tmp_path / "fxgbuild"
    home = shlex.quote(str(REPOSITORY))
    program.write_text(f'#!/bin/sh\nPYTHONPATH={home} exec {sys.executable} -m fxgbuild "$@"\n')
    program.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        **{"cwd": cwd, "env": environment, "capture_output": True, "text": True},
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("action", ["lint", "type", "security", "test"])
def test_the_line_sees_the_same_finding(failed, ran, action, tmp_path):
    one = next(x for x in ran if x["action"] == action and x["outcome"] == "failed")
    assert one["changed"] is False
    code, said = shell(one["reproduce"], failed.root, tmp_path)
    assert code != 0
    package, _, name = one["label"][2:].partition(":")
    for finding in one["findings"]:
        assert finding["rule"] in said or action == "test"
        assert finding["message"].split(" (")[0].split("\n")[0][:60] in said
        if action != "test":
            assert f".fxgbuild/out/{package}/{name}.py:{finding['line']}:" in said


def test_only_failed_actions_have_a_line(ran):
    assert {"reproduce" in one for one in ran if one["outcome"] == "passed"} == {False}
    assert {"reproduce" in one for one in ran if one["outcome"] == "failed"} == {True}


def test_code_that_changed_since_is_said_to_have(failed, ran):
    label = next(x["label"] for x in ran if x["action"] == "lint" and x["outcome"] == "failed")
    path = failed.path(f".fxgbuild/out/{label[2:].replace(':', '/')}.py")
    text = path.read_text()
    path.chmod(0o644)
    path.write_text(f"{text}\n# more\n")
    try:
        first = failed.type("log", "--json").json[-1]["run"]  # a reproducer may be a run too
        again = failed.type("log", "what-ran", first, "--json").json
    finally:
        path.write_text(text)
    assert any(x.get("changed") for x in again if x["label"] == label)


HOLE = '# fxg:hole\nimport os  # noqa\nassert os  # nosec\nx: int = "a"\n# fxg:end\n'


@pytest.mark.parametrize(
    ("action", "rule"), [("lint", "F821"), ("type", "assignment"), ("security", "B101")]
)
def test_generated_code_cannot_talk_a_reproducer_out_of_a_finding(tmp_path, action, rule):
    module = ".fxgbuild/out/a-b/my/n.py"
    path = tmp_path / module
    path.parent.mkdir(parents=True)
    code = HOLE + ("y = undefined  # noqa\n" if action == "lint" else "")
    path.write_text(code)
    event = ActionEnded(
        *("//a-b/my:n", action, "k", "failed", 0.0, 0.0, "ruff"), (Finding(action, rule, "x", 1),)
    )
    code, said = shell(
        reproducer(event, module, code, (sys.executable, "3.11")), tmp_path, tmp_path
    )
    assert code == 1, said
    assert rule in said


@pytest.mark.parametrize(
    ("action", "rule", "line"),
    [
        ("security", "construct", "fxgbuild test //a:b --test-output all"),
        ("lint", "syntax", "fxgbuild test //a:b --test-output all"),
        ("integrate", "property", "fxgbuild test //a:b --test-output all"),
        ("generate", "reply", "fxgbuild build //a:b"),
    ],
)
def test_what_no_tool_says_is_run_again_by_us(action, rule, line):
    finding = Finding(action, rule, "x", 1)
    event = ActionEnded("//a:b", action, "k", "failed", 0.0, 0.0, "engine", (finding,))
    assert reproducer(event, "m.py", "x = 1\n", ("python", "3.11")) == line
    assert Path(line.split()[0]).name == "fxgbuild"
