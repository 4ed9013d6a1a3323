"""Reads a link into the static shape of a run: nodes in order, edges by caller, joins by port.

Raises BadLink for what cannot be run; decides nothing about time.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .freeze import scalable
from .retry import Policy, merge
from .schema import Schema, is_optional

FORMAT = 1


class BadLink(ValueError):
    """The link does not describe a graph that can run."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One delivery: from a node's port, or from a graph input (then `node` is empty)."""

    number: int
    node: str
    port: str
    target: str
    target_port: str
    call: str
    mode: str
    monitor: bool
    scale: float

    def __str__(self) -> str:
        source = f"{self.node}.{self.port}" if self.node else self.port
        return f"{source} -> {self.target}.{self.target_port}"


@dataclass(frozen=True, slots=True)
class Join:
    """The edges into one port, in declared order, how many it takes, and whether as a list."""

    edges: tuple[Edge, ...]
    need: int
    as_list: bool


@dataclass(frozen=True, slots=True)
class Node:
    """One task: its ports, its parameters, who feeds it and whom it feeds."""

    name: str
    inputs: Mapping[str, Schema]
    outputs: Mapping[str, Schema]
    params: Mapping[str, object]
    run_params: Mapping[str, Schema]
    hooks: tuple[Mapping[str, Any], ...]
    joins: Mapping[str, Join]
    policy: Policy


@dataclass(frozen=True, slots=True)
class Graph:
    """A link, checked: nodes in topological order, outgoing edges by caller, in declared order."""

    inputs: Mapping[str, Schema]
    outputs: Mapping[str, tuple[str, str]]
    nodes: Mapping[str, Node]
    edges_from: Mapping[str, tuple[Edge, ...]]


def read_link(link: Mapping[str, Any]) -> Graph:
    """Check a link and give its graph."""
    if link.get("format") != FORMAT:
        raise BadLink(f"the link is of format {link.get('format')!r}, this runtime reads {FORMAT}")
    raw = {str(node["name"]): node for node in link["nodes"]}
    if len(raw) != len(link["nodes"]):
        raise BadLink("two nodes have one name")
    pairs = [(_edge(n, edge), edge) for n, edge in enumerate(link["edges"])]
    outputs = {name: _split(source) for name, source in link["outputs"].items()}
    for edge, _ in pairs:
        _check_ends(edge, raw, link["inputs"])
    for name, (node, port) in outputs.items():
        _check_source(node, port, raw, link["inputs"], f"output {name}")
    into: dict[str, list[tuple[Edge, Mapping[str, Any]]]] = {name: [] for name in raw}
    out: dict[str, list[Edge]] = {name: [] for name in ("", *raw)}
    for edge, attributes in pairs:
        into[edge.target].append((edge, attributes))
        out[edge.node].append(edge)
    order = _order(raw, out, into)
    return Graph(
        inputs=link["inputs"],
        outputs=outputs,
        nodes={name: _node(raw[name], into[name]) for name in order},
        edges_from={name: tuple(edges) for name, edges in out.items()},
    )


def _edge(number: int, raw: Mapping[str, Any]) -> Edge:
    node, port = _split(raw["from"])
    target, target_port = _split(raw["to"])
    call, mode = raw.get("call", "sync"), raw.get("mode", "sequential")
    if call not in ("sync", "async") or mode not in ("sequential", "fork"):
        raise BadLink(f"edge {raw['from']} -> {raw['to']}: call {call!r}, mode {mode!r}")
    factor = raw.get("scale")
    return Edge(
        number=number,
        node=node,
        port=port,
        target=target,
        target_port=target_port,
        call=call,
        mode=mode,
        monitor=bool(raw.get("monitor", False)),
        scale=1.0 if factor is None else float(factor),
    )


def _split(reference: str) -> tuple[str, str]:
    node, _, port = reference.rpartition(".")
    return node, port


def _check_ends(
    edge: Edge, nodes: Mapping[str, Mapping[str, Any]], inputs: Mapping[str, Schema]
) -> None:
    _check_source(edge.node, edge.port, nodes, inputs, f"edge {edge}")
    target = nodes.get(edge.target)
    if target is None or edge.target_port not in target["inputs"]:
        raise BadLink(f"edge {edge}: there is no input port {edge.target}.{edge.target_port}")


def _check_source(
    node: str,
    port: str,
    nodes: Mapping[str, Mapping[str, Any]],
    inputs: Mapping[str, Schema],
    where: str,
) -> None:
    if node and (node not in nodes or port not in nodes[node]["outputs"]):
        raise BadLink(f"{where}: there is no output port {node}.{port}")
    if not node and port not in inputs:
        raise BadLink(f"{where}: there is no graph input {port}")


def _node(raw: Mapping[str, Any], into: list[tuple[Edge, Mapping[str, Any]]]) -> Node:
    name = str(raw["name"])
    joins = {}
    for port, schema in raw["inputs"].items():
        pairs = [(edge, attributes) for edge, attributes in into if edge.target_port == port]
        if pairs:
            joins[port] = _join(f"{name}.{port}", pairs, schema)
        elif not is_optional(schema):
            raise BadLink(f"nothing feeds the input port {name}.{port}")
    return Node(
        name=name,
        inputs=raw["inputs"],
        outputs=raw["outputs"],
        params=raw.get("params") or {},
        run_params=raw.get("run_params") or {},
        hooks=tuple(raw.get("hooks") or ()),
        joins=joins,
        policy=merge([attributes for _, attributes in into]),
    )


def _join(port: str, pairs: list[tuple[Edge, Mapping[str, Any]]], schema: Schema) -> Join:
    edges = tuple(edge for edge, _ in pairs)
    rule = pairs[0][1].get("join") or "all"
    if any((attributes.get("join") or "all") != rule for _, attributes in pairs):
        raise BadLink(f"the edges into {port} name different joins")
    _check_scales(port, edges, schema)
    if len(edges) == 1:
        return Join(edges, 1, as_list=False)
    if rule == "any":
        return Join(edges, 1, as_list=False)
    if rule == "all":
        return Join(edges, len(edges), as_list=True)
    need = rule.get("quorum") if isinstance(rule, Mapping) else None
    if not isinstance(need, int) or not 1 <= need <= len(edges):
        raise BadLink(f"the join of {port} is {rule!r}, and it has {len(edges)} edges")
    return Join(edges, need, as_list=True)


def _check_scales(port: str, edges: tuple[Edge, ...], schema: Schema) -> None:
    if all(edge.scale == 1 for edge in edges):
        return
    if not scalable(schema.get("items", schema)):
        raise BadLink(f"port {port}: its kind cannot be converted to another unit")


def _order(
    nodes: Mapping[str, Any],
    out: Mapping[str, list[Edge]],
    into: Mapping[str, list[tuple[Edge, Mapping[str, Any]]]],
) -> list[str]:
    """Sort topologically, by declared order where the edges leave it open."""
    names = list(nodes)
    rank = {name: n for n, name in enumerate(names)}
    waiting = {name: sum(1 for edge, _ in into[name] if edge.node) for name in names}
    ready = [rank[name] for name in names if not waiting[name]]
    order = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for edge in out[name]:
            waiting[edge.target] -= 1
            if not waiting[edge.target]:
                heapq.heappush(ready, rank[edge.target])
    if len(order) != len(names):
        stuck = [name for name in names if waiting[name]]
        raise BadLink(f"the graph has a cycle among {', '.join(stuck[:5])}")
    return order
