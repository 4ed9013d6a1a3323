"""`--check`: the plan must be empty, for a machine that only asks whether all is up to date."""

import click

from fxgbuild.cli.app import echo_json, say
from fxgbuild.errors import PlanNotEmpty
from fxgbuild.plan.plan import Plan
from fxgbuild.report.words import plan_lines


def plan_must_be_empty(plan: Plan, *, as_json: bool = False) -> int:
    """Print a plan that should be empty; the exit code is 1 where it is not. Nothing is run."""
    if as_json:
        echo_json(plan.to_json())
    else:
        for line in plan_lines(plan):
            click.echo(line)
    waiting = [target for target in plan.targets if target.actions]
    if not waiting:
        return 0
    patterns = " ".join(str(target.label) for target in waiting[:3])
    more = "//..." if len(waiting) > 3 else patterns
    error = PlanNotEmpty(
        f"{len(waiting)} target{'s are' if len(waiting) > 1 else ' is'} not up to date",
        hint=f"`fxgbuild build {more}` builds; commit what changes under `cache/`",
    )
    say(error.lines())
    return error.exit_code
