"""The type stage: mypy, strict, every target a module of its own."""

import ast
import importlib.metadata
import json
import re
import sys
from collections.abc import Container, Iterator, Sequence

from fxgbuild.command import Command, Completed
from fxgbuild.digest import Json
from fxgbuild.errors import ToolFailed
from fxgbuild.finding import Finding, in_order
from fxgbuild.validate.subject import Fault, Subject, comments, companions, parsed

STAGE = "type"
VERSION = 1
PYTHON_VERSION = "3.11"
CONFIG_FILE = "mypy.cfg"
# Untyped distributions are seen as Any; a module that is not there at all stays an error.
SETTINGS = {
    "strict": "True",
    "disable_error_code": "import-untyped",
    "soft_error_limit": "-1",
    "warn_unused_configs": "False",
}

UNIT = re.compile(r"u_[0-9a-f]{16}")
SILENCERS = re.compile(r"#\s*(type:\s*ignore|mypy\s*:|pyright\s*:|pytype\s*:)", re.IGNORECASE)
# Said once per run, whichever file comes first: no part of one target's verdict.
ONCE = re.compile(r"^(See https?:|Hint: \"|\(or run |Error code \")")


def tool_version() -> str:
    return importlib.metadata.version("mypy")


def configuration(python_version: str = PYTHON_VERSION) -> dict[str, Json]:
    return {"settings": dict(SETTINGS), "python_version": python_version, "silencers": "rejected"}


def command(
    subjects: Sequence[Subject], *, python: str, cache_dir: str, python_version: str
) -> Command:
    """Check a batch against what `python` has installed; `cache_dir` may be `/dev/null`."""
    lines = ["[mypy]", *(f"{name} = {value}" for name, value in SETTINGS.items())]
    lines.append(f"python_version = {python_version}")
    files = {subject.path: subject.data for subject in subjects}
    for subject in subjects:  # of one batch, all have the same
        files |= {path: code.encode() for path, code in subject.deps}
    files[CONFIG_FILE] = "\n".join(lines).encode() + b"\n"
    argv = (
        *(sys.executable, "-m", "mypy", "--config-file", CONFIG_FILE),
        *("--python-executable", python, "--cache-dir", cache_dir),
        *("--output", "json", "--no-error-summary", "--no-pretty", "--no-color-output"),
        *("--show-column-numbers", "--show-error-codes", "--explicit-package-bases"),
        *("--namespace-packages", "."),
    )
    return Command(argv, tuple(sorted(files.items())), 240 + 0.2 * len(files))


def findings(done: Completed, subjects: Sequence[Subject]) -> dict[str, tuple[Finding, ...]]:
    """File every finding under its subject; exit code 2 means that mypy did not look at all."""
    if done.timed_out or done.exit_code not in (0, 1):
        raise accident(done)
    names = {name: dep.label for subject in subjects for name, dep in companions(subject)}
    found = reported(done, names)
    if done.exit_code == 1 and not found:
        raise accident(done)
    told: dict[str, tuple[Finding, ...]] = {}
    for subject in subjects:
        told[subject.label] = in_order([*_named(found.get(subject.path, []), subject)])
        for name, dep in companions(subject):
            told[dep.label] = in_order([*_named(found.get(name, []), subject)])
    return told


def blocked(done: Completed, subject: Subject) -> tuple[Finding, ...]:
    """What stopped mypy at one module alone, in its own words if it has any."""
    own = in_order([*_named(reported(done).get(subject.path, []), subject)])
    return own or (Finding(STAGE, "unread", "mypy cannot get through this module"),)


def reported(done: Completed, deps: Container[str] = ()) -> dict[str, list[Finding]]:
    """Errors by file name; those outside the batch (stubs, site-packages) are no one's."""
    found: dict[str, list[Finding]] = {}
    for item in _items(done.stdout):
        name = item["file"].replace("\\", "/").removeprefix("./")
        if item["severity"] == "error" and (UNIT.match(name) or name in deps):
            found.setdefault(name, []).append(_finding(item))
    return found


def _items(stdout: bytes) -> Iterator[Json]:
    for line in stdout.decode("utf-8", "replace").splitlines():
        if not line.startswith("{"):
            # A blocking error is printed as plain text: path:line:column: error: message [code]
            match = re.match(r"^([^:]+\.py):(\d+)?:?(\d+)?:? ?error: (.*?)(?:  \[(.*)\])?$", line)
            if match:
                path, row, column, message, code = match.groups()
                place = {"line": int(row or 0), "column": int(column or 0) - 1}
                yield {
                    **{"file": path, "message": message, "code": code, "severity": "error"},
                    **place,
                }
            continue
        try:
            item = json.loads(line)
        except ValueError:
            continue
        if {"file", "line", "column", "message", "code", "severity"} <= set(item):
            yield item


def _finding(item: Json) -> Finding:
    hints = [hint for hint in (item.get("hint") or "").splitlines() if not ONCE.match(hint)]
    message = "\n".join([item["message"], *hints])
    line, column = max(0, int(item["line"])), max(0, int(item["column"]) + 1)
    return Finding(STAGE, item["code"] or "misc", message, line, column)


def _named(found: Sequence[Finding], subject: Subject) -> Iterator[Finding]:
    """Call the module by no name: a verdict is the same whatever the target is called."""
    for one in found:
        message = one.message.replace(f"{subject.unit}.", "").replace(subject.unit, "module")
        yield Finding(one.stage, one.rule, message, one.line, one.column)


def accident(done: Completed) -> ToolFailed:
    how = "took too long" if done.timed_out else f"ended with {done.exit_code}"
    said = (done.stderr + b"\n" + done.stdout[:4000]).decode("utf-8", "replace").strip()
    return ToolFailed(f"mypy {how}", facts={"output": said[-2000:]})


def silencers(subject: Subject) -> Iterator[Finding]:
    """What would keep mypy from looking at generated code."""
    for line, column, text in comments(subject.code):
        if SILENCERS.search(text):
            yield Finding(STAGE, "silenced", f"`{text[:80]}` silences the type check", line, column)
    tree = parsed(subject)
    for node in ast.walk(tree) if isinstance(tree, ast.Module) else ():
        name = getattr(node, "id", None) or getattr(node, "attr", None)
        if isinstance(node, ast.alias):
            name = node.name.rsplit(".", 1)[-1]
        if name in ("no_type_check", "no_type_check_decorator"):
            where = (getattr(node, "lineno", 0), getattr(node, "col_offset", -1) + 1)
            yield Finding(STAGE, "silenced", f"`{name}` silences the type check", *where)


def outside(subject: Subject) -> Fault | None:
    """A module that reaches for its siblings would see them only in a batch: it stays out."""
    tree = parsed(subject)
    for node in ast.walk(tree) if isinstance(tree, ast.Module) else ():
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            if node.level:
                return Fault("relative-import", "a relative import", node.lineno, 1)
        if any(UNIT.match(name) for name in names):
            line = getattr(node, "lineno", 0)
            return Fault("import-not-found", f"no module named `{names[0]}`", line, 1)
    return None
