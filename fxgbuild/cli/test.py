"""`fxgbuild test`: the four stages of nodes, the integration of graphs, the laws of rule sets."""

from collections.abc import Mapping

import click

from fxgbuild.build.build import build
from fxgbuild.build.figure import figures_of
from fxgbuild.build.result import Result
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.invocation import invocation
from fxgbuild.cli.outputs import Outputs, outputs, sinks, sources
from fxgbuild.cli.rule_sets import name_rule_sets, test_rule_sets
from fxgbuild.cli.since import changed_since
from fxgbuild.digest import Json
from fxgbuild.errors import NoTests
from fxgbuild.machine import runtime_files
from fxgbuild.plan.plan import Selection
from fxgbuild.report.failures import Places
from fxgbuild.report.figure import figure_line, missed_lines
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
@changed_since
@outputs
@common
def command(
    options: Common,
    outputs: Outputs,
    patterns: tuple[str, ...],
    test_output: str,
    changed_since: str,
) -> int:
    """Run the stages of targets and report every test.

    PATTERNS are labels of targets, or of rule sets: //rules/acme, //rules/acme:Task, @fxg//signal.
    """
    app = App(options, frozen=True, changed_since=changed_since)
    if patterns and name_rule_sets(app, patterns):
        return test_rule_sets(app, outputs, patterns, test_output)
    app.sinks = sinks(outputs, app)
    chosen = app.selection(patterns)
    selection = Selection(chosen.nodes, chosen.graphs, ())
    if changed_since and not selection.nodes:
        return 0
    if not selection.nodes:
        raise NoTests("no target of these patterns has tests", hint="`fxgbuild ls //...`")
    with invocation(app, patterns) as run:
        app.check_environment(selection)
        result = build(app.context(), selection, runtime_files(), keep_going=True)
        code = 3 if result.exit_code in (1, 3) else result.exit_code
        run.end(code, result)
    figures = figures_of(app.stores, result.plan, selection.nodes)
    if options.json:
        echo_json(result.to_json() | {"exit_code": code, "figures": figures})
        return code
    _print(result, figures, test_output, sources(app))
    return code


def _print(result: Result, figures: Mapping[str, Json], test_output: str, places: Places) -> None:
    if test_output != "summary":
        for outcome in result.failed():
            for line in outcome_lines(outcome, places, every=test_output == "all"):
                click.echo(line, err=True)
    if test_output == "all":
        for outcome in result.outcomes.values():
            state = "FAILED" if outcome.outcome in ("failed", "skipped") else "PASSED"
            click.echo(f"{outcome.label}  {state}")
    for label, figure in figures.items():
        click.echo(figure_line(label, figure))
        for line in missed_lines(figure) if test_output == "all" else ():
            click.echo(line)
    click.echo(summary_line(result))
