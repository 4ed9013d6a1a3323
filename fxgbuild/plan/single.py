"""Graphs of one node: what `run //pkg:node` runs, on files or on what flowed in a run before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fxgbuild.lang.model import Edge, Graph, Node, Workspace
from fxgbuild.lang.schema import Schema
from fxgbuild.plan.link import module_name
from fxgbuild.plan.preimage import source_schema


def single_node_graph(graph: Graph, node: Node) -> Graph:
    """The node alone; its ports are the graph's inputs and outputs."""
    edges = tuple(
        Edge(
            source=None,
            source_port=port,
            target=node.label,
            port=port,
            call="sync",
            mode="sequential",
            join=None,
            retry=None,
            timeout_s=None,
            monitor=True,
            scale=1.0,
            where=node.where,
        )
        for port in node.inputs
    )
    return _alone(graph, node, node.inputs, edges)


@dataclass(frozen=True, slots=True)
class Fed:
    """A node with the edges it has in its graph; `origins` names the port behind each input."""

    graph: Graph
    origins: Mapping[str, str]


def fed_node_graph(workspace: Workspace, graph: Graph, node: Node) -> Fed:
    """The node alone, its own edges before it: units are converted and joins join as ever."""
    inputs: dict[str, Schema] = {}
    origins: dict[str, str] = {}
    edges = []
    for edge in graph.into(node.label):
        home = f"{module_name(graph, edge.source)}." if edge.source else ""
        origin = f"{home}{edge.source_port}"
        name = origin.replace(".", "__")
        inputs[name] = source_schema(workspace, edge)
        origins[name] = origin
        edges.append(replace(edge, source=None, source_port=name))
    return Fed(_alone(graph, node, inputs, tuple(edges)), origins)


def _alone(
    graph: Graph, node: Node, inputs: Mapping[str, Schema], edges: tuple[Edge, ...]
) -> Graph:
    return Graph(
        label=graph.label,
        doc=node.task.doc,
        folder=graph.folder,
        inputs=dict(inputs),
        outputs={port: (node.label, port) for port in node.outputs},
        cases={},
        nodes={node.label.name: node},
        edges=edges,
        acceptance=None,
        artifacts={},
        where=node.where,
    )
