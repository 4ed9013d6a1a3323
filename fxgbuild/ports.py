"""Ports: what the engine needs of the world, named after the need. The rim provides each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from fxgbuild.command import Command, Completed
from fxgbuild.digest import Digest, Json
from fxgbuild.event import Event
from fxgbuild.generate.prompt import Message
from fxgbuild.generate.reply import Reply


class Tools(Protocol):
    """Trusted tools: ruff, mypy, bandit."""

    def __call__(self, command: Command) -> Completed:
        """Run one tool in a private folder with a scrubbed environment."""


class Model(Protocol):
    """A language model that answers at once."""

    def ask(self, messages: Sequence[Message], *, temperature: float) -> Reply:
        """Send one request and wait for its answer; raises ToolFailed."""


class Outcome(Protocol):
    """How a sandboxed job ended."""

    @property
    def frames(self) -> Sequence[Mapping[str, Any]]:
        """One result for each target of the job, whatever happened."""


class Sandbox(Protocol):
    """Where generated code runs."""

    @property
    def level(self) -> str:
        """A, B or C."""

    @property
    def description(self) -> str:
        """One line for people."""

    @property
    def batches(self) -> bool:
        """Can several targets share a job without seeing each other?"""

    def job(
        self,
        document: Json,
        files: Mapping[str, bytes],
        *,
        out: Path | None = None,
        wall_s: float,
        memory_mb: int,
        terminal: tuple[int, ...] = (),
    ) -> Outcome:
        """Stage the job's files read-only, run it, and return a frame for every target.

        `terminal` is two descriptors, to read from and to write to, of who debugs a call.
        """


class Laboratory(Protocol):
    """Opens the sandbox when something is to run, and not before."""

    def __call__(self) -> Sandbox:
        """The sandbox, attacked by its canary first; raises SandboxUnsound."""


class Reporter(Protocol):
    """Is told what a run does, as it goes on."""

    def tell(self, event: Event) -> None:
        """Take one event; must be quick and must not fail the build."""

    def close(self) -> None:
        """Nothing more will come; leave the terminal as it was, and files whole."""


class Data(Protocol):
    """Data files by path and digest."""

    def __call__(self, folder: str, path: str, digest: Digest) -> bytes:
        """The file's bytes; raises when they are not the digest's."""
