"""The resolved workspace: graphs whose nodes know their task types, ports and files.

Frozen, complete, nothing beyond look-up. `load` makes it; every later room reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fxgbuild.digest import Digest, Json
from fxgbuild.lang.label import Label
from fxgbuild.lang.lockfile import Lock
from fxgbuild.lang.schema import Schema
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.lang.template import Template
from fxgbuild.problem import Location


@dataclass(frozen=True, slots=True)
class File:
    """A text file of the workspace or of a rule set that an action's key covers."""

    path: str
    data: bytes
    digest: Digest


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file that is named by path and digest, or by path alone (then digest is of today)."""

    path: str
    digest: Digest
    present: bool = True


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    default: Json = None
    binding: str = "link"
    doc: str = ""

    def schema(self) -> Json:
        """The parameter as a key and a prompt see it: everything but its value and default."""
        facts: dict[str, Json] = {"type": self.type, "binding": self.binding}
        facts |= {"unit": self.unit} if self.unit else {}
        facts |= {"range": [self.low, self.high]} if (self.low, self.high) != (None, None) else {}
        facts |= {"values": list(self.values)} if self.values else {}
        return facts | ({"doc": self.doc} if self.doc else {})


@dataclass(frozen=True, slots=True)
class Distribution:
    name: str
    requires: str
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskType:
    """A task type of a domain; `name` reads `signal.WelchSpectrum`."""

    name: str
    label: str
    doc: str
    function: str
    inputs: Mapping[str, Schema]
    outputs: Mapping[str, Schema]
    params: Mapping[str, Parameter]
    imports: tuple[str, ...]
    effects: tuple[str, ...]
    invokes: tuple[tuple[str, tuple[str, ...]], ...]
    distributions: tuple[Distribution, ...]
    template: Template | None
    properties: File | None
    where: Location


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What gates a candidate and is never shown to a model."""

    cases: File | None = None
    tests: tuple[File, ...] = ()
    data: tuple[DataFile, ...] = ()
    metric: str | None = None
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Existing code as a node: the module file, its function, first-party modules it imports."""

    file: File
    function: str
    deps: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    label: Label
    task: TaskType
    spec: str
    params: Mapping[str, Json]
    bindings: Mapping[str, str]
    inputs: Mapping[str, Schema]
    outputs: Mapping[str, Schema]
    imports: tuple[str, ...]
    effects: tuple[str, ...]
    hooks: tuple[Json, ...]
    examples: tuple[Json, ...]
    acceptance: Acceptance | None
    source: Source | None
    variant: str
    tags: tuple[str, ...]
    where: Location
    visibility: tuple[str, ...] = ()

    @property
    def function(self) -> str:
        return self.source.function if self.source else self.task.function

    @property
    def template(self) -> Template | None:
        return None if self.source else self.task.template

    def is_generated(self) -> bool:
        """Does a model write this node's code?"""
        template = self.template
        return template is not None and template.has_hole


@dataclass(frozen=True, slots=True)
class Edge:
    """One invocation; `source` is None when the value comes from a graph input."""

    source: Label | None
    source_port: str
    target: Label
    port: str
    call: str
    mode: str
    join: Json
    retry: Json
    timeout_s: float | None
    monitor: bool
    scale: float
    where: Location

    @property
    def origin(self) -> str:
        return f"{self.source}.{self.source_port}" if self.source else self.source_port


@dataclass(frozen=True, slots=True)
class Artifact:
    label: Label
    kind: str
    name: str
    version: str
    summary: str
    import_name: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """A package's graph; its label is `//package`, written `//eeg:eeg` where a name is needed."""

    label: Label
    doc: str
    folder: str
    inputs: Mapping[str, Schema]
    outputs: Mapping[str, tuple[Label, str]]
    cases: Mapping[str, Mapping[str, DataFile]]
    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    acceptance: Acceptance | None
    artifacts: Mapping[str, Artifact]
    where: Location
    _into: dict[Label, list[Edge]] = field(default_factory=dict, init=False, compare=False)

    def __post_init__(self) -> None:
        for edge in self.edges:
            self._into.setdefault(edge.target, []).append(edge)

    def runs_here(self) -> bool:
        """Is there anything to integrate it on: example data, or no need of any?"""
        return bool(self.cases) or not self.inputs

    def into(self, label: Label) -> tuple[Edge, ...]:
        return tuple(self._into.get(label, ()))


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace, or the part of it that a command needs.

    `neighbours` are the nodes of packages that were not loaded further, known for their ports
    alone; `interfaces` say of each loaded package what others can see of it.
    """

    settings: SettingsDoc
    graphs: Mapping[str, Graph]
    tasks: Mapping[str, TaskType]
    lock: Lock = field(default_factory=Lock)
    neighbours: Mapping[str, Mapping[str, Node]] = field(default_factory=dict)
    interfaces: Mapping[str, str] = field(default_factory=dict)

    def node(self, label: Label) -> Node | None:
        graph = self.graphs.get(label.package)
        return graph.nodes.get(label.name) if graph else None

    def producer(self, label: Label) -> Node | None:
        """A node, or a neighbour that is known for its ports alone."""
        return self.node(label) or self.neighbours.get(label.package, {}).get(label.name)

    def edge_sources(self, label: Label) -> tuple[Edge, ...]:
        graph = self.graphs.get(label.package)
        return graph.into(label) if graph else ()
