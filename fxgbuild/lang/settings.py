"""The workspace's own file, `fxgbuild.toml`."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints, field_validator, model_validator

from fxgbuild.lang.channels import ChannelDoc, Name, PromotionDoc, Tool
from fxgbuild.lang.ranges import Range
from fxgbuild.lang.teml import Part


class PythonDoc(Part):
    """The interpreter that tests and runs use."""

    env: str = Field(
        default="", description="A virtual environment's folder, or a python executable."
    )
    lock: str = Field(
        default="",
        description="The lock that installed versions must equal: requirements, uv.lock, pylock.",
    )


class SandboxDoc(Part):
    minimum: Literal["A", "B", "C"] = "B"
    memory_mb: Annotated[int, Field(ge=256)] = 4096
    cpu_s: Annotated[float, Field(gt=0)] = 120
    wall_s: Annotated[float, Field(gt=0)] = 180


class GenerateDoc(Part):
    """Where code comes from when a pin is missing."""

    provider: Literal["none", "openai"] = "none"
    model: str = ""
    base_url: str = ""
    api_key_env: str = Field(
        default="OPENAI_API_KEY", description="The variable that holds the key."
    )
    attempts: Annotated[int, Field(ge=1, le=10)] = 4
    max_output_tokens: Annotated[int, Field(ge=256)] = 16384
    timeout_s: Annotated[float, Field(gt=0)] = 300
    max_tokens: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Tokens that one build may use for live generation."
    )
    max_cost: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Money that one build may use for it, by the two prices."
    )
    price_in: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Money for a million tokens that are sent."
    )
    price_out: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Money for a million tokens that are received."
    )

    @model_validator(mode="after")
    def _priced(self) -> "GenerateDoc":
        """Money is counted by prices, and both are known or none."""
        if (self.price_in is None) != (self.price_out is None):
            raise ValueError("`price_in` and `price_out` are given together")
        if self.max_cost is not None and self.price_in is None:
            raise ValueError("`max_cost` needs `price_in` and `price_out`")
        return self


# A namespace with a slash is a branch (`pr/7`), one without is a trunk (`main`).
_PART = r"[a-z0-9][a-z0-9._-]{0,39}"
NAMESPACE = rf"{_PART}(?:/{_PART}){{0,3}}"
TRUSTED = rf"ed25519:[0-9a-f]{{64}}(?:@{NAMESPACE}(?:/\*)?)?"
_ADDRESS = r"(?:https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~-]+)*/?)?"
_SCOPED = "Whose records count: `ed25519:HEX`, or `ed25519:HEX@pr/*` for some namespaces only."


class RemoteDoc(Part):
    """A cache of verdicts and code that machines share; off while `url` is empty."""

    url: Annotated[str, StringConstraints(pattern=rf"^{_ADDRESS}$")] = ""
    namespaces: tuple[Annotated[str, StringConstraints(pattern=rf"^{NAMESPACE}$")], ...] = Field(
        default=("main",),
        min_length=1,
        description="Looked up in this order; only the first is written or may be a branch.",
    )
    read: StrictBool = True
    write: StrictBool = False
    trust: tuple[Annotated[str, StringConstraints(pattern=rf"^{TRUSTED}$")], ...] = Field(
        default=(), description=_SCOPED
    )
    minimum_sandbox: Literal["", "A", "B", "C"] = Field(
        default="", description="Lowest level a record may be from; default: `sandbox.minimum`."
    )
    connect_s: Annotated[float, Field(gt=0, le=600)] = 5
    total_s: Annotated[float, Field(gt=0, le=86400)] = 60
    min_bytes_per_s: Annotated[int, Field(ge=0)] = 1024
    require: StrictBool = False

    @field_validator("namespaces")
    @classmethod
    def _upwards(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Nobody reads a branch but itself: what one pull request wrote is for that one."""
        for name in names[1:]:
            if "/" in name:
                raise ValueError(f"`{name}` is a branch; only the first namespace may be one")
        return names


class GcDoc(Part):
    """How large and how old the private store may grow; what is needed is kept beyond both."""

    max_size: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(B|KiB|MiB|GiB|TiB)$")] = (
        "10GiB"
    )
    max_age_days: Annotated[float, Field(ge=0, le=36500)] = 90


class DataDoc(Part):
    """Where data files lie that are not in the repository."""

    root: str = Field(
        default="",
        description="A folder like the workspace, for files that it does not hold: `../data`.",
    )


class SettingsDoc(Part):
    """An `fxgbuild.toml` file."""

    fxg: Literal[1] = 1
    requires: Range = Field(
        default="", description="The fxgbuild versions this workspace works with."
    )
    packages: str = "."
    rules: str = "rules"
    builtin_rules: str = Field(
        default="", description="Where `@fxg//domain` lies; default: in the installed program."
    )
    cache: str = "cache"
    store: str = ".fxgbuild"
    data: DataDoc = DataDoc()
    python: PythonDoc = PythonDoc()
    toolchain: dict[Tool, Range] = {}
    sandbox: SandboxDoc = SandboxDoc()
    generate: GenerateDoc = GenerateDoc()
    remote: RemoteDoc = RemoteDoc()
    gc: GcDoc = GcDoc()
    promotion: PromotionDoc = PromotionDoc()
    channels: dict[Name, ChannelDoc] = {}

    @field_validator("channels")
    @classmethod
    def _ordered(cls, channels: dict[str, ChannelDoc]) -> dict[str, ChannelDoc]:
        """A channel comes after one that is declared before it: there is no circle."""
        before: list[str] = []
        for name, channel in channels.items():
            if channel.after and channel.after not in before:
                raise ValueError(f"`{name}` comes after `{channel.after}`, no channel above it")
            before.append(name)
        indexes = [channel.index for channel in channels.values() if channel.index]
        for index in indexes:
            if indexes.count(index) > 1:
                raise ValueError(f"`{index}` is the index of two channels; one offers what one has")
        return channels
