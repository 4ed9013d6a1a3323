"""Drawings as text, of a graph and of a query's answer: Mermaid for documents, DOT for Graphviz.

Arrows point the way values flow, from what is needed to what needs it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Edge, Graph, Node
from fxgbuild.lang.schema import show


def mermaid(graph: Graph) -> str:
    """A Mermaid flowchart: inputs round, templates boxed, generated nodes with a double border."""
    lines = ["flowchart TD"]
    lines += [f"  in_{name}([{name}])" for name in graph.inputs]
    for node in graph.nodes.values():
        opening, closing = ("[[", "]]") if node.is_generated() else ("[", "]")
        lines.append(f'  {node.label.name}{opening}"{_caption(node)}"{closing}')
    for source, target, ports, asynchronous in _bundles(graph):
        lines.append(_mermaid_arrow(source, target, ports, dashed=asynchronous))
    lines += [f"  out_{name}([{name}])" for name in graph.outputs]
    for name, (label, _) in graph.outputs.items():
        lines.append(_mermaid_arrow(label.name, f"out_{name}"))
    return "\n".join(lines) + "\n"


def _mermaid_arrow(
    source: str, target: str, ports: Sequence[str] = (), dashed: bool = False
) -> str:
    text = f"|{', '.join(ports)}|" if ports else ""
    return f"  {source} {'-.->' if dashed else '-->'}{text} {target}"


def _caption(node: Node) -> str:
    return f"{node.label.name}<br/><small>{node.task.name}</small>"


def _bundles(graph: Graph) -> list[tuple[str, str, list[str], bool]]:
    """Edges between the same two ends drawn as one, with the ports that flow."""
    found: dict[tuple[str, str, bool], list[str]] = {}
    for edge in graph.edges:
        key = (_source(edge), edge.target.name, edge.call == "async")
        ports = found.setdefault(key, [])
        if edge.source_port not in ports:
            ports.append(edge.source_port)
    return [(source, target, ports, mode) for (source, target, mode), ports in found.items()]


def _source(edge: Edge) -> str:
    if edge.source is None:
        return f"in_{edge.source_port}"
    same = edge.source.package == edge.target.package
    return (
        edge.source.name
        if same
        else str(edge.source).strip("/").replace(":", "_").replace("/", "_")
    )


def dot(graph: Graph) -> str:
    """A DOT digraph with the schema of every port on its edge."""
    lines = [f'digraph "{graph.label}" {{', "  node [shape=box];"]
    for node in graph.nodes.values():
        border = 2 if node.is_generated() else 1
        label = f"{node.label.name}\\n{node.task.name}"
        lines.append(f'  "{node.label.name}" [label="{label}", peripheries={border}];')
    for edge in graph.edges:
        producer = graph.nodes.get(edge.source.name) if edge.source else None
        ports = producer.outputs if producer else graph.inputs
        schema = ports.get(edge.source_port, {})
        label = f"{edge.source_port}: {show(schema)}" if schema else edge.source_port
        dashed = edge.call == "async"
        lines.append(_dot_arrow(_source(edge), edge.target.name, label, dashed=dashed))
    return "\n".join([*lines, "}"]) + "\n"


def _dot_arrow(source: str, target: str, label: str, *, dashed: bool = False) -> str:
    style = "dashed" if dashed else "solid"
    return f'  "{source}" -> "{target}" [label="{label}", style={style}];'


@dataclass(frozen=True, slots=True)
class Arrow:
    """Two targets of an answer, and the ports that flow between them where an edge joins them."""

    source: Label
    target: Label
    ports: tuple[str, ...]


def mermaid_of(captions: Mapping[Label, str], arrows: Sequence[Arrow]) -> str:
    """A Mermaid flowchart of targets in any packages, each with a line that says what it is."""
    names = {label: f"t{number}" for number, label in enumerate(captions)}
    lines = ["flowchart TD"]
    lines += [
        f'  {names[label]}["{label}<br/><small>{text}</small>"]' for label, text in captions.items()
    ]
    lines += [_mermaid_arrow(names[a.source], names[a.target], a.ports) for a in arrows]
    return "\n".join(lines) + "\n"


def dot_of(captions: Mapping[Label, str], arrows: Sequence[Arrow]) -> str:
    """A DOT digraph of targets in any packages."""
    lines = ["digraph query {", "  node [shape=box];"]
    lines += [f'  "{label}" [label="{label}\\n{text}"];' for label, text in captions.items()]
    lines += [_dot_arrow(str(a.source), str(a.target), ", ".join(a.ports)) for a in arrows]
    return "\n".join([*lines, "}"]) + "\n"
