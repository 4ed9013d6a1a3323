"""Words: how results read for people, one line each; no colour, no terminal."""

from collections.abc import Iterable

from fxgbuild.build.result import Result
from fxgbuild.build.telling import planned
from fxgbuild.build.verdict import Outcome, first_line
from fxgbuild.event import Planned
from fxgbuild.plan.plan import Plan, Reason, TargetPlan
from fxgbuild.plan.rekeyed import carry_hint
from fxgbuild.report.failures import Places

MOST_FINDINGS = 5
MOST_FAILURES = 20


def plan_lines(plan: Plan) -> list[str]:
    """The plan for people: every target that is not clean with its reasons, then totals."""
    lines = planned_lines(planned(plan))
    if plan.tokens:
        lines.append(f"about {plan.tokens} tokens for {len(plan.generations)} generations")
    rekeyed = [target for target in plan.generations if target.rekeyed]
    if rekeyed:
        lines.append(f"hint: {carry_hint(len(rekeyed))}")
    return lines


def planned_lines(event: Planned) -> list[str]:
    """What is told when a plan is made: what is not clean, with its reasons."""
    lines = []
    for target in event.targets:
        lines.append(f"{target.state:<8} {target.label}  [{' '.join(target.actions)}]")
        lines += [f"         {Reason(*reason)}" for reason in target.reasons[:6]]
        if len(target.reasons) > 6:
            lines.append(f"         and {len(target.reasons) - 6} more fields")
    counts = ", ".join(f"{n} {action}" for action, n in event.run.items()) or "nothing to run"
    count = len(event.targets) + event.clean
    lines.append(f"{count} target{'s' * (count != 1)}, {event.clean} clean: {counts}")
    return lines


def why_lines(target: TargetPlan) -> list[str]:
    head = f"{target.label} is {target.state}"
    if target.renamed_from:
        head += f" (renamed from {target.renamed_from}; nothing is generated)"
    if not target.reasons and target.state == "clean":
        return [f"{head}: every key has a passing record here"]
    return [head, *[f"  {reason}" for reason in target.reasons]]


def outcome_lines(outcome: Outcome, places: Places, *, every: bool = False) -> list[str]:
    """A failed target: what, where, and what to type next; the first findings, or all."""
    if outcome.outcome == "skipped":
        return [f"skipped  {outcome.label}: {outcome.findings[0].message}"]
    stage = outcome.facts.get("stage", "")
    lines = [f"FAILED   {outcome.label} at {stage}"]
    shown = outcome.findings if every else outcome.findings[:MOST_FINDINGS]
    for finding in shown:
        place = places(outcome.label, finding)
        where = f"{place.path}:{place.line}:{place.column}: " if place.line else ""
        lines.append(f"  {where}{finding.rule}: {first_line(finding.message)}")
    if len(outcome.findings) > len(shown):
        lines.append(f"  and {len(outcome.findings) - len(shown)} more")
    stood = outcome.facts.get("stood")
    if stood and outcome.findings:
        worst = first_line(outcome.findings[0].message)
        told = f"validated under {stood['under']}, fails under {stood['fails']}: {worst}"
        lines.insert(1, f"  {told}")
    if outcome.facts.get("pinned"):
        lines.append(
            f"  next: `fxgbuild show {outcome.label} --findings`; "
            f"`fxgbuild regenerate {outcome.label}` asks for new code"
        )
    return lines


def summary_line(result: Result, seconds: bool = True) -> str:
    names = {"cut_off": "cut off"}
    parts = [f"{n} {names.get(name, name)}" for name, n in result.totals().items()]
    actions = sum(result.run.values())
    wall = f" in {result.wall_s:.1f} s" if seconds else ""
    return f"{', '.join(parts) or 'no targets'}; {actions} action{'s' * (actions != 1)} run{wall}"


def table(rows: Iterable[tuple[str, ...]], header: tuple[str, ...]) -> list[str]:
    """Columns aligned, numbers to the right."""
    body = [header, *rows]
    widths = [max(len(row[i]) for row in body) for i in range(len(header))]
    lines = []
    for row in body:
        cells = [
            cell.rjust(width) if _is_number(cell) else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).replace("e", "", 1).isdigit()
