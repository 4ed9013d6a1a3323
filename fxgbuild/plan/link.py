"""The link: what a graph needs to run, as the runtime reads it (`link.json`)."""

from collections.abc import Iterable

from fxgbuild.digest import Json, digest_bytes
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Edge, Graph, Node
from fxgbuild.plan.preimage import linked_params, run_schemas

FORMAT = 1


def module_name(graph: Graph, label: Label) -> str:
    """A node's module: its name, with the package before it where it comes from elsewhere."""
    if label.package == graph.label.package:
        return label.name
    package = label.package.replace("/", "_").replace("-", "_")
    return f"{package}__{label.name}_{digest_bytes(str(label).encode()).hex[:8]}"


def link(graph: Graph, nodes: Iterable[Node], edges: Iterable[Edge]) -> Json:
    """Make the link of a graph, `nodes` upstream first; equal keys give equal links, order too."""

    def port(label: Label, name: str) -> str:
        return f"{module_name(graph, label)}.{name}"

    return {
        "format": FORMAT,
        "name": graph.label.name,
        "inputs": dict(sorted(graph.inputs.items())),
        "outputs": {name: port(label, out) for name, (label, out) in sorted(graph.outputs.items())},
        "nodes": [_node(graph, node) for node in nodes],
        "edges": [
            {
                "from": port(edge.source, edge.source_port) if edge.source else edge.source_port,
                "to": port(edge.target, edge.port),
                "call": edge.call,
                "mode": edge.mode,
                "join": edge.join or "all",
                "retry": edge.retry,
                "timeout_s": edge.timeout_s,
                "monitor": edge.monitor,
                "scale": edge.scale,
            }
            for edge in edges
        ],
    }


def _node(graph: Graph, node: Node) -> Json:
    name = module_name(graph, node.label)
    return {
        "name": name,
        "module": name,
        "function": node.function,
        "inputs": dict(sorted(node.inputs.items())),
        "outputs": dict(sorted(node.outputs.items())),
        "params": dict(sorted(linked_params(node).items())),
        "run_params": dict(sorted(run_schemas(node).items())),
        "hooks": list(node.hooks),
    }
