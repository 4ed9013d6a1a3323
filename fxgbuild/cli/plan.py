"""`fxgbuild plan`: print the very object that `build` executes."""

from dataclasses import replace

import click

from fxgbuild.build.generation import open_requests
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.generate.prompt import estimate_tokens
from fxgbuild.report.words import plan_lines


@click.command("plan")
@click.argument("patterns", nargs=-1)
@click.option("--frozen", is_flag=True, help="Plan as `build --frozen` would.")
@common
def command(options: Common, patterns: tuple[str, ...], frozen: bool) -> int:
    """Print what `build` would do, and why."""
    app = App(options, frozen=frozen)
    context = app.context()
    plan = context.plan(app.selection(patterns))
    nodes = [context.workspace.node(target.label) for target in plan.generations]
    requests, _ = open_requests(context, [node for node in nodes if node])
    tokens = sum(estimate_tokens(request.messages) for request in requests)
    plan = replace(plan, tokens=tokens)
    if options.json:
        echo_json(plan.to_json())
    else:
        for line in plan_lines(plan):
            click.echo(line)
    return 0
