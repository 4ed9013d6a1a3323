"""The sandbox a build uses: the strongest level that works here, proven by the canary."""

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.digest import Json
from fxgbuild.errors import SandboxUnsound, ToolFailed
from fxgbuild.harness import landlock
from fxgbuild.sandbox.bubblewrap import Bubblewrap, find_bubblewrap
from fxgbuild.sandbox.canary import run_canary
from fxgbuild.sandbox.cgroup import ControlGroup, make_group
from fxgbuild.sandbox.interpreter import Interpreter
from fxgbuild.sandbox.landlocked import Landlocked, find_landlock
from fxgbuild.sandbox.launch import Ended
from fxgbuild.sandbox.outcome import Outcome, collect_ports, no_verdict, read_frames, results
from fxgbuild.sandbox.request import Request

_LEVELS = "AB"  # strongest first
_CANARY_S, _CANARY_MB = 20.0, 1024
_PROCESSES = 4096
_JUDGE_MB = 1024
_REMEDY = """\
install bubblewrap (apt-get install bubblewrap), and let it make user namespaces:
  Ubuntu 24.04   write /etc/apparmor.d/bwrap:
                   abi <abi/4.0>,
                   include <tunables/global>
                   profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }
                 then: systemctl reload apparmor
  Docker         docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined
or lower the workspace's minimum to B (needs Linux 6.7 or newer with Landlock)"""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One level, ready to run jobs with one interpreter."""

    interpreter: Interpreter
    launcher: Bubblewrap | Landlocked
    description: str
    batches: bool
    stopped: int

    @property
    def level(self) -> str:
        return self.launcher.level

    def run(
        self,
        job: Path,
        *,
        out: Path | None = None,
        wall_s: float,
        memory_mb: int,
        extra_binds: tuple[str, ...] = (),
        terminal: tuple[int, ...] = (),
    ) -> Outcome:
        """Run a staged job; one result per target, a failed one for each that sent none.

        `memory_mb` bounds the whole sandbox, and is raised to what the job's targets may need side
        by side, so that one target cannot starve another. Ports of runs are copied to `out`.
        """
        described = json.loads((job / "job.json").read_bytes())
        targets = described["targets"]
        if not self.batches and len(targets) > 1:
            raise ToolFailed("without Landlock a sandbox runs one target at a time")
        nonce = secrets.token_hex(16)
        with tempfile.TemporaryDirectory(prefix="fxg-run-") as scratch:
            ports = Path(scratch) / "out" if out is not None else None
            if ports is not None:
                ports.mkdir()
            request = Request(
                interpreter=self.interpreter,
                job=job.resolve(),
                scratch=Path(scratch),
                out=ports,
                nonce=nonce,
                targets=len(targets),
                extra_binds=extra_binds,
                terminal=terminal,
            )
            ended = _contained(self.launcher, request, wall_s, _memory(described, memory_mb))
            why = f"the sandbox ended with exit code {ended.exit_code}: {ended.last_line()}"
            if ended.timed_out:
                why = f"the sandbox ran longer than its {wall_s:g} s"
            frames = read_frames(bytes(ended.channel), nonce)
            found = results(frames, [str(target["id"]) for target in targets], why)
            if ports is not None and out is not None:
                found = tuple(_collected(frame, ports, out) for frame in found)
        return Outcome(found, ended.exit_code, ended.timed_out, ended.output)


def _collected(frame: dict[str, Json], ports: Path, out: Path) -> dict[str, Json]:
    if collect_ports(frame, ports, out):
        return frame
    return no_verdict(frame["id"], "a port's file is not what its judge wrote")


def _memory(job: Json, asked_mb: int) -> int:
    limits = [int(target["limits"].get("memory_mb", 4096)) for target in job["targets"]]
    side_by_side = max(1, int(job.get("jobs", 2))) * (max(limits, default=0) + _JUDGE_MB)
    return max(asked_mb, side_by_side + _JUDGE_MB)


def _contained(
    launcher: Bubblewrap | Landlocked, request: Request, wall_s: float, memory_mb: int
) -> Ended:
    group = make_group(memory_mb << 20, _PROCESSES)
    try:
        return launcher.start(request, group, wall_s)
    finally:
        if group is not None:
            group.close()


def open_sandbox(
    interpreter: Interpreter, *, minimum: str = "B", wanted: str | None = None
) -> Sandbox:
    """Give the strongest level that starts here and stops the canary.

    SandboxUnsound when an attack gets through, and when no level from `minimum` up starts; then
    the error says why each did not, and what to do.
    """
    for level in (minimum, wanted or minimum):
        if level not in _LEVELS:
            raise SandboxUnsound(
                f"there is no sandbox level {level} here", facts={"levels": ", ".join(_LEVELS)}
            )
    reasons: dict[str, str] = {}
    for level in wanted or _LEVELS[: _LEVELS.index(minimum) + 1]:
        if _LEVELS.index(level) > _LEVELS.index(minimum):
            reasons[f"level {level}"] = f"below the workspace's minimum, {minimum}"
            continue
        launcher = find_bubblewrap() if level == "A" else find_landlock()
        if launcher is None:
            missing = "bwrap is not on the PATH" if level == "A" else "the kernel lacks Landlock 4"
            reasons[f"level {level}"] = missing
            continue
        try:
            return _proven(launcher, interpreter)
        except OSError as error:
            reasons[f"level {level}"] = f"does not start: {error}"
    raise SandboxUnsound("there is no sandbox to run code in", facts=reasons, hint=_REMEDY)


def _proven(launcher: Bubblewrap | Landlocked, interpreter: Interpreter) -> Sandbox:
    """Run the canary and describe what held."""

    def run(job: Path, nonce: str) -> Ended:
        with tempfile.TemporaryDirectory(prefix="fxg-run-") as scratch:
            request = Request(interpreter, job, Path(scratch), None, nonce, targets=2)
            return _contained(launcher, request, _CANARY_S, _CANARY_MB)

    inside = launcher.job_path if isinstance(launcher, Bubblewrap) else None
    stopped = run_canary(interpreter, inside, run)
    version = landlock.abi()
    parts = [launcher.name, "seccomp", _group_description()]
    parts.append(f"landlock {version}" if version else "no landlock")
    if launcher.level == "B" and os.getuid() == 0:
        parts.append("as user 65534")
    description = f"{launcher.level} ({', '.join(parts)})"
    return Sandbox(interpreter, launcher, description, bool(version), stopped)


def _group_description() -> str:
    group: ControlGroup | None = make_group(64 << 20, 16)
    if group is None:
        return "no cgroup"
    group.close()
    return group.description
