"""`fxgbuild ls`: the targets of patterns."""

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.rule_sets import list_task_types, name_rule_sets
from fxgbuild.cli.since import changed_since
from fxgbuild.plan.attributes import kind
from fxgbuild.plan.select import all_targets


@click.command("ls")
@click.argument("patterns", nargs=-1)
@changed_since
@common
def command(options: Common, patterns: tuple[str, ...], changed_since: str) -> int:
    """List targets; with -v, what each is."""
    app = App(options, changed_since=changed_since)
    if patterns and name_rule_sets(app, patterns):
        return list_task_types(app, patterns)
    targets = all_targets(app.workspace)
    labels = app.labels(patterns)
    if options.json:
        echo_json([{"label": str(x), "kind": kind(targets[x])} for x in labels])
        return 0
    for label in labels:
        click.echo(f"{label}  {kind(targets[label])}" if options.verbose else str(label))
    return 0
