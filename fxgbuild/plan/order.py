"""Order: what a graph is made of, upstream first, across packages; iterative at any depth."""

from collections.abc import Iterable

from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Edge, Graph, Node, Workspace


def upstream(workspace: Workspace, graphs: Iterable[Graph]) -> dict[Label, Node]:
    """Every node that some graphs run: their own, and those their edges reach; each once."""
    found: dict[Label, Node] = {}
    todo = [node for graph in graphs for node in graph.nodes.values()]
    todo.reverse()
    while todo:
        node = todo.pop()
        if node.label in found:
            continue
        found[node.label] = node
        for edge in workspace.edge_sources(node.label):
            source = workspace.node(edge.source) if edge.source else None
            if source is not None and source.label not in found:
                todo.append(source)
    return found


def closure(workspace: Workspace, graph: Graph) -> tuple[list[Node], list[Edge]]:
    """Every node a graph runs (its own, and those its edges reach), upstream first; their edges.

    Their order is made of what keys cover, labels and edges, never of the order of nodes in a file.
    """
    found = upstream(workspace, [graph])
    edges = [edge for label in found for edge in workspace.edge_sources(label)]
    edges.sort(key=lambda edge: edge.target)  # stable: edges into one node keep their order
    order = topological(sorted(found), edges)
    place = {label: number for number, label in enumerate(order)}
    edges.sort(key=lambda edge: place[edge.target])
    return [found[label] for label in order], edges


def topological(labels: Iterable[Label], edges: Iterable[Edge]) -> list[Label]:
    """Upstream first; ties in the order given (Kahn's algorithm)."""
    waiting: dict[Label, int] = dict.fromkeys(labels, 0)
    after: dict[Label, list[Label]] = {label: [] for label in waiting}
    for edge in edges:
        if edge.source in waiting and edge.target in waiting:
            waiting[edge.target] += 1
            after[edge.source].append(edge.target)
    ready = [label for label, count in waiting.items() if not count]
    order: list[Label] = []
    for label in ready:  # grows while it is walked
        order.append(label)
        for follower in after[label]:
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    return order


def producers(workspace: Workspace, label: Label) -> list[Label]:
    return [edge.source for edge in workspace.edge_sources(label) if edge.source]
