"""`fxgbuild report`: how recorded generations went."""

import click

from fxgbuild.build.statistics import markdown, row, statistics
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.report.words import table


@click.command("report")
@click.argument("patterns", nargs=-1)
@click.option("--markdown", "as_markdown", is_flag=True, help="The table of docs/results.md.")
@common
def command(options: Common, patterns: tuple[str, ...], as_markdown: bool) -> int:
    """Report which nodes passed at which attempt, from the pins."""
    app = App(options)
    rows = []
    for node in app.selection(patterns).nodes:
        pin = app.stores.committed(node.label) if node.is_generated() else None
        if pin:
            rows.append(row(node, pin))
    if options.json:
        echo_json(statistics(rows))
    elif as_markdown:
        click.echo(markdown(rows), nl=False)
    else:
        cells = [(r.label, str(r.attempt), ", ".join(r.failed) or "-", str(r.lines)) for r in rows]
        for line in table(cells, ("node", "attempt", "failed before at", "lines")):
            click.echo(line)
    return 0
