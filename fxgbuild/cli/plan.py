"""`fxgbuild plan`: print the very object that `build` executes."""

from dataclasses import replace

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.since import changed_since
from fxgbuild.plan.plan import Plan
from fxgbuild.report.words import plan_lines


@click.command("plan")
@click.argument("patterns", nargs=-1)
@click.option("--frozen", is_flag=True, help="Plan as `build --frozen` would.")
@click.option("--check", is_flag=True, help="Fail unless there is nothing to run.")
@changed_since
@common
def command(
    options: Common, patterns: tuple[str, ...], frozen: bool, check: bool, changed_since: str
) -> int:
    """Print what `build` would do, and why."""
    app = App(options, frozen=frozen, changed_since=changed_since)
    plan = planned(app, patterns)
    if check:
        from fxgbuild.cli.check import plan_must_be_empty  # noqa: PLC0415 - for CI only

        return plan_must_be_empty(plan, as_json=options.json)
    if options.json:
        echo_json(plan.to_json())
        return 0
    lines = plan_lines(plan)
    for line in lines:
        click.echo(line)
    if not plan.dirty:
        remember_plan(app, "".join(f"{line}\n" for line in lines))
    return 0


def planned(app: App, patterns: tuple[str, ...]) -> Plan:
    """The plan of a selection, with the tokens that its generations will take."""
    selection, outside = app.narrow(patterns)
    plan = app.context(remembered=outside).plan(selection)
    return replace(plan, tokens=_tokens(app, plan)) if plan.generations else plan


def _tokens(app: App, plan: Plan) -> int:
    from fxgbuild.build.generation import open_requests  # noqa: PLC0415 - most plans ask for none
    from fxgbuild.generate.prompt import estimate_tokens  # noqa: PLC0415

    nodes = [app.workspace.node(target.label) for target in plan.generations]
    requests, _ = open_requests(app.context(), [node for node in nodes if node])
    return sum(estimate_tokens(request.messages) for request in requests)


def remember_plan(app: App, text: str) -> None:
    """A plan of nothing is answered from the state file from now on, while nothing moves."""
    from fxgbuild.cli.invocation import questions  # noqa: PLC0415 - only once per question
    from fxgbuild.cli.remember import add_answers  # noqa: PLC0415

    add_answers(app, questions(app, {"plan": text}))
