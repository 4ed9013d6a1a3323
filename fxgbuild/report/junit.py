"""JUnit XML: a suite for each target, a case for each stage."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from fxgbuild.event import ActionEnded, Ended, Event, Planned, PlannedTarget, Started, TargetEnded
from fxgbuild.report.failures import Failure, Places, failures

STAGES: Mapping[str, tuple[str, ...]] = {
    "node": ("lint", "type", "security", "test"),
    "graph": ("integrate",),
    "task": ("lint", "type", "security", "laws"),
}
# What XML 1.0 cannot hold, escaped or not.
UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(events: Sequence[Event], places: Places) -> str:
    """Nodes and graphs that were not clean; clean ones are a count of the whole."""
    started = next((event for event in events if isinstance(event, Started)), None)
    ended = next((event for event in events if isinstance(event, Ended)), None)
    suites = [_suite(*one, started) for one in _cases(events, places)]
    if ended and ended.error:
        case = _Case("run", 0.0, "error", ended.error, f"see `fxgbuild explain {ended.error}`")
        suites.append(_suite("fxgbuild", [case], started))
    totals = [sum(suite.counts[i] for suite in suites) for i in range(4)]
    wall = ended.wall_s if ended else 0.0
    head = f'<testsuites name="fxgbuild"{_counts(totals)} time="{wall:.3f}">'
    body = [line for suite in suites for line in suite.lines]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *body, "</testsuites>", ""])


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    time: float
    end: str  # passed, failure, error or skipped
    kind: str = ""
    text: str = ""

    def lines(self, suite: str) -> list[str]:
        names = f"name={_attribute(self.name)} classname={_attribute(suite)}"
        head = f'<testcase {names} time="{self.time:.3f}"'
        if self.end == "passed":
            return [f"    {head}/>"]
        first = self.text.split("\n", 1)[0]
        if self.end == "skipped":
            inside = f"<skipped message={_attribute(first)}/>"
        else:
            what = f"<{self.end} type={_attribute(self.kind)} message={_attribute(first)}>"
            inside = f"{what}{_text(self.text)}</{self.end}>"
        return [f"    {head}>", f"      {inside}", "    </testcase>"]


@dataclass(frozen=True, slots=True)
class _Suite:
    lines: list[str]
    counts: tuple[int, int, int, int]  # tests, failures, errors, skipped


def _suite(label: str, cases: Sequence[_Case], started: Started | None) -> _Suite:
    ends = [case.end for case in cases]
    counts = (len(ends), ends.count("failure"), ends.count("error"), ends.count("skipped"))
    when = f' timestamp="{_attribute(started.date.rstrip("Z"))[1:-1]}"' if started else ""
    time = sum(case.time for case in cases)
    head = f'  <testsuite name={_attribute(label)}{_counts(counts)} time="{time:.3f}"{when}>'
    lines = [line for case in cases for line in case.lines(label)]
    return _Suite([head, *lines, "  </testsuite>"], counts)


def _counts(counts: Sequence[int]) -> str:
    names = ("tests", "failures", "errors", "skipped")
    return "".join(f' {name}="{n}"' for name, n in zip(names, counts, strict=True))


def _cases(events: Sequence[Event], places: Places) -> list[tuple[str, list[_Case]]]:
    """Each target's stages: run now, passed before under the same key, or not reached."""
    planned: dict[str, PlannedTarget] = {}
    actions: dict[tuple[str, str], ActionEnded] = {}
    ended: dict[str, TargetEnded] = {}
    for event in events:
        if isinstance(event, Planned):
            planned |= {target.label: target for target in event.targets}
        elif isinstance(event, ActionEnded):
            actions[event.label, event.action] = event
        elif isinstance(event, TargetEnded):
            ended[event.label] = event
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in failures(events):
        said = one.finding.rule, _line(one, places)
        found.setdefault((one.label, one.stage), []).append(said)
    kinds = {label: target.kind for label, target in (planned | ended).items()}
    suites = []
    for label, kind in kinds.items():
        target, wanted = ended.get(label), planned.get(label)
        cases = [
            _case(stage, target, wanted, actions.get((label, stage)), found.get((label, stage), ()))
            for stage in STAGES.get(kind, ())
        ]
        if cases:
            suites.append((label, cases))
    return suites


def _case(
    stage: str,
    target: TargetEnded | None,
    planned: PlannedTarget | None,
    action: ActionEnded | None,
    found: Sequence[tuple[str, str]],
) -> _Case:
    time = action.wall_s if action else 0.0
    if found:
        return _Case(stage, time, "failure", found[0][0], "\n".join(text for _, text in found))
    if action is not None:
        return _Case(stage, time, "passed")
    if target and target.outcome == "skipped":
        said = target.findings[0].message if target.findings else "not run"
        return _Case(stage, time, "skipped", text=said)
    if target is None or (target.outcome == "failed" and planned and stage in planned.actions):
        return _Case(stage, time, "skipped", text="not reached")
    return _Case(stage, time, "passed")


def _line(one: Failure, places: Places) -> str:
    place = places(one.label, one.finding)
    where = f"{place.path}:{place.line}:{place.column}: " if place.line else ""
    return f"{where}{one.finding.rule}: {one.finding.message}"


def _sayable(text: str) -> str:
    return UNSAYABLE.sub("\ufffd", text)


def _text(text: str) -> str:
    return escape(_sayable(text))


def _attribute(text: str) -> str:
    return quoteattr(_sayable(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
