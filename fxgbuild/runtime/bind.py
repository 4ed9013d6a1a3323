"""Binds what a run is given to what its link asks for: graph inputs and run parameters.

Both are always checked against their schemas, before anything runs.
"""

from collections.abc import Mapping
from typing import Any

from .check import check
from .freeze import freeze
from .graph import Graph
from .schema import Schema, is_optional


class BadInput(ValueError):
    """A graph input or a run parameter is missing, unknown, or not of its schema."""


def bind_inputs(graph: Graph, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give a read-only value for every graph input; an optional one may be left out."""
    unknown = sorted(set(given) - set(graph.inputs))
    if unknown:
        known = ", ".join(graph.inputs) or "none"
        raise BadInput(f"there is no input {unknown[0]!r}; the graph's inputs: {known}")
    return {
        name: freeze(_checked(f"input {name}", name, given, schema))
        for name, schema in graph.inputs.items()
    }


def bind_params(graph: Graph, given: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Give every node its run parameters: `node.name` goes to that node, `name` to all with it."""
    used: set[str] = set()
    bound: dict[str, dict[str, object]] = {}
    for node in graph.nodes.values():
        values = bound[node.name] = {}
        for name, schema in node.run_params.items():
            full = f"{node.name}.{name}"
            chosen = full if full in given else name
            used.update({full, name})
            values[name] = _checked(f"parameter {full}", chosen, given, schema)
    unknown = sorted(set(given) - used)
    if unknown:
        known = ", ".join(sorted(used)) or "none"
        raise BadInput(f"there is no run parameter {unknown[0]!r}; known: {known}")
    return bound


def _checked(what: str, name: str, given: Mapping[str, Any], schema: Schema) -> Any:
    if name not in given:
        if "default" in schema:
            return schema["default"]
        if is_optional(schema):
            return None
        raise BadInput(f"{what} is missing")
    faults = check(given[name], schema, {}, {})
    if faults:
        raise BadInput(f"{what}: {'; '.join(faults)}")
    return given[name]
