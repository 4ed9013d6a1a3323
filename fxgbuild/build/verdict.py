"""Verdicts: how one stage judged one target."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.finding import Finding
from fxgbuild.plan.preimage import STAGES

_AUTHORED = re.compile(r"^(\S+\.py):([0-9]{1,6}):([0-9]{1,6}), in ", re.MULTILINE)
MOST_MISSED = 1000  # of them a record keeps


@dataclass(frozen=True, slots=True)
class Verdict:
    stage: str
    passed: bool
    findings: tuple[Finding, ...] = ()
    report: Json = None  # stage four: the harness's frame
    wall_s: float = 0.0
    shared: bool = False  # judged once for another target or by another build

    @property
    def figure(self) -> Json:
        """What a threshold's cases reached, and which were missed; None without a threshold."""
        report = self.report if isinstance(self.report, Mapping) else {}
        if not report.get("figure"):
            return None
        missed = [
            f"{test['name']}: {first_line(str(test['message']))}"
            for test in report["tests"]
            if test["outcome"] == "missed"
        ]
        return {**report["figure"], "missed": missed[:MOST_MISSED]}


Verdicts = Mapping[str, Verdict]


def first_failure(verdicts: Verdicts) -> Verdict | None:
    """The first stage in order that did not pass."""
    failed = [verdicts[s] for s in STAGES if s in verdicts and not verdicts[s].passed]
    return failed[0] if failed else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one target in a build."""

    label: str
    outcome: str  # clean, cut_off, built, generated, failed, skipped
    key: str | None = None
    digest: str | None = None
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> Json:
        return {
            "label": self.label,
            "outcome": self.outcome,
            "key": self.key,
            "digest": self.digest,
            "findings": [finding.to_json() for finding in self.findings],
        }


def test_findings(frame: Json) -> tuple[Finding, ...]:
    """What a harness frame says, a finding for each test that did not pass."""
    tests = sorted(frame.get("tests", []), key=lambda test: test["kind"] != "figure")
    reached = any(t["kind"] == "figure" and t["outcome"] == "passed" for t in tests[:1])
    findings = [
        Finding(
            "test",
            str(test["kind"]),
            f"{test['name']}: {str(test.get('message') or test['outcome']).strip()}",
            *_place(test),
        )
        for test in tests
        if test["outcome"] not in (("passed", "missed") if reached else ("passed",))
    ]
    ended = str(frame.get("ended", "ok"))
    if ended != "ok":
        findings.insert(0, Finding("test", "ended", f"the code's process ended early: {ended}"))
    collected, expected = frame.get("collected", 0), frame.get("expected", 0)
    if not findings and not frame.get("ok"):
        text = f"{collected} of {expected} tests were collected"
        findings.append(Finding("test", "no-verdict", str(frame.get("error") or text)))
    return tuple(findings)


test_findings.__test__ = False  # type: ignore[attr-defined]


def _place(test: Json) -> tuple[int, int, str, str]:
    """Where people's code raised what failed a test; else the line of the test."""
    raised = _AUTHORED.findall(str(test.get("message") or ""))
    file, line, column = raised[-1] if raised else ("", test.get("line") or 0, 0)
    return int(line), int(column), "error", file


def first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else ""
