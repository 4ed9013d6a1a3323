"""`fxgbuild query`: questions about the graph."""

import click
import networkx as nx

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.ls import kind
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Graph, Node, Workspace
from fxgbuild.plan.order import closure, producers
from fxgbuild.plan.query import World, answer
from fxgbuild.plan.select import all_targets, match


@click.command("query")
@click.argument("expression")
@click.option(
    "--output",
    type=click.Choice(["label", "label-kind"]),
    default="label",
    show_default=True,
)
@common
def command(options: Common, expression: str, output: str) -> int:
    """Ask about the graph.

    Functions: deps(x [, depth]), rdeps(universe, x [, depth]), kind("regex", x); operators: union
    (+), except (-), intersect (^); patterns such as //eeg:all stand for sets.
    """
    app = App(options)
    targets = all_targets(app.workspace)
    kinds = {label: kind(target) for label, target in targets.items()}
    world = World(
        after=nx.DiGraph(needs(app.workspace)),
        kinds=kinds,
        match=lambda text: match(app.workspace, [text], package=app.package),
    )
    found = answer(expression, world)
    if options.json:
        echo_json([{"label": str(label), "kind": kinds[label]} for label in found])
        return 0
    for label in found:
        click.echo(f"{kinds[label]}  {label}" if output == "label-kind" else str(label))
    return 0


def needs(workspace: Workspace) -> dict[Label, list[Label]]:
    """What each target needs: a node its producers, a graph its nodes, an artifact its graph."""
    found: dict[Label, list[Label]] = {}
    for label, target in all_targets(workspace).items():
        if isinstance(target, Node):
            found[label] = producers(workspace, label)
        elif isinstance(target, Graph):
            found[label] = [node.label for node in closure(workspace, target)[0]]
        else:
            found[label] = [target[0].label]
    return found
