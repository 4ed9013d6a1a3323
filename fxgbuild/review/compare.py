"""The whole comparison: targets paired, their changes, their gates, and what a build will do."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from fxgbuild.digest import Json
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Artifact, Graph, Node, Workspace
from fxgbuild.lang.schema import show
from fxgbuild.plan.key import key_of
from fxgbuild.plan.plan import Plan
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.review.cases import compare_acceptance
from fxgbuild.review.change import Elsewhere, Review, TargetChange
from fxgbuild.review.elsewhere import compare_lock, compare_settings, compare_tasks
from fxgbuild.review.gate import Gate, moved_set, weaker
from fxgbuild.review.node import compare_node, moved, node_gates, one_sided
from fxgbuild.review.pins import PinView
from fxgbuild.review.side import Side, impact


def compare(before: Side, after: Side, wanted: Collection[Label] | None = None) -> Review:
    """Everything that differs; of targets only those wanted, where some are named."""
    pairs = _paired(before, after)
    changes = [*_nodes(before, after, pairs), *_graphs(before.workspace, after.workspace)]
    gates = [gate for pair in pairs for gate in node_gates(*pair)]
    gates += _graph_gates(before.workspace, after.workspace)
    elsewhere, more = _elsewhere(before, after)
    review = Review(
        targets=tuple(sorted(changes, key=lambda change: change.label)),
        gates=tuple(gates),
        broken=tuple(_broken(after)),
        elsewhere=tuple(elsewhere),
    )
    if wanted is not None:
        review = _narrowed(review, wanted)
    return replace(review, gates=tuple(sorted({*review.gates, *more})))


def with_impact(
    review: Review, before: Side, after: Side, wanted: Collection[Label] | None = None
) -> Review:
    """Add what a machine that has built one side will do for the other."""
    plan = impact(before, after)
    if wanted is not None:
        plan = Plan(tuple(target for target in plan.targets if target.label in wanted))
    counts = {name: count for name, count in plan.counts().items() if name != "render"}
    needed = tuple(str(target.label) for target in plan.generations)
    return replace(review, actions=counts, needed=needed)


def _narrowed(review: Review, wanted: Collection[Label]) -> Review:
    """What is said of some targets; what was removed matched no pattern, and is shown."""
    names = {str(label) for label in wanted}
    targets = [t for t in review.targets if t.label in wanted or t.status == "removed"]
    shown = names | {str(target.label) for target in targets}
    return replace(
        review,
        targets=tuple(targets),
        gates=tuple(gate for gate in review.gates if gate.where in shown),
        broken=tuple(item for item in review.broken if item[0] in shown),
    )


def _paired(before: Side, after: Side) -> list[tuple[Node, Node]]:
    """Nodes of one label; and of the rest those that share a key, or a pin's: they were renamed."""
    old, new = before.nodes(), after.nodes()
    pairs = [(old[label], node) for label, node in new.items() if label in old]
    for same in (_identity, _pinned_code):
        known = {node.label for pair in pairs for node in pair}
        gone = {same(before, node): node for label, node in old.items() if label not in known}
        for label, node in new.items():
            name = same(after, node)
            if label not in old and label not in known and name in gone and name:
                pairs.append((gone.pop(name), node))
    return pairs


def _pinned_code(side: Side, node: Node) -> str:
    """The code that a pin holds, for a node that was renamed and asked for other things."""
    pin = side.pins.get(node.label)
    return f"{node.task.label} {pin.digest}" if pin and not pin.broken else ""


def _identity(side: Side, node: Node) -> str:
    """What stays of a node when its name changes."""
    if node.source:
        return f"{node.source.file.digest}:{node.source.function}"
    if node.is_generated():
        try:
            return key_of("generate", generate_preimage(side.workspace, node)).hex
        except KeyError:  # a producer that could not be read
            return str(node.label)
    return f"{node.label.package} {node.task.label} {sorted(node.params.items())}"


def _nodes(before: Side, after: Side, pairs: list[tuple[Node, Node]]) -> Iterable[TargetChange]:
    paired = {old.label for old, _ in pairs}, {new.label for _, new in pairs}
    sides = before.workspace, after.workspace
    for old, new in pairs:
        pins = before.pins.get(old.label), after.pins.get(new.label)
        if pins[1] is None and old.label != new.label:  # its folder has not moved yet
            pins = pins[0], after.pins.get(old.label)
        change = compare_node(sides, (old, new), pins)
        if change is not None:
            yield change
    for label, node in after.nodes().items():
        if label not in paired[1]:
            yield one_sided(after.workspace, node, after.pins.get(label), "added")
    for label, node in before.nodes().items():
        if label not in paired[0]:
            yield one_sided(before.workspace, node, before.pins.get(label), "removed")


def _graphs(old: Workspace, new: Workspace) -> Iterable[TargetChange]:
    """Graphs and artifacts: what is said of them beside their nodes."""
    sides = _facts(old), _facts(new)
    for label, kind in sorted({*sides[0], *sides[1]}):
        before, after = sides[0].get((label, kind)), sides[1].get((label, kind))
        if before == after:
            continue
        status = "added" if before is None else "removed" if after is None else "changed"
        fields = moved(before or {}, after or {})
        yield TargetChange(label, kind, status, fields=fields)


def _facts(workspace: Workspace) -> dict[tuple[Label, str], Json]:
    found: dict[tuple[Label, str], Json] = {}
    for graph in workspace.graphs.values():
        found[graph.label, "graph"] = _graph_facts(graph)
        for artifact in graph.artifacts.values():
            found[artifact.label, "artifact"] = _artifact_facts(artifact)
    return found


def _graph_facts(graph: Graph) -> Json:
    return {
        "doc": graph.doc,
        "inputs": {name: show(schema) for name, schema in graph.inputs.items()},
        "outputs": {name: f"{label}.{port}" for name, (label, port) in graph.outputs.items()},
        "data": {
            case: {name: file.digest.short for name, file in files.items()}
            for case, files in graph.cases.items()
        },
    }


def _artifact_facts(artifact: Artifact) -> Json:
    names = ("kind", "name", "version", "summary", "import_name")
    return {name: getattr(artifact, name) for name in names} | {"tags": ", ".join(artifact.tags)}


def _graph_gates(old: Workspace, new: Workspace) -> list[Gate]:
    found: list[Gate] = []
    for package in sorted(old.graphs.keys() & new.graphs.keys()):
        before, after = old.graphs[package], new.graphs[package]
        where = str(after.label)
        found += compare_acceptance(where, before.acceptance, after.acceptance)
        gone = sorted(before.cases.keys() - after.cases.keys())
        if gone:
            found.append(weaker(where, "data", "cases it is no longer run on", gone))
        manual = [
            [name for name, a in side.artifacts.items() if "manual" in a.tags]
            for side in (before, after)
        ]
        found += moved_set(where, "artifacts left out of patterns", *manual)
    return found


def _elsewhere(before: Side, after: Side) -> tuple[list[Elsewhere], list[Gate]]:
    old, new = before.workspace, after.workspace
    tasks, gates = compare_tasks(old, new)
    settings, more = compare_settings(old.settings, new.settings, len(after.nodes()))
    return [*settings, *compare_lock(old, new), *tasks], [*more, *gates]


def _broken(side: Side) -> Iterable[tuple[str, str]]:
    """Pins that do not agree with themselves, of nodes or left over; a build stops at one."""
    for label, pin in sorted(side.pins.items(), key=lambda item: _order(item[1])):
        if pin.broken:
            yield str(label), pin.broken


def _order(pin: PinView) -> str:
    return str(pin.label)
