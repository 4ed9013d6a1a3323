"""The workspace's own file, `fxgbuild.toml`."""

from typing import Annotated, Literal

from pydantic import Field

from fxgbuild.lang.teml import Part


class PythonDoc(Part):
    """The interpreter that tests and runs use."""

    env: str = Field(
        default="", description="A virtual environment's folder, or a python executable."
    )
    lock: str = Field(
        default="", description="The lock file that installed distributions must equal."
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


class SettingsDoc(Part):
    """An `fxgbuild.toml` file."""

    fxg: Literal[1] = 1
    requires: str = Field(
        default="", description="The fxgbuild versions this workspace works with."
    )
    packages: str = "."
    rules: str = "rules"
    builtin_rules: str = Field(
        default="", description="Where `@fxg//domain` lies; default: in the installed program."
    )
    cache: str = "cache"
    store: str = ".fxgbuild"
    python: PythonDoc = PythonDoc()
    toolchain: dict[Literal["ruff", "mypy", "bandit", "pytest"], str] = {}
    sandbox: SandboxDoc = SandboxDoc()
    generate: GenerateDoc = GenerateDoc()
