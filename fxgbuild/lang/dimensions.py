"""Dimensions unified along a graph's edges: one length for every axis that must agree.

A named dimension of a node is one variable; edges join variables; numbers and formulas of
parameters fix them. Two lengths for one variable are a problem that names both ends.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.lang.graphs import Draft
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Edge, Node
from fxgbuild.lang.schema import Schema
from fxgbuild.problem import Problem
from fxgbuild.runtime import dims as formulas

Variable = tuple[Label | str, str]


@dataclass(slots=True)
class Lengths:
    """Union-find over variables, each class with at most one length and who gave it."""

    parent: dict[Variable, Variable] = field(default_factory=dict)
    length: dict[Variable, tuple[int, str]] = field(default_factory=dict)

    def find(self, variable: Variable) -> Variable:
        root = variable
        while self.parent.get(root, root) != root:
            root = self.parent[root]
        while self.parent.get(variable, variable) != root:
            self.parent[variable], variable = root, self.parent[variable]
        return root

    def get(self, variable: Variable) -> int | None:
        found = self.length.get(self.find(variable))
        return found[0] if found else None

    def fix(self, variable: Variable, length: int, giver: str) -> str | None:
        """Give a variable its length; returns who said otherwise, if anybody did."""
        root = self.find(variable)
        known = self.length.get(root)
        if known is None:
            self.length[root] = (length, giver)
        elif known[0] != length:
            return f"{known[0]} at {known[1]}"
        return None

    def join(self, one: Variable, other: Variable) -> tuple[str, str] | None:
        """Make two variables one; returns both givers when their lengths differ."""
        first, second = self.find(one), self.find(other)
        if first == second:
            return None
        a, b = self.length.get(first), self.length.get(second)
        self.parent[second] = first
        if b is not None:
            self.length[first] = a or b
        if a and b and a[0] != b[0]:
            return f"{a[0]} at {a[1]}", f"{b[0]} at {b[1]}"
        return None


def arrays(schema: Schema) -> Iterable[tuple[str, Json]]:
    """Every array inside a port's schema, with its place in it."""
    if "array" in schema:
        yield "", schema["array"]
    for name, part in schema.get("state", {}).items():
        for place, array in arrays(part):
            yield f".{name}{place}", array


def unify(draft: Draft) -> None:
    """Unify all dimensions of one package's graph; conflicts become problems."""
    lengths = Lengths()
    for node in draft.nodes.values():
        _fix_formulas(draft, lengths, node)
    for edge in draft.edges:
        _join_edge(draft, lengths, edge)
    for node in draft.nodes.values():
        _fix_formulas(draft, lengths, node, report=True)


def _axis_variable(owner: Label | str, where: str, axis: int, dim: Json) -> Variable:
    if isinstance(dim, str) and dim.isidentifier():
        return owner, dim
    return owner, f"{where}[{axis}]"


def _ports(node: Node) -> Iterable[tuple[str, Schema]]:
    yield from node.inputs.items()
    yield from node.outputs.items()


def _fix_formulas(draft: Draft, lengths: Lengths, node: Node, *, report: bool = False) -> None:
    """Evaluate every fixed or computed axis of a node; a second pass sees lengths from edges."""
    fixed = {k: v for k, v in node.params.items() if node.bindings.get(k) != "run"}
    for port, schema in _ports(node):
        for place, array in arrays(schema):
            for axis, dim in enumerate(array["dims"]):
                where = f"{node.label}.{port}{place}"
                variable = _axis_variable(node.label, f"{port}{place}", axis, dim)
                length = (
                    dim if isinstance(dim, int) else _evaluate(draft, lengths, node, dim, fixed)
                )
                if length is None:
                    continue
                other = lengths.fix(variable, length, where)
                if other and report:
                    message = f"axis {axis} of {where} is {length}, but {other}"
                    draft.problems.append(Problem(node.where, "FXG1122", message))


def _evaluate(
    draft: Draft, lengths: Lengths, node: Node, dim: str, fixed: dict[str, Json]
) -> int | None:
    if dim.isidentifier():
        return None
    try:
        known: dict[str, object] = dict(fixed)
        for name in formulas.names(dim):
            length = lengths.get((node.label, name))
            if name not in known and length is not None:
                known[name] = length
        return formulas.evaluate(dim, known)
    except ValueError as error:
        problem = Problem(node.where, "FXG1122", f"{node.label}: dimension `{dim}`: {error}")
        if problem not in draft.problems:
            draft.problems.append(problem)
        return None


def _join_edge(draft: Draft, lengths: Lengths, edge: Edge) -> None:
    target = draft.nodes[edge.target.name]
    if edge.source is None:
        owner: Label | str = "inputs"
        given = draft.inputs[edge.source_port]
    elif edge.source.package == draft.package:
        owner = edge.source
        given = draft.nodes[edge.source.name].outputs[edge.source_port]
    else:
        return
    wanted = dict(arrays(target.inputs[edge.port]))
    for place, array in arrays(given):
        peer = wanted.get(place)
        if peer is None or len(peer["dims"]) != len(array["dims"]):
            continue
        for axis, (dim, other) in enumerate(zip(array["dims"], peer["dims"], strict=True)):
            source_port = edge.source_port if edge.source else f"inputs.{edge.source_port}"
            one = _axis_variable(owner, f"{source_port}{place}", axis, dim)
            two = _axis_variable(edge.target, f"{edge.port}{place}", axis, other)
            if isinstance(dim, int):
                lengths.fix(one, dim, edge.origin)
            if isinstance(other, int):
                lengths.fix(two, other, f"{edge.target}.{edge.port}")
            clash = lengths.join(one, two)
            if clash:
                name = dim if isinstance(dim, str) and dim.isidentifier() else f"axis {axis}"
                message = (
                    f"{edge.origin} → {edge.target}.{edge.port}: dimension `{name}` is "
                    f"{clash[0]} and {clash[1]}"
                )
                draft.problems.append(Problem(edge.where, "FXG1122", message))
