"""The laboratory: a proven sandbox that stages and runs jobs for the engine."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.digest import Json
from fxgbuild.sandbox.interpreter import Interpreter
from fxgbuild.sandbox.job import stage_job
from fxgbuild.sandbox.outcome import Outcome
from fxgbuild.sandbox.sandbox import Sandbox, open_sandbox


@dataclass(frozen=True, slots=True)
class StagedSandbox:
    """A sandbox with a folder to stage jobs in."""

    sandbox: Sandbox
    folder: Path

    @property
    def level(self) -> str:
        return self.sandbox.level

    @property
    def description(self) -> str:
        return self.sandbox.description

    @property
    def batches(self) -> bool:
        return self.sandbox.batches

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
        """Stage a job, run it, and leave nothing behind."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="job-") as name:
            staged = stage_job(Path(name) / "job", document, files)
            return self.sandbox.run(
                staged, out=out, wall_s=wall_s, memory_mb=memory_mb, terminal=terminal
            )


def open_laboratory(
    interpreter: Interpreter, minimum: str, folder: Path, wanted: str | None = None
) -> StagedSandbox:
    """Open the strongest sandbox; its canary has attacked it before this returns.

    A minimum of C is met by A and B; the container level itself is not there yet.
    """
    least = "B" if minimum == "C" else minimum
    return StagedSandbox(open_sandbox(interpreter, minimum=least, wanted=wanted), folder)
