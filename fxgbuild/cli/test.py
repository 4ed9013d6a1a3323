"""`fxgbuild test`: the four stages of nodes, and the integration of graphs."""

import click

from fxgbuild.build.build import build
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.invocation import invocation
from fxgbuild.cli.outputs import Outputs, outputs, sinks
from fxgbuild.errors import NoTests
from fxgbuild.machine import runtime_files
from fxgbuild.plan.plan import Selection
from fxgbuild.report.words import outcome_lines, summary_line


@click.command("test")
@click.argument("patterns", nargs=-1)
@click.option(
    "--test-output",
    type=click.Choice(["errors", "all", "summary"]),
    default="errors",
    show_default=True,
)
@click.option("--watch", is_flag=True, expose_value=False, help="Test again at every save.")
@outputs
@common
def command(options: Common, outputs: Outputs, patterns: tuple[str, ...], test_output: str) -> int:
    """Run the stages of targets and report every test."""
    app = App(options, frozen=True)
    app.sinks = sinks(outputs, app)
    chosen = app.selection(patterns)
    selection = Selection(chosen.nodes, chosen.graphs, ())
    if not selection.nodes:
        raise NoTests("no target of these patterns has tests", hint="`fxgbuild ls //...`")
    with invocation(app, patterns) as run:
        app.check_environment(selection)
        result = build(app.context(), selection, runtime_files(), keep_going=True)
        code = 3 if result.exit_code in (1, 3) else result.exit_code
        run.end(code, result)
    if options.json:
        echo_json(result.to_json() | {"exit_code": code})
        return code
    if test_output != "summary":
        for outcome in result.failed():
            for line in outcome_lines(outcome):
                click.echo(line, err=True)
    if test_output == "all":
        for outcome in result.outcomes.values():
            state = "FAILED" if outcome.outcome in ("failed", "skipped") else "PASSED"
            click.echo(f"{outcome.label}  {state}")
    click.echo(summary_line(result))
    return code
