"""Half of the security stage: bandit, every test, no way to silence it from generated code."""

import importlib.metadata
import json
import sys
from collections.abc import Sequence

from fxgbuild.command import Command, Completed
from fxgbuild.digest import Json
from fxgbuild.errors import ToolFailed
from fxgbuild.finding import Finding, in_order
from fxgbuild.validate.subject import Subject

STAGE = "security"
VERSION = 1
SKIP = ("B311",)  # random.Random(seed) is not used as a secret here; the policy bounds it


def tool_version() -> str:
    return importlib.metadata.version("bandit")


def configuration() -> dict[str, Json]:
    return {"skip": list(SKIP), "level": "all", "nosec": "of people's code only"}


def command(subjects: Sequence[Subject], *, suppressions: bool) -> Command:
    """Check a batch; `suppressions` says whether a `nosec` comment has its way."""
    argv = (
        *(sys.executable, "-m", "bandit", "--quiet", "--format", "json", "--recursive"),
        *(() if suppressions else ("--ignore-nosec",)),
        *("--skip", ",".join(SKIP), "--exclude", "", "."),
    )
    files = tuple(sorted({subject.path: subject.data for subject in subjects}.items()))
    return Command(argv, files, 120 + 0.1 * len(files))


def findings(done: Completed, subjects: Sequence[Subject]) -> dict[str, tuple[Finding, ...]]:
    """File every finding under its subject; exit code 1 is an answer if there is a report."""
    if done.timed_out or done.exit_code not in (0, 1):
        raise accident(done)
    found: dict[str, list[Finding]] = {subject.path: [] for subject in subjects}
    try:
        report = json.loads(done.stdout)
        for item in report["results"]:
            found[_name(item)].append(_finding(item))
        for item in report["errors"]:
            found[_name(item)].append(Finding(STAGE, "unread", f"bandit: {item['reason']}"))
    except (ValueError, KeyError, TypeError) as error:
        raise accident(done) from error
    return {subject.label: in_order(found[subject.path]) for subject in subjects}


def _name(item: Json) -> str:
    return str(item["filename"]).rsplit("/", 1)[-1]


def _finding(item: Json) -> Finding:
    grade = f"severity {item['issue_severity'].lower()}"
    message = f"{item['issue_text']} ({item['test_name']}, {grade})"
    column = int(item.get("col_offset", -1)) + 1
    return Finding(STAGE, item["test_id"], message, int(item["line_number"]), column)


def accident(done: Completed) -> ToolFailed:
    how = "took too long" if done.timed_out else f"ended with {done.exit_code}"
    last = done.stderr.decode("utf-8", "replace").strip()[-2000:]
    return ToolFailed(f"bandit {how}", facts={"stderr": last})
