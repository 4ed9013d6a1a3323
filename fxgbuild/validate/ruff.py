"""The lint stage: ruff, with a selection that finds faults and leaves taste alone."""

import ast
import importlib.metadata
import json
import sys
from collections.abc import Callable, Sequence

from fxgbuild.command import Command, Completed
from fxgbuild.digest import Json
from fxgbuild.errors import ToolFailed
from fxgbuild.finding import Finding, in_order
from fxgbuild.validate.subject import Subject

STAGE = "lint"
VERSION = 1
LINE_LENGTH = 100
SELECT = (
    *("A", "B", "BLE", "C4", "E", "F", "N", "NPY", "PLE", "PLW", "T20", "UP", "W"),
    *("PIE794", "PIE796", "RET501", "RET502", "RET503", "SIM2"),
    *("RUF008", "RUF009", "RUF012", "RUF016", "RUF017", "RUF034"),
)
IGNORE = (
    "A002",  # a port's name comes from the rule set; the code cannot change it
    "A005",  # a module's name comes from the graph
    "C408",  # dict(a=1) is taste
    "E731",  # so is a named lambda
    "E741",  # and a variable `l`
    "N803",  # matrices are called X and W
    "N806",
    "N815",
    "N816",
    "N999",  # a module's name comes from the graph
    "PLW2901",  # `for row in rows: row = row - mean` is taste
)


def tool_version() -> str:
    return importlib.metadata.version("ruff")


def configuration() -> dict[str, Json]:
    """All that decides this stage's findings, but for ruff itself."""
    return {
        "select": sorted(SELECT),
        "ignore": sorted(IGNORE),
        "line_length": LINE_LENGTH,
        "target": "py311",
        "noqa": "of people's code only",
    }


def command(subjects: Sequence[Subject], *, suppressions: bool) -> Command:
    """Check a batch; `suppressions` says whether a `noqa` comment has its way."""
    select = json.dumps(sorted(SELECT))
    ignore = json.dumps(sorted(IGNORE))
    argv = (
        *(sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--quiet"),
        *(() if suppressions else ("--ignore-noqa",)),
        *("--no-respect-gitignore", "--no-fix", "--output-format", "json"),
        *("--target-version", "py311", "--config", f"line-length={LINE_LENGTH}"),
        *("--config", f"lint.select={select}", "--config", f"lint.ignore={ignore}"),
        *("--config", "exclude=[]", "."),
    )
    files = tuple(sorted({subject.path: subject.data for subject in subjects}.items()))
    return Command(argv, files, 60 + 0.05 * len(files))


def findings(done: Completed, subjects: Sequence[Subject]) -> dict[str, tuple[Finding, ...]]:
    """File every finding under its subject; exit code 1 is an answer, 2 is an accident."""
    if done.timed_out or done.exit_code not in (0, 1):
        raise accident(done)
    found: dict[str, list[Finding]] = {subject.path: [] for subject in subjects}
    try:
        for item in json.loads(done.stdout):
            name = str(item["filename"]).replace("\\", "/").rsplit("/", 1)[-1]
            found[name].append(_finding(item))
    except (ValueError, KeyError, TypeError) as error:
        raise accident(done) from error
    return {subject.label: in_order(found[subject.path]) for subject in subjects}


def _finding(item: Json) -> Finding:
    where = item.get("location") or {}
    return Finding(
        STAGE,
        item["code"] or "invalid-syntax",
        item["message"],
        int(where.get("row", 0)),
        int(where.get("column", 0)),
    )


def accident(done: Completed) -> ToolFailed:
    how = "took too long" if done.timed_out else f"ended with {done.exit_code}"
    last = done.stderr.decode("utf-8", "replace").strip()[-2000:]
    return ToolFailed(f"ruff {how}", facts={"stderr": last})


def sort_imports(code: str) -> Command:
    """Sort a hole's imports, on standard input and output."""
    argv = (
        *(sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--quiet"),
        *("--select", "I", "--fix", "--exit-zero", "--target-version", "py311"),
        *("--config", f"line-length={LINE_LENGTH}", "--stdin-filename", "hole.py", "-"),
    )
    return Command(argv, (), 30, code.encode())


def format_hole(code: str) -> Command:
    """Format a hole, on standard input and output."""
    argv = (
        *(sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--quiet"),
        *("--target-version", "py311", "--config", f"line-length={LINE_LENGTH}"),
        *("--stdin-filename", "hole.py", "-"),
    )
    return Command(argv, (), 30, code.encode())


def tidy(code: str, run: Callable[[Command], Completed]) -> str:
    """Sort the imports of a hole and format it; what does not parse is handed back as it is."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code
    for step in (sort_imports, format_hole):
        done = run(step(code))
        if done.exit_code != 0 or (code.strip() and not done.stdout):
            raise accident(done)
        code = done.stdout.decode()
    return code
