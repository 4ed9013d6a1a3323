"""Attributes of targets as text, for `attr(name, "regex", x)`; the targets that one names."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fxgbuild.digest import Json
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Acceptance, Artifact, Graph, Node, Workspace
from fxgbuild.lang.schema import Schema, show
from fxgbuild.plan.order import producers
from fxgbuild.plan.select import Target

Attributes = Mapping[str, Callable[[Any], Json]]


def kind(target: Target) -> str:
    """What a target is, for people and for `kind("regex", x)`."""
    if isinstance(target, Node):
        made = "generated" if target.is_generated() else "source" if target.source else "template"
        return f"{target.task.name} node ({made})"
    return "graph" if isinstance(target, Graph) else target[1].kind


def _schemas(ports: Mapping[str, Schema]) -> dict[str, str]:
    return {name: show(schema) for name, schema in ports.items()}


def _hooks(node: Node) -> list[str]:
    parts = ("kind", "when", "mode", "name")
    return [" ".join(str(hook[part]) for part in parts if hook[part]) for hook in node.hooks]


def _source(node: Node) -> str | None:
    return f"{node.source.file.path}:{node.source.function}" if node.source else None


def _acceptance(acceptance: Acceptance | None) -> Json:
    if acceptance is None:
        return None
    names = [acceptance.cases.path] if acceptance.cases else []
    names += [file.path for file in acceptance.tests]
    names += [file.path for file in acceptance.data]
    return names + ([acceptance.metric] if acceptance.metric else [])


_NODE: Attributes = {
    "name": lambda node: node.label.name,
    "package": lambda node: node.label.package,
    "kind": kind,
    "task": lambda node: node.task.name,
    "rule": lambda node: node.task.label,
    "doc": lambda node: node.task.doc,
    "spec": lambda node: node.spec,
    "function": lambda node: node.function,
    "params": lambda node: node.params,
    "bindings": lambda node: node.bindings,
    "inputs": lambda node: _schemas(node.inputs),
    "outputs": lambda node: _schemas(node.outputs),
    "imports": lambda node: node.imports,
    "effects": lambda node: node.effects,
    "hooks": _hooks,
    "examples": lambda node: [example.get("name") or "" for example in node.examples] or None,
    "acceptance": lambda node: _acceptance(node.acceptance),
    "source": _source,
    "deps": lambda node: [file.path for file in node.source.deps] if node.source else None,
    "variant": lambda node: node.variant,
    "tags": lambda node: node.tags,
    "visibility": lambda node: node.visibility,
    "where": lambda node: str(node.where),
}
_GRAPH: Attributes = {
    "name": lambda graph: graph.label.name,
    "package": lambda graph: graph.label.package,
    "kind": kind,
    "doc": lambda graph: graph.doc,
    "inputs": lambda graph: _schemas(graph.inputs),
    "outputs": lambda graph: {n: f"{at}.{port}" for n, (at, port) in graph.outputs.items()},
    "nodes": lambda graph: tuple(graph.nodes),
    "artifacts": lambda graph: tuple(graph.artifacts),
    "data": lambda graph: tuple(graph.cases),
    "acceptance": lambda graph: _acceptance(graph.acceptance),
    "where": lambda graph: str(graph.where),
}
_ARTIFACT: Attributes = {
    "name": lambda artifact: artifact.label.name,
    "package": lambda artifact: artifact.label.package,
    "kind": lambda artifact: artifact.kind,
    "distribution": lambda artifact: artifact.name,
    "version": lambda artifact: artifact.version,
    "summary": lambda artifact: artifact.summary,
    "import_name": lambda artifact: artifact.import_name,
    "tags": lambda artifact: artifact.tags,
}
# Those with parts of their own: `params.segment_s`, `inputs.windows`.
PARTED = ("params", "bindings", "inputs", "outputs")
ATTRIBUTES = tuple(sorted({*_NODE, *_GRAPH, *_ARTIFACT}))


def is_attribute(name: str) -> bool:
    whole, dot, _ = name.partition(".")
    return whole in (PARTED if dot else ATTRIBUTES)


def attribute(target: Target, name: str) -> str | None:
    """An attribute as text, None where a target has none; a list reads `[a, b]`."""
    whole, dot, part = name.partition(".")
    owner, table = _owner(target)
    found = table[whole](owner) if whole in table else None
    if dot:
        found = found.get(part) if isinstance(found, Mapping) else None
    return None if found is None else _text(found)


def _owner(target: Target) -> tuple[Node | Graph | Artifact, Attributes]:
    if isinstance(target, Node):
        return target, _NODE
    return (target, _GRAPH) if isinstance(target, Graph) else (target[1], _ARTIFACT)


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return f"[{', '.join(f'{name}={_text(item)}' for name, item in value.items())}]"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_text, value))}]"
    return json.dumps(value)


LINKS = ("artifacts", "graph", "inputs", "nodes", "outputs", "srcs")


def linked(workspace: Workspace, target: Target, name: str) -> list[Label]:
    """The targets that an attribute names: a node's producers, a graph's nodes, …"""
    if isinstance(target, Node):
        return producers(workspace, target.label) if name in ("inputs", "srcs") else []
    if isinstance(target, Graph):
        match name:
            case "nodes" | "srcs":
                return [node.label for node in target.nodes.values()]
            case "outputs":
                return [label for label, _ in target.outputs.values()]
            case "artifacts":
                return [artifact.label for artifact in target.artifacts.values()]
        return []
    return [target[0].label] if name in ("graph", "srcs") else []
