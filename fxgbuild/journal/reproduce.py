"""A shell line that runs a failed action again, alone, typed in the workspace's folder. Pure.

For a tool of the static stages it is the tool's own command line over the rendered module, with
the configuration of the stage; for everything else it is a command of ours.
"""

import re
import shlex
import sys
from collections.abc import Iterable

from fxgbuild.event import ActionEnded
from fxgbuild.finding import Finding
from fxgbuild.lang.template import OPEN
from fxgbuild.validate import bandit, mypy, ruff
from fxgbuild.validate.subject import Subject

BY_TOOL = {
    "lint": re.compile(r"[A-Z]+\d+|invalid-syntax"),
    "type": re.compile(r"(?!silenced|relative-import|unread|syntax|size|nesting|encoding)[a-z-]+"),
    "security": re.compile(r"B\d{3}"),
}
ROW = "{relpath}:{line}:{col}: {test_id}: {msg}"


def reproducer(action: ActionEnded, module: str, code: str, python: tuple[str, str]) -> str:
    """`module` is the rendered file's path from the workspace, `code` what stands in it."""
    tool = BY_TOOL.get(action.action)
    if tool is None or not code or not _said(tool, action.findings):
        return _again(action)
    subject = Subject(action.label, "", "", code)
    trusted = not re.search(f"^{OPEN}$", code, re.MULTILINE)  # people's code may suppress
    if action.action == "lint":
        return _ruff(subject, module, trusted)
    if action.action == "security":
        return _bandit(subject, module, trusted)
    return _mypy(module, python)


def _said(tool: re.Pattern[str], findings: Iterable[Finding]) -> bool:
    return any(tool.fullmatch(finding.rule) for finding in findings)


def _again(action: ActionEnded) -> str:
    verb = "build" if action.action in ("generate", "emit") else "test"
    more = " --test-output all" if verb == "test" else ""
    return f"fxgbuild {verb} {shlex.quote(action.label)}{more}"


def _ruff(subject: Subject, module: str, trusted: bool) -> str:
    words = list(ruff.command([subject], suppressions=trusted).argv)
    words[words.index("json")] = "concise"
    return _line([*words[:-1], module])


def _bandit(subject: Subject, module: str, trusted: bool) -> str:
    words = list(bandit.command([subject], suppressions=trusted).argv)
    words.remove("--recursive")
    words[words.index("json")] = "custom"
    return _line([*words[:-1], "--msg-template", ROW, module])


def _mypy(module: str, python: tuple[str, str]) -> str:
    """The settings of the stage's file as options; the module is named by its place in `out`."""
    home = module.partition("/out/")[0] + "/out"
    version = ".".join(python[1].split(".")[:2])
    words = [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir=/dev/null"]
    words += [_option(name, value) for name, value in mypy.SETTINGS.items()]
    words += [f"--python-version={version}", "--python-executable", python[0]]
    words += ["--no-error-summary", "--no-pretty", "--show-column-numbers", "--show-error-codes"]
    words += ["--explicit-package-bases", "--namespace-packages", module]
    return f"MYPYPATH={shlex.quote(home)} {_line(words)}"


def _option(name: str, value: str) -> str:
    option = name.replace("_", "-")
    return {"True": f"--{option}", "False": f"--no-{option}"}.get(value, f"--{option}={value}")


def _line(words: list[str]) -> str:
    """`-P`: what lies in the workspace is not imported by the tool."""
    return shlex.join([words[0], "-P", *words[1:]])
