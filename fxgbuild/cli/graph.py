"""`fxgbuild graph`: a drawing of a package's graph as text."""

import click

from fxgbuild.cli.app import App, Common, common
from fxgbuild.errors import UsageError
from fxgbuild.report.drawing import dot, mermaid


@click.command("graph")
@click.argument("label")
@click.option(
    "--output", type=click.Choice(["mermaid", "dot"]), default="mermaid", show_default=True
)
@common
def command(options: Common, label: str, output: str) -> int:
    """Draw a graph as Mermaid or DOT text on stdout."""
    app = App(options)
    found = app.labels([label])
    graph = app.workspace.graphs[found[0].package]
    if len(found) != 1 or found[0] != graph.label:
        raise UsageError(
            f"`{label}` is not one graph", hint=f"`fxgbuild graph //{graph.label.package}`"
        )
    click.echo(mermaid(graph) if output == "mermaid" else dot(graph), nl=False)
    return 0
