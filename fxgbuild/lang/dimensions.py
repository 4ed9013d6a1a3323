"""Dimensions unified along edges: one length for every axis that must agree.

A named dimension of a node is one variable; edges join variables, across packages too; numbers and
formulas of parameters fix them. Two lengths for one variable are one problem that names both ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from fxgbuild.digest import Json
from fxgbuild.lang.drafts import Draft
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Edge, Node
from fxgbuild.lang.schema import Schema, required
from fxgbuild.problem import Location, Problem
from fxgbuild.runtime import dims as formulas

Variable = tuple[Label, str]
INPUTS = "inputs"  # a reserved name, so no node owns these variables


@dataclass(slots=True)
class Lengths:
    """Union-find over variables, each class with at most one length and who gave it."""

    parent: dict[Variable, Variable] = field(default_factory=dict)
    length: dict[Variable, tuple[int, str]] = field(default_factory=dict)
    broken: set[Variable] = field(default_factory=set)

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
        known = self.length.setdefault(root, (length, giver))
        if known[0] == length or root in self.broken:
            return None
        self.broken.add(root)
        return f"{known[0]} at {known[1]}"

    def join(self, one: Variable, other: Variable) -> tuple[str, str] | None:
        """Make two variables one; returns both givers when their lengths differ."""
        first, second = self.find(one), self.find(other)
        if first == second:
            return None
        a, b = self.length.get(first), self.length.get(second)
        was_broken = bool({first, second} & self.broken)
        self.parent[second] = first
        if a is None and b is not None:
            self.length[first] = b
        clash = a is not None and b is not None and a[0] != b[0]
        if clash or was_broken:
            self.broken.add(first)
        if a is None or b is None or not clash or was_broken:
            return None
        return f"{a[0]} at {a[1]}", f"{b[0]} at {b[1]}"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a port: what it says of its length, and where that is written."""

    variable: Variable
    number: int
    dim: int | str
    port: str
    params: Mapping[str, Json]
    draft: Draft
    where: Location

    def names(self) -> frozenset[str]:
        return _names(self.dim) if isinstance(self.dim, str) else frozenset()

    def lacks(self, lengths: Lengths) -> Variable | None:
        """The first name in it, if any, whose length is not known yet."""
        for name in sorted(self.names() - set(self.params)):
            variable = lengths.find((self.variable[0], name))
            if variable not in lengths.length:
                return variable
        return None

    def length(self, lengths: Lengths) -> int | None:
        """Its length by number or formula, as far as the names in it are known."""
        if isinstance(self.dim, int):
            return self.dim
        known: dict[str, object] = dict(self.params)
        for name in self.names() - set(known):
            known[name] = lengths.get((self.variable[0], name))
        return formulas.evaluate(self.dim, known)


@lru_cache(maxsize=4096)
def _names(formula: str) -> frozenset[str]:
    return frozenset(formulas.names(formula))


def unify(drafts: Mapping[str, Draft]) -> None:
    """Unify all dimensions of all graphs; conflicts become problems."""
    lengths = Lengths()
    todo = [axis for draft in drafts.values() for axis in _axes(draft) if _says(axis)]
    todo = [axis for axis in todo if not _settle(lengths, axis)]
    for draft in drafts.values():
        for edge in draft.edges:
            _join_edge(drafts, lengths, edge)
    waiting: dict[Variable, list[Axis]] = {}  # by the first name that its formula lacks
    while todo:  # a length found by one formula may be what another one waits for
        found: list[Axis] = []
        for axis in todo:
            lacks = axis.lacks(lengths)
            if lacks:
                waiting.setdefault(lacks, []).append(axis)
            elif _settle(lengths, axis):
                found += waiting.pop(lengths.find(axis.variable), ())
        todo = found


