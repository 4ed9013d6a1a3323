"""Drawings of a graph as text: Mermaid for documents, DOT for Graphviz."""

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
        arrow = "-.->" if asynchronous else "-->"
        lines.append(f"  {source} {arrow}|{', '.join(ports)}| {target}")
    lines += [f"  out_{name}([{name}])" for name in graph.outputs]
    for name, (label, _) in graph.outputs.items():
        lines.append(f"  {label.name} --> out_{name}")
    return "\n".join(lines) + "\n"


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
        style = "dashed" if edge.call == "async" else "solid"
        label = f"{edge.source_port}: {show(schema)}" if schema else edge.source_port
        lines.append(
            f'  "{_source(edge)}" -> "{edge.target.name}" [label="{label}", style={style}];'
        )
    return "\n".join([*lines, "}"]) + "\n"
