"""FXG, a package's graph: the document `fxg.yaml` or `fxg.json`.

FXG paper: FXG = (V, E, Attr_V, Attr_E); V are configured tasks, E their invocations.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from fxgbuild.lang.dtsl import Distribution, Name, ParameterDoc, PortType
from fxgbuild.lang.teml import Effect, Hook, Invocation, Part

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Value = float | int | bool | str


class FileDoc(Part):
    """A data file by path and digest, in git or beside it."""

    path: str
    sha256: Sha256


class ExampleDoc(Part):
    """An input and its output, shown to the model and run as a unit test."""

    name: str = ""
    inputs: dict[Name, Any]
    params: dict[Name, Value] = Field(default_factory=dict)
    outputs: dict[Name, Any]
    within: Annotated[float, Field(ge=0)] | None = None


class AcceptanceDoc(Part):
    """Cases and tests that gate a candidate and are never shown to a model."""

    cases: str | None = Field(default=None, description="A JSONL file of inputs and outputs.")
    tests: tuple[str, ...] = ()
    data: tuple[str, ...] = Field(default=(), description="Files the tests may read.")
    metric: Literal["exact", "within", "f1"] | None = None
    at_least: Annotated[float, Field(ge=0, le=1)] | None = None


class NodeDoc(Part):
    task: str
    spec: str = Field(
        default="", description="What it must do and its conventions, in prose; no code."
    )
    params: dict[Name, Value] = Field(default_factory=dict)
    bind: dict[Name, Literal["generate", "link", "run"]] = Field(default_factory=dict)
    ports: dict[Name, PortType] = Field(
        default_factory=dict, description="Overrides of the task type's ports."
    )
    inputs: dict[Name, PortType] = Field(
        default_factory=dict, description="Ports of a core.Function node."
    )
    outputs: dict[Name, PortType] = Field(default_factory=dict)
    parameters: dict[Name, ParameterDoc] = Field(
        default_factory=dict, description="Of a core.Function node."
    )
    function: str = Field(
        default="", description="What a core.Function node's function is called; default: compute."
    )
    imports: tuple[str, ...] = ()
    distributions: dict[str, Distribution] = Field(
        default_factory=dict,
        description="Where imports come from that are not named like their distribution.",
    )
    effects: tuple[Effect, ...] = ()
    hooks: tuple[Hook, ...] = ()
    examples: tuple[ExampleDoc, ...] = ()
    acceptance: AcceptanceDoc | None = None
    source: (
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+\.py:[A-Za-z_][A-Za-z0-9_]*$")] | None
    ) = Field(default=None, description="Existing code: `path.py:function`.")
    deps: tuple[str, ...] = Field(default=(), description="First-party modules the source imports.")
    variant: str = Field(default="", description="Asks for another generation of the same spec.")
    visibility: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class EdgeDoc(Invocation):
    source: str = Field(alias="from", description="`node.port`, a graph input, or //pkg:node.port")
    to: str = Field(description="`node.port`")


class ArtifactDoc(Part):
    """A wheel or zipapp made of the graph."""

    kind: Literal["wheel", "zipapp"] | None = None
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    version: Annotated[
        str, Field(pattern=r"^[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.(post|dev)[0-9]+)?$")
    ]
    summary: str = ""
    import_name: Name | None = None
    visibility: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class GraphDoc(Part):
    """An `fxg.yaml` or `fxg.json` file."""

    fxg: Literal[1]
    doc: str = ""
    use: tuple[str, ...] = ()
    types: dict[str, PortType] = Field(default_factory=dict)
    inputs: dict[Name, PortType] = Field(default_factory=dict)
    outputs: dict[Name, str] = Field(
        default_factory=dict, description="default: every port no edge takes up"
    )
    data: dict[Name, dict[Name, FileDoc]] = Field(
        default_factory=dict, description="Named cases of example data."
    )
    nodes: dict[Name, NodeDoc]
    edges: tuple[EdgeDoc, ...] = ()
    acceptance: AcceptanceDoc | None = None
    artifacts: dict[Name, ArtifactDoc] = Field(default_factory=dict)
    visibility: tuple[str, ...] = ()
