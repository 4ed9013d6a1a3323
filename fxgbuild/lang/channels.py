"""Channels and their policy, as `fxgbuild.toml` and an organisation's policy file state them."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, field_validator

from fxgbuild.lang.ranges import Range
from fxgbuild.lang.teml import Part

Tool = Literal["ruff", "mypy", "bandit", "pytest", "hypothesis"]
NAME = r"[a-z][a-z0-9_-]{0,31}"
Name = Annotated[str, StringConstraints(pattern=rf"^{NAME}$")]
NameOrAll = Annotated[str, StringConstraints(pattern=rf"^({NAME}|\*)$")]
_AGE = re.compile(r"(\d{1,6})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(age: str) -> int:
    """Seconds of an age such as `90m` or `2d`; raises ValueError."""
    found = _AGE.fullmatch(age)
    if found is None:
        raise ValueError(f"`{age}` is no age such as `90m`, `12h` or `2d`")
    return int(found[1]) * _SECONDS[found[2]]


def _shown(path: str) -> str:
    if not path.isprintable():
        raise ValueError("a path has no control characters")
    return path


Where = Annotated[str, AfterValidator(_shown)]


def _age(text: str) -> str:
    if text:
        seconds(text)
    return text


class PolicyDoc(Part):
    """What has to hold before an artifact enters a channel, beyond every stage having passed."""

    sandbox: Literal["", "A", "B", "C"] = Field(
        default="", description="The lowest sandbox level of a test's or integration's verdict."
    )
    tools: dict[Tool, Range] = Field(
        default={}, description="Versions of the tools that the verdicts may be from."
    )
    ref: str = Field(
        default="", description="A branch or tag that contains the commit, and it was clean."
    )
    rebuilt: Annotated[int, Field(ge=0, le=9)] = Field(
        default=0,
        description="Second builds with the same bytes, by keys other than the builder's.",
    )
    approvals: dict[Name, Annotated[int, Field(ge=1, le=20)]] = Field(
        default={}, description="People who approved, by role; authors do not count."
    )
    age: Annotated[str, AfterValidator(_age)] = Field(
        default="", description="How long it has to have been in the channel before: `2d`."
    )
    models: tuple[str, ...] | None = Field(
        default=None, description="Models that may have written its code, as patterns: `claude*`."
    )
    reviewed: Name | None = Field(
        default=None, description="The role that has to have reviewed carried and adopted pins."
    )
    findings: StrictBool = Field(
        default=False, description="Every finding has to be acknowledged by an approval."
    )


class ChannelDoc(Part):
    """A place that artifacts are promoted to."""

    at: Where | tuple[Where, ...] = Field(
        description="A folder, `oci://host/repository`, or several; the first is read."
    )
    after: str = Field(default="", description="The channel that an artifact has to come from.")
    index: Where = Field(
        default="", description="A folder that is kept as a package index for pip, of its wheels."
    )
    policy: PolicyDoc = PolicyDoc()

    @property
    def places(self) -> tuple[str, ...]:
        return (self.at,) if isinstance(self.at, str) else self.at

    @field_validator("at")
    @classmethod
    def _somewhere(cls, at: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not at or not all((at,) if isinstance(at, str) else at):
            raise ValueError("a channel lies somewhere: a folder, or `oci://host/repository`")
        return at


class PromotionDoc(Part):
    """What all channels share."""

    ledger: Where = Field(
        default="channels/ledger", description="Where the ledger lies: a folder, or `oci://`."
    )
    trust: Where = Field(
        default="trust.toml", description="The file of public keys: whose, in which role, until."
    )


class OrganisationDoc(Part):
    """An organisation's policy: workspaces meet it too, and can only add to it."""

    fxg: Literal[1] = 1
    trust: Where = Field(default="", description="The trust file to use instead of a workspace's.")
    channels: dict[NameOrAll, PolicyDoc] = Field(
        default={}, description='Policies by channel; `"*"` is for all.'
    )
