"""A graph of one node: what `run //pkg:node` runs."""

from fxgbuild.lang.model import Edge, Graph, Node


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
    return Graph(
        label=graph.label,
        doc=node.task.doc,
        folder=graph.folder,
        inputs=dict(node.inputs),
        outputs={port: (node.label, port) for port in node.outputs},
        cases={},
        nodes={node.label.name: node},
        edges=edges,
        acceptance=None,
        artifacts={},
        where=node.where,
    )
