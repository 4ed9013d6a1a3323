"""What a build tells of its plan and of its targets, as events."""

from fxgbuild.build.verdict import Outcome
from fxgbuild.event import Planned, PlannedTarget, TargetEnded
from fxgbuild.plan.plan import Plan, TargetPlan


def planned(plan: Plan) -> Planned:
    """A plan as an event: the targets that are not clean, and what will run."""
    dirty = tuple(_target(target) for target in plan.dirty)
    cached: dict[str, int] = {}
    for target in plan.targets:
        for step in target.steps:
            if step.cached:
                cached[step.action] = cached.get(step.action, 0) + 1
    clean = len(plan.shown) - len(dirty) + len(plan.remembered)
    return Planned(dirty, clean, plan.counts(), cached)


def _target(target: TargetPlan) -> PlannedTarget:
    return PlannedTarget(
        label=str(target.label),
        kind=target.kind,
        state=target.state,
        actions=target.actions,
        reasons=tuple((reason.field, reason.old, reason.new) for reason in target.reasons),
        key=str(target.key) if target.key else None,
        previous_key=str(target.previous_key) if target.previous_key else None,
    )


def ended(kind: str, outcome: Outcome) -> TargetEnded:
    return TargetEnded(
        label=outcome.label,
        kind=kind,
        outcome=outcome.outcome,
        key=outcome.key,
        digest=outcome.digest,
        findings=outcome.findings,
        files=dict(outcome.facts.get("files") or {}),
    )