def _axes(draft: Draft) -> Iterable[Axis]:
    for name, schema in draft.inputs.items():
        if arrays(schema):
            owner, where = Label(draft.package, INPUTS), draft.document.at("inputs", name)
            yield from _of_port(draft, owner, (name, name), schema, where)
    for node in draft.nodes.values():
        for port, schema in (*node.inputs.items(), *node.outputs.items()):
            if arrays(schema):
                names = (port, f"{node.label}.{port}")
                yield from _of_port(draft, node.label, names, schema, node.where)


def _of_port(
    draft: Draft, owner: Label, names: tuple[str, str], schema: Schema, where: Location
) -> Iterable[Axis]:
    node = draft.nodes.get(owner.name)
    params = _fixed(node) if node else {}
    for place, array in arrays(schema):
        for number, dim in enumerate(array["dims"]):
            variable = _variable(owner, f"{names[0]}{place}", number, dim)
            yield Axis(variable, number, dim, f"{names[1]}{place}", params, draft, where)


def _fixed(node: Node) -> dict[str, Json]:
    return {name: value for name, value in node.params.items() if node.bindings[name] != "run"}


def _variable(owner: Label, port: str, axis: int, dim: Json) -> Variable:
    named = isinstance(dim, str) and dim.isidentifier()
    return (owner, dim) if named else (owner, f"{port}[{axis}]")


def arrays(schema: Schema) -> Sequence[tuple[str, Json]]:
    """Every array inside a port's schema, with its place in it."""
    plain = required(schema)
    if "array" in plain:
        return (("", plain["array"]),)
    if "state" not in plain:
        return ()
    fields = plain["state"].items()
    return [(f".{name}{place}", found) for name, part in fields for place, found in arrays(part)]


def _says(axis: Axis) -> bool:
    """Does it say anything of its length? A bare name does so only if it is a parameter's."""
    bare = isinstance(axis.dim, str) and axis.dim.isidentifier()
    return not bare or axis.dim in axis.params


def _settle(lengths: Lengths, axis: Axis) -> bool:
    """Fix an axis if its length can be known by now; says whether it is done with."""
    try:
        length = axis.length(lengths)
    except ValueError as error:
        owner = axis.variable[0]
        message = f"{owner}: dimension `{axis.dim}`: {error}"
        axis.draft.problems.append(Problem(axis.where, "FXG1122", message, str(axis.variable[0])))
        return True
    if length is None:
        return False
    other = lengths.fix(axis.variable, length, axis.port)
    if other:
        message = f"axis {axis.number} of {axis.port} is {length}, but {other}"
        axis.draft.problems.append(Problem(axis.where, "FXG1122", message, str(axis.variable[0])))
    return True


def _join_edge(drafts: Mapping[str, Draft], lengths: Lengths, edge: Edge) -> None:
    draft = drafts[edge.target.package]
    if edge.source is None:
        owner, given = Label(draft.package, INPUTS), draft.inputs[edge.source_port]
    else:
        owner = edge.source
        given = drafts[owner.package].nodes[owner.name].outputs[edge.source_port]
    if not arrays(given):
        return
    wanted = dict(arrays(draft.nodes[edge.target.name].inputs[edge.port]))
    for place, array in arrays(given):
        peer = wanted.get(place)
        if peer is None or len(peer["dims"]) != len(array["dims"]):
            continue
        for axis, (dim, other) in enumerate(zip(array["dims"], peer["dims"], strict=True)):
            one = _variable(owner, f"{edge.source_port}{place}", axis, dim)
            two = _variable(edge.target, f"{edge.port}{place}", axis, other)
            clash = lengths.join(one, two)
            if clash:
                named = isinstance(dim, str) and dim.isidentifier()
                name = dim if named else f"axis {axis}"
                ends = f"{edge.origin} → {edge.target}.{edge.port}"
                message = f"{ends}: dimension `{name}` is {clash[0]} and {clash[1]}"
                draft.problems.append(Problem(edge.where, "FXG1122", message, str(edge.target)))
