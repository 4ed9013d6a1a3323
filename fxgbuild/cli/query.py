"""`fxgbuild query`: questions about the graph."""

import json
from collections.abc import Mapping, Sequence

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.digest import Json
from fxgbuild.lang.label import Label
from fxgbuild.lang.rulesets import load_rule_set
from fxgbuild.lang.schema import Schema
from fxgbuild.plan.attributes import kind
from fxgbuild.plan.query_answer import answer
from fxgbuild.plan.query_world import World, plan_states
from fxgbuild.plan.select import select
from fxgbuild.report.drawing import Arrow, dot_of, mermaid_of

OUTPUTS = ["label", "label-kind", "graph", "mermaid", "json", "jsonl"]


@click.command("query")
@click.argument("expression")
@click.option("--output", type=click.Choice(OUTPUTS), default="label", show_default=True)
@common
def command(options: Common, expression: str, output: str) -> int:
    """Ask about the graph; the answer is a set of targets.

    \b
    deps(x [, depth])              what x needs, x included
    rdeps(universe, x [, depth])   what needs x
    allpaths(a, b), somepath(a, b) what lies between
    kind("regex", x), filter("regex", x), attr(name, "regex", x)
    labels(attribute, x)           the targets that an attribute names
    consumers(//a:x.port), producers("type")
    state:modified, state:new      from the plan
    +x, x+, 2+x, x+1               with what x needs, with what needs x
    set(a b c), let v = x in deps($v)

    Operators, left to right: union (+), except (-), intersect (^). Patterns such as //eeg:all
    stand for sets.
    """
    app = App(options)
    seen = world(app)
    found = answer(expression, seen)
    match "json" if options.json else output:
        case "label":
            lines = [str(label) for label in found]
        case "label-kind":
            lines = [f"{kind(seen.targets[label])}  {label}" for label in found]
        case "jsonl":
            lines = [json.dumps(_entry(seen, label), ensure_ascii=False) for label in found]
        case "json":
            echo_json([_entry(seen, label) for label in found])
            return 0
        case drawn:
            captions = {label: kind(seen.targets[label]) for label in found}
            draw = dot_of if drawn == "graph" else mermaid_of
            lines = draw(captions, arrows(seen, found)).splitlines()
    if lines:
        click.echo("\n".join(lines))
    return 0


def world(app: App) -> World:
    """The workspace as a query sees it."""

    def states() -> Mapping[Label, frozenset[str]]:
        everything = select(app.workspace, list(seen.targets))
        return plan_states(app.context().plan(everything))

    seen = World(app.workspace, states, lambda: types(app), app.package)
    return seen


def types(app: App) -> dict[str, Schema]:
    """The named types of the rule sets in use; those that two call alike by their long names."""
    folders = {
        (task.label.rpartition(":")[0], task.where.path.rpartition("/")[0])
        for task in app.workspace.tasks.values()
    }
    found: dict[str, Schema] = {}
    short: list[tuple[str, Schema]] = []
    for label, folder in sorted(folders):
        rules = load_rule_set(label, folder, app.tree.read)
        found |= {f"{rules.alias}.{name}": schema for name, schema in rules.types.items()}
        short += rules.types.items()
    names = [name for name, _ in short]
    return found | {name: schema for name, schema in short if names.count(name) == 1}


def arrows(seen: World, found: Sequence[Label]) -> list[Arrow]:
    """What flows between the targets of an answer."""
    inside = set(found)
    return [
        Arrow(source, label, tuple(seen.ports(label, source)))
        for label in found
        for source in seen.needs(label)
        if source in inside
    ]


def _entry(seen: World, label: Label) -> Json:
    needs = [
        {"label": str(source), "ports": seen.ports(label, source)} for source in seen.needs(label)
    ]
    return {"label": str(label), "kind": kind(seen.targets[label]), "needs": needs}
