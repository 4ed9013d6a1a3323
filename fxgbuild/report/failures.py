"""What failed in a run, one entry for each finding, with the tool that found it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fxgbuild.event import ActionEnded, Event, TargetEnded
from fxgbuild.finding import Finding

TOOLS = ("ruff", "mypy", "bandit", "fxgbuild-policy", "pytest")
STAGES = ("lint", "type", "security", "test", "laws", "integrate")
# Said by our own checks before a tool is shown the module, whatever the stage.
FAULTS = frozenset(
    {"constant", "encoding", "hidden-character", "nesting", "relative-import", "silenced"}
    | {"size", "skipped", "syntax", "unread"}
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file of the workspace; its path is relative, line 0 is the whole file."""

    path: str
    line: int = 0
    column: int = 0


Places: TypeAlias = Callable[[str, Finding], Place]


@dataclass(frozen=True, slots=True)
class Failure:
    label: str
    kind: str
    stage: str  # lint, type, security, test, integrate, generate or emit
    finding: Finding

    @property
    def tool(self) -> str:
        return tool_of(self.stage, self.finding)


def tool_of(stage: str, finding: Finding) -> str:
    """Who said it: a tool of the four stages, or our own checks."""
    rule = finding.rule
    if stage in ("test", "laws", "integrate"):
        return "pytest"
    if rule in FAULTS:
        return "fxgbuild-policy"
    if stage == "security":
        return "bandit" if re.fullmatch(r"B\d{3}", rule) else "fxgbuild-policy"
    return {"lint": "ruff", "type": "mypy"}.get(stage, "fxgbuild-policy")


def failures(events: Iterable[Event]) -> list[Failure]:
    """Every finding that stands at the end: an attempt that was mended later leaves none."""
    actions: dict[tuple[str, str], ActionEnded] = {}
    targets: dict[str, TargetEnded] = {}
    for event in events:
        if isinstance(event, ActionEnded):
            actions[event.label, event.action] = event
        elif isinstance(event, TargetEnded):
            targets[event.label] = event
    found: dict[tuple[str, Finding], Failure] = {}
    for target in targets.values():
        if target.outcome == "failed":
            for finding in target.findings:
                _add(found, target.label, target.kind, _stage(target.kind, finding), finding)
    for action in actions.values():
        ended = targets.get(action.label)
        if action.outcome == "failed" and (ended is None or ended.outcome == "failed"):
            kind = ended.kind if ended else "graph" if action.action == "integrate" else "node"
            for finding in action.findings or (_nameless(action),):
                _add(found, action.label, kind, action.action, finding)
    return list(found.values())


def _add(
    found: dict[tuple[str, Finding], Failure], label: str, kind: str, stage: str, finding: Finding
) -> None:
    found.setdefault((label, finding), Failure(label, kind, stage, finding))


def _stage(kind: str, finding: Finding) -> str:
    return "integrate" if kind == "graph" and finding.stage == "test" else finding.stage


def _nameless(action: ActionEnded) -> Finding:
    return Finding(action.action, "failed", f"{action.action} failed")


def rendered(store: str) -> Places:
    """Places in the readable tree of a store, where every module has its rendered copy."""

    def place(label: str, finding: Finding) -> Place:
        package, _, name = label.removeprefix("//").partition(":")
        path = "/".join(part for part in (store, "out", package, f"{name}.py") if part)
        exact = finding.stage in ("lint", "type", "security")
        return Place(path, finding.line, finding.column) if exact else Place(path)

    return place


def worst_first(found: Sequence[Failure]) -> list[Failure]:
    """Unsafe code first, then wrong answers, then types, then lint; by label and place."""
    order = ("security", "test", "laws", "integrate", "generate", "type", "lint")

    def rank(one: Failure) -> tuple[int, str, int, int, str]:
        at = order.index(one.stage) if one.stage in order else len(order)
        return at, one.label, one.finding.line, one.finding.column, one.finding.rule

    return sorted(found, key=rank)
