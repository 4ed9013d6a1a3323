"""Workspaces made of bare names, to ask queries of."""

from collections.abc import Mapping, Sequence

from fxgbuild.lang.label import Label, Pattern, parse_pattern
from fxgbuild.lang.model import Artifact, Edge, Graph, Node, TaskType, Workspace
from fxgbuild.lang.schema import Schema, parse_schema
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.plan.query_answer import answer
from fxgbuild.plan.query_world import World
from fxgbuild.problem import Location

HERE = Location("packages/p/fxg.yaml", 1, 1)
TYPES = {
    "lab.Signal": parse_schema("float64[rows, channels] uV", {}),
    "lab.Count": parse_schema("int", {}),
}
TASK = TaskType(
    name="lab.Step",
    label="//rules/lab:Step",
    doc="One step.",
    function="step",
    inputs={},
    outputs={},
    params={},
    imports=(),
    effects=(),
    invokes=(),
    distributions=(),
    template=None,
    properties=None,
    where=HERE,
)


def label(text: str) -> Label:
    pattern = parse_pattern(text)
    assert isinstance(pattern, Pattern)
    return Label(pattern.package, pattern.name or pattern.package.rsplit("/", 1)[-1])


def node(
    name: str,
    outputs: Mapping[str, Schema] | None = None,
    *,
    spec: str = "",
    params: Mapping[str, object] | None = None,
    tags: tuple[str, ...] = (),
) -> Node:
    return Node(
        label=label(name),
        task=TASK,
        spec=spec,
        params=params or {},
        bindings=dict.fromkeys(params or {}, "link"),
        inputs={},
        outputs=outputs or {"out": TYPES["lab.Signal"]},
        imports=("math",),
        effects=(),
        hooks=({"kind": "logging", "when": "after", "mode": "batch", "name": ""},),
        examples=(),
        acceptance=None,
        source=None,
        variant="",
        tags=tags,
        where=HERE,
    )


def edge(source: Label | None, target: Label, port: str = "out", into: str = "value") -> Edge:
    return Edge(source, port, target, into, "sync", "sequential", None, None, None, True, 1.0, HERE)


def workspace(nodes: Sequence[Node], edges: Sequence[Edge]) -> Workspace:
    """A graph with a wheel for each package that the nodes name."""
    packages = {found.label.package: None for found in nodes}
    inside: dict[str, list[Node]] = {package: [] for package in packages}
    into: dict[str, list[Edge]] = {package: [] for package in packages}
    for found in nodes:
        inside[found.label.package].append(found)
    for one in edges:
        into[one.target.package].append(one)
    graphs = {package: _graph(package, inside[package], into[package]) for package in packages}
    return Workspace(SettingsDoc(), graphs, {TASK.label: TASK})


def _graph(package: str, nodes: Sequence[Node], edges: Sequence[Edge]) -> Graph:
    wheel = Artifact(Label(package, "wheel"), "wheel", f"{package}-wheel", "1.0", "", package)
    return Graph(
        label=Label(package, package.rsplit("/", 1)[-1]),
        doc="A package.",
        folder=f"packages/{package}",
        inputs={"raw": TYPES["lab.Signal"]},
        outputs={"result": (nodes[-1].label, "out")},
        cases={},
        nodes={found.label.name: found for found in nodes},
        edges=tuple(edges),
        acceptance=None,
        artifacts={"wheel": wheel},
        where=HERE,
    )


def world(
    of: Workspace, states: Mapping[Label, frozenset[str]] | None = None, package: str = "p"
) -> World:
    return World(of, lambda: states or {}, lambda: TYPES, package)


def joined(needs: Mapping[str, Sequence[str]]) -> Workspace:
    """Nodes by name with the names of what they need, `.port` added where it is not `out`."""
    edges = []
    for name, sources in needs.items():
        for source in sources:
            producer, _, port = source.partition(".")
            edges.append(edge(label(producer), label(name), port or "out"))
    return workspace([node(name) for name in needs], edges)


def asked(query: str, of: World) -> list[str]:
    return [str(found) for found in answer(query, of)]
