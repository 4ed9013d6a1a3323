"""TEML, the meta-language: tasks and invocations, knowing no domain.

FXG paper, section "Task Execution Meta-Language": a task has a name, input and output schemas and
hooks; an invocation has a call type, a payload, fork and join, retry, timeout and monitoring.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

Call = Literal["sync", "async"]
Mode = Literal["sequential", "fork"]
Binding = Literal["generate", "link", "run"]
Effect = Literal["network", "file", "clock", "random"]


class Part(BaseModel):
    """What every part of every file shares: frozen, and no key that is not declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Hook(Part):
    """A cross-cutting concern that the runtime wraps around a task; never in generated code."""

    kind: Literal["security", "logging", "data"]
    when: Literal["before", "after"] = "after"
    mode: Literal["batch", "streaming"] = "batch"
    name: str = Field(default="", description="What the hook is called in reports.")


class Retry(Part):
    """Wait n seconds before attempt n + 1, n = min(cap, t0 * factor^n) (Pygen, section 3)."""

    attempts: Annotated[int, Field(ge=1, le=100)] = 3
    t0_s: Annotated[float, Field(ge=0, le=3600)] = 0.1
    factor: Annotated[float, Field(ge=1, le=100)] = 2.0
    cap_s: Annotated[float, Field(ge=0, le=86400)] = 60.0
    errors: tuple[str, ...] = Field(
        default=(), description="Exception class names; empty means all."
    )


class Quorum(Part):
    """A join that goes on when this many producers have delivered."""

    quorum: Annotated[int, Field(ge=1)]


class Invocation(Part):
    """How one task calls another; the payload is the edge's two ends."""

    call: Call = "sync"
    mode: Mode | None = Field(
        default=None, description="fork for async calls unless said otherwise"
    )
    join: Literal["all", "any"] | Quorum | None = None
    retry: Retry | None = None
    timeout_s: Annotated[float, Field(gt=0, le=86400)] | None = None
    monitor: StrictBool = True
