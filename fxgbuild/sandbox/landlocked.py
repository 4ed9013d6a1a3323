"""Level B: no namespaces; the harness walls itself in with Landlock, seccomp, rlimits.

For hosts where bubblewrap cannot start (default Docker, Ubuntu's AppArmor).

What it gives: no file outside the interpreter, the job and a temporary folder can be opened, no
socket can be made, no process of the host can be signalled (Landlock ABI 6) or traced.

What it does not give: whatever lies outside can still be stat'ed; judges (not the code) can read
what the process table tells everybody; the temporary folder has no total size, only a size per
file; processes and memory are limited per process unless a control group can be made.

Started by root it becomes user 65534, keeping only the right to read, so that an interpreter below
a home folder stays readable; Landlock bounds that right. Code gives it up where it can.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.harness import landlock
from fxgbuild.harness.confine import NOBODY
from fxgbuild.harness.kernel import CAP_DAC_READ_SEARCH
from fxgbuild.sandbox.cgroup import ControlGroup
from fxgbuild.sandbox.environment import ENVIRONMENT
from fxgbuild.sandbox.job import LIBRARY
from fxgbuild.sandbox.launch import Ended, Start, launch, python_command
from fxgbuild.sandbox.request import Request


@dataclass(frozen=True, slots=True)
class Landlocked:
    """The launcher of level B."""

    version: int

    level = "B"

    @property
    def name(self) -> str:
        return "no namespaces"

    def start(self, request: Request, group: ControlGroup | None, wall_s: float) -> Ended:
        """Run one job in processes that wall themselves in."""
        tmp = request.scratch / "tmp"
        job = _readable_job(request)
        library = f"{job}/{LIBRARY}"
        for folder in (request.scratch, tmp, request.out):
            if folder is not None:
                folder.mkdir(exist_ok=True)
                if os.getuid() == 0:
                    os.chown(folder, NOBODY, NOBODY)
        interpreter = request.interpreter
        return launch(
            Start(
                command=tuple(python_command(interpreter.executable, library)),
                environment={**ENVIRONMENT, "HOME": str(tmp), "TMPDIR": str(tmp)},
                config={
                    "level": "B",
                    "job": str(job),
                    "tmp": str(tmp),
                    "out": str(request.out or ""),
                    "binds": [*interpreter.binds, *request.extra_binds, library],
                    "terminal": list(request.terminal),
                },
                nonce=request.nonce,
                pass_fds=request.terminal,
                new_session=True,
            ),
            wall_s,
            group,
        )


def _readable_job(request: Request) -> Path:
    """The job, or a copy of it where root cannot keep its right to read (some containers)."""
    if os.getuid() != 0 or _may_read_everything():
        return request.job
    copy = request.scratch / "job"
    shutil.copytree(request.job, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def _may_read_everything() -> bool:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    permitted = next((line for line in status.splitlines() if line.startswith("CapPrm:")), "")
    return bool(int(permitted.split()[-1], 16) & CAP_DAC_READ_SEARCH) if permitted else False


def find_landlock() -> Landlocked | None:
    """Level B, if the kernel has Landlock with control of TCP (ABI 4) at least."""
    version = landlock.abi()
    return Landlocked(version) if version >= 4 else None
