"""Row variables unified along edges: what `...rest` stands for at a node's output.

A node that takes `table<a: int, ...r>` and gives `table<b: float, ...r>` promises to hand the
further columns on; who comes after it may count on those that its producers declare.
"""

from collections import Counter
from collections.abc import Mapping

from fxgbuild.lang.assign import mismatches, payload
from fxgbuild.lang.drafts import Draft
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Edge, Node
from fxgbuild.lang.schema import Schema, required, show
from fxgbuild.problem import Problem


def hands_on(node: Node, port: str) -> list[str]:
    """The input ports whose further columns an output port has too; none when it names none."""
    rest = _rest(node.outputs[port])
    return [name for name, schema in node.inputs.items() if rest and _rest(schema) == rest]


def unify_rows(drafts: Mapping[str, Draft]) -> None:
    """Check every edge from a port that hands columns on; what does not fit becomes a problem."""
    into: dict[tuple[Label, str], list[Edge]] = {}
    for draft in drafts.values():
        for edge in draft.edges:
            into.setdefault((edge.target, edge.port), []).append(edge)
    known: dict[tuple[Label, str], Schema] = {}
    for draft in drafts.values():
        count = Counter((edge.target, edge.port) for edge in draft.edges)
        for edge in draft.edges:
            source = _node(drafts, edge.source)
            if source is None or not hands_on(source, edge.source_port):
                continue
            given = _carried(drafts, into, known, edge)
            port = draft.nodes[edge.target.name].inputs[edge.port]
            wanted = payload(port, edge.join, count[edge.target, edge.port])
            for message in mismatches(given, wanted or port):
                text = f"{edge.origin} → {edge.target}.{edge.port}: {message}"
                hint = f"{edge.source_port} carries `{show(given)}` here, wanted is `{show(port)}`"
                asked_by = draft.asker(("edges",))
                draft.problems.append(Problem(edge.where, "FXG1110", text, asked_by, hint=hint))


def _carried(
    drafts: Mapping[str, Draft],
    into: Mapping[tuple[Label, str], list[Edge]],
    known: dict[tuple[Label, str], Schema],
    edge: Edge,
) -> Schema:
    """What an edge carries: its port's schema, the row variable replaced as far as it is known."""
    node = _node(drafts, edge.source)
    if node is None or edge.source is None:
        return drafts[edge.target.package].inputs[edge.source_port]
    at = (edge.source, edge.source_port)
    if at in known:
        return known[at]
    declared = known[at] = node.outputs[edge.source_port]  # what a cycle gets to see
    for port in hands_on(node, edge.source_port):
        feeding = into.get((edge.source, port), [])
        if len(feeding) == 1:
            taken = required(node.inputs[port])["table"]["columns"]
            given = required(_carried(drafts, into, known, feeding[0]))["table"]
            known[at] = _with(declared, given, taken)
            break
    return known[at]


def _with(declared: Schema, given: Schema, taken: Mapping[str, Schema]) -> Schema:
    """A table's schema with the columns that came in beside those that the node declares."""
    own = required(declared)["table"]["columns"]
    further = {name: column for name, column in given["columns"].items() if name not in taken}
    table = {"columns": {**further, **own}} | ({"rest": given["rest"]} if "rest" in given else {})
    made: Schema = {"table": table}
    return {"anyOf": [made, {"type": "null"}]} if "anyOf" in declared else made


def _rest(schema: Schema) -> str:
    plain = required(schema)
    return str(plain["table"].get("rest", "")) if "table" in plain else ""


def _node(drafts: Mapping[str, Draft], label: Label | None) -> Node | None:
    return drafts[label.package].nodes[label.name] if label else None
