"""`fxgbuild report`: how recorded generations went, what they saved, and how good they are."""

from collections.abc import Mapping, Sequence

import click

from fxgbuild.build.attempt import all_attempts
from fxgbuild.build.economy import Prices, economy
from fxgbuild.build.figure import figures_of
from fxgbuild.build.statistics import Row, markdown, row, stability, statistics
from fxgbuild.calls.direct import FILE, Direct, read_direct
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.digest import Json
from fxgbuild.errors import UsageError
from fxgbuild.lang.model import Node
from fxgbuild.plan.plan import Plan, Selection
from fxgbuild.report.figure import figure_line
from fxgbuild.report.words import table
from fxgbuild.store.pin import Pin


@click.command("report")
@click.argument("patterns", nargs=-1)
@click.option("--markdown", "as_markdown", is_flag=True, help="The table of docs/results.md.")
@click.option("--price-in", type=click.FloatRange(0), help="Money for a million tokens sent.")
@click.option("--price-out", type=click.FloatRange(0), help="Money for a million received.")
@common
def command(
    options: Common,
    patterns: tuple[str, ...],
    as_markdown: bool,
    price_in: float | None,
    price_out: float | None,
) -> int:
    """Report how generations went, what they cost and replace, and how good the code is."""
    app = App(options)
    selection = app.selection(patterns)
    written = [node for node in selection.nodes if node.is_generated()]
    pins = {str(n.label): pin for n in written if (pin := app.stores.committed(n.label))}
    rows = [row(node, pins[str(node.label)]) for node in written if str(node.label) in pins]
    if as_markdown:
        click.echo(markdown(rows), nl=False)
        return 0
    settings = app.settings.generate
    prices = Prices(
        settings.price_in if price_in is None else price_in,
        settings.price_out if price_out is None else price_out,
    )
    if options.json:
        echo_json(_document(app, selection, pins, rows, prices))
        return 0
    cells = [(r.label, str(r.attempt), ", ".join(r.failed) or "-", str(r.lines)) for r in rows]
    for line in table(cells, ("node", "attempt", "failed before at", "lines")):
        click.echo(line)
    for line in _lines(economy(pins, _direct(app, selection), prices), _quality(app, selection)):
        click.echo(line)
    return 0


def _document(
    app: App, selection: Selection, pins: Mapping[str, Pin], rows: Sequence[Row], prices: Prices
) -> Json:
    unpinned = [n for n in selection.nodes if n.is_generated() and str(n.label) not in pins]
    open_ = [str(n.label) for n in unpinned if all_attempts(app.stores, n.label)]
    graphs = {
        str(graph.label): [str(n.label) for n in graph.nodes.values() if n.is_generated()]
        for graph in selection.graphs
    }
    plan = app.context().plan(selection) if selection.nodes else None
    direct = _direct(app, selection)
    return statistics(rows, open_) | {
        "stability": stability({r.label: r for r in rows}, graphs),
        **economy(pins, direct, prices),
        "determinism": {
            "code": _same_bytes(plan, selection.nodes),
            "direct": {label: _agreement(one) for label, one in direct.items()},
        },
        "quality": _quality(app, selection, plan),
    }


def _direct(app: App, selection: Selection) -> dict[str, Direct]:
    """What the packages say of the calls that their nodes replace."""
    wanted = {str(node.label) for node in selection.nodes}
    found: dict[str, Direct] = {}
    for package in sorted({node.label.package for node in selection.nodes}):
        folder = app.workspace.graphs[package].folder
        path = FILE if folder == "." else f"{folder}/{FILE}"
        data = app.tree.read(path)
        if data is None:
            continue
        try:
            told = read_direct(data.decode())
        except ValueError as error:
            raise UsageError(f"`{path}` cannot be read: {error}") from None
        found |= {f"//{package}:{name}": one for name, one in told.items()}
    return {label: one for label, one in found.items() if label in wanted}


def _quality(app: App, selection: Selection, plan: Plan | None = None) -> dict[str, Json]:
    """Hidden accuracy by label; null where no test passed here under the present key."""
    nodes = [n for n in selection.nodes if n.acceptance and n.acceptance.metric]
    if not nodes:
        return {}
    figures = figures_of(app.stores, plan or app.context().plan(selection), nodes)
    none = {"value": None, "reason": "no passing test here under the present key; build first"}
    return {str(n.label): figures.get(str(n.label), none) for n in nodes}


def _same_bytes(plan: Plan | None, nodes: Sequence[Node]) -> Json:
    steps = [target.step("test") for n in nodes if plan and (target := plan.get(n.label))]
    passed = sum(step is not None and step.cached for step in steps)
    return {"same_bytes": passed, "of": len(nodes)}


def _agreement(direct: Direct) -> Json:
    if not direct.repeated:
        return {"rate": None, "reason": "no input was asked more than once"}
    same = direct.repeated - direct.contradicted
    return {"rate": same / direct.repeated, "same": same, "of": direct.repeated}


def _lines(found: Mapping[str, Json], quality: Mapping[str, Json]) -> list[str]:
    """What else is known, for people."""
    lines = [figure_line(label, one) for label, one in quality.items() if one["value"] is not None]
    total = found["tokens"]["generation"]["total"]
    if total is not None:
        lines.append(f"generation used {total} tokens")
    for label, one in found["tokens"]["direct_per_call"].items():
        if one["total"] is not None:
            guess = " (an estimate)" if one["estimate"] else ""
            lines.append(f"{label}  replaces calls of {one['total']:g} tokens each{guess}")
    for label, one in found["break_even"].items():
        if one["calls_by_tokens"] is not None:
            lines.append(f"{label}  used fewer tokens from call {one['calls_by_tokens']} on")
    return lines
