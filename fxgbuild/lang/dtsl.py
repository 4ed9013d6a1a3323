"""DTSL, a domain's rule set: the document `rules.toml`.

FXG paper, section "Domain Task Specification Language": data types, task types with parameter
ranges, and which task types may invoke which, and how.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from fxgbuild.lang.teml import Binding, Call, Effect, Part

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
TypeName = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{0,62}$")]
PortType = str | dict[str, Any]


class Distribution(Part):
    """A distribution that generated code may import from, and the range an artifact requires."""

    requires: str = Field(default="", description="A version range such as `>=2,<3`.")
    modules: tuple[str, ...] = Field(default=(), description="Import names; default: its own name.")


class ParameterDoc(Part):
    type: Literal["float", "int", "bool", "text", "enum", "secret"]
    unit: str = ""
    range: tuple[float | None, float | None] | None = None
    values: tuple[str, ...] = ()
    default: float | int | bool | str | None = None
    binding: Binding | None = Field(
        default=None, description="default: link; a secret is always run"
    )
    doc: str = ""


class Invokes(Part):
    """Task types that this one may invoke: `signal.Moments`, or `signal.*` for all of a domain."""

    task: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.([A-Z][A-Za-z0-9]*|\*)$")]
    call: tuple[Call, ...] = ("sync", "async")


class TaskDoc(Part):
    doc: str
    inputs: dict[Name, PortType] = Field(default_factory=dict)
    outputs: dict[Name, PortType]
    params: dict[Name, ParameterDoc] = Field(default_factory=dict)
    imports: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    invokes: tuple[Invokes, ...] = ()
    template: Name | None = Field(
        default=None, description="default: the task's name in snake case"
    )


class RuleSetDoc(Part):
    """A `rules.toml` file."""

    fxg: Literal[1]
    domain: Name
    version: int = 1
    doc: str = ""
    distributions: dict[str, Distribution] = Field(default_factory=dict)
    types: dict[TypeName, PortType] = Field(default_factory=dict)
    tasks: dict[TypeName, TaskDoc]
