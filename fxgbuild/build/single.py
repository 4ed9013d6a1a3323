"""Single flight: one action runs once among builds side by side; the others read its record."""

from collections.abc import Iterator
from contextlib import contextmanager

from fxgbuild.build.context import Context
from fxgbuild.build.verdict import Verdict
from fxgbuild.event import ActionEnded
from fxgbuild.plan.plan import Step


@contextmanager
def alone(context: Context, step: Step) -> Iterator[bool]:
    """Hold an action's lock; true when another build has passed it meanwhile."""
    if step.key is None:
        raise ValueError(f"{step.action} has no key")
    name = f"{step.action}:{step.key.hex}"
    if not context.locks.acquire([name]):
        context.locks.wait(name, limit_s=context.wait_s, waiting=context.waits)
    try:
        yield context.stores.found(step)
    finally:
        context.locks.release([name])


def told(
    context: Context, label: str, step: Step, verdict: Verdict, start_s: float, lane: str
) -> None:
    """Tell that an action of one target has ended."""
    event = ActionEnded(
        label=label,
        action=step.action,
        key=step.key.hex if step.key else None,
        outcome="passed" if verdict.passed else "failed",
        start_s=round(start_s, 4),
        wall_s=round(context.now() - start_s, 4),
        lane=lane,
        findings=verdict.findings,
    )
    context.report.tell(event)
