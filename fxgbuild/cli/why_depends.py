"""`fxgbuild why-depends`: the chain from a target up to one it needs, and what flows along it."""

import itertools

import click

from fxgbuild.cli.app import App, Common, common, echo_json, say
from fxgbuild.cli.query import world
from fxgbuild.digest import Json
from fxgbuild.errors import UsageError
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Graph
from fxgbuild.lang.schema import show
from fxgbuild.plan.query_world import World


@click.command("why-depends")
@click.argument("target")
@click.argument("needed")
@common
def command(options: Common, target: str, needed: str) -> int:
    """Say why TARGET depends on NEEDED: a shortest chain, with the ports that flow.

    Exits with 1 when it does not.
    """
    app = App(options)
    one, other = _one(app, target), _one(app, needed)
    seen = world(app)
    chain = seen.path([one], [other])
    if options.json:
        steps = [_step(seen, *pair) for pair in itertools.pairwise(chain)]
        found = {"target": str(one), "needed": str(other), "depends": bool(chain), "chain": steps}
        echo_json(found)
    elif chain:
        click.echo("\n".join(_lines(seen, chain)))
    else:
        say(_no_chain(seen, one, other))
    return 0 if chain else 1


def _one(app: App, text: str) -> Label:
    found = app.labels([text])
    if len(found) != 1:
        hint = f"`fxgbuild query 'somepath({text}, …)'` takes sets"
        raise UsageError(f"`{text}` names {len(found)} targets, one is wanted", hint=hint)
    return found[0]


def _step(seen: World, consumer: Label, producer: Label) -> Json:
    """One step of the chain, with every port that flows along it."""
    node = seen.workspace.node(producer)
    ports = [
        {"port": e.source_port, "to": e.port, "schema": show(node.outputs[e.source_port])}
        for e in seen.invocations(consumer, producer)
        if node
    ]
    return {"consumer": str(consumer), "producer": str(producer), "ports": ports}


def _lines(seen: World, chain: list[Label]) -> list[str]:
    if len(chain) == 1:
        return [f"{chain[0]} is the target itself"]
    rows = []
    for consumer, producer in itertools.pairwise(chain):
        ports = _step(seen, consumer, producer)["ports"]
        rows += [
            (f"{consumer}.{p['to']}", f"<- {producer}.{p['port']}", p["schema"]) for p in ports
        ]
        if not ports:
            graph = isinstance(seen.targets[consumer], Graph)
            rows.append((str(consumer), f"<- {producer}", "its node" if graph else "its graph"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"{one:<{widths[0]}}  {two:<{widths[1]}}  {what}" for one, two, what in rows]


def _no_chain(seen: World, one: Label, other: Label) -> list[str]:
    lines = [f"{one} does not depend on {other}"]
    if seen.path([other], [one]):
        lines.append(f"{other} depends on {one}: `fxgbuild why-depends {other} {one}`")
    return lines
