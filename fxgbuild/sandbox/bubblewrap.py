"""Level A: bubblewrap (namespaces), seccomp, a control group where there can be one, rlimits.

What it gives: own mount, network, process, IPC, UTS and user namespaces; of the host only /usr, the
interpreter and the job, read-only. Inside, code under test is confined once more (Landlock, a
stricter filter). What it does not give: protection from a hole in the kernel; limits on memory and
processes beyond rlimits where no control group can be made; without Landlock, hiding a target's
tests from its own code, and a target's files from a sibling (then: one target per run).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.digest import Json
from fxgbuild.harness.seccomp import outer_program
from fxgbuild.sandbox.cgroup import ControlGroup
from fxgbuild.sandbox.environment import ENVIRONMENT
from fxgbuild.sandbox.interpreter import Interpreter
from fxgbuild.sandbox.job import LIBRARY
from fxgbuild.sandbox.launch import Ended, Start, launch, python_command
from fxgbuild.sandbox.request import Request

JOB, OUT, TMP = "/fxg/job", "/fxg/out", "/tmp"  # noqa: S108  (paths inside)
_TMP_MB, _CODE_TMP_MB = 256, 64
_NAMESPACES = (
    "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--cap-drop", "ALL",
    "--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "fxg",
)  # fmt: skip
_OPTIONAL = ("/etc/ld.so.cache", "/etc/alternatives")


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The launcher of level A."""

    program: str
    version: tuple[int, ...]

    level = "A"

    @property
    def name(self) -> str:
        return f"bubblewrap {'.'.join(map(str, self.version))}"

    @property
    def job_path(self) -> str:
        return JOB

    def start(self, request: Request, group: ControlGroup | None, wall_s: float) -> Ended:
        """Run one job behind namespaces."""
        config: dict[str, Json] = {
            "level": "A",
            "job": JOB,
            "tmp": TMP,
            "out": OUT if request.out else "",
            "binds": [*request.interpreter.binds, *request.extra_binds, f"{JOB}/{LIBRARY}"],
            "terminal": list(request.terminal),
        }
        options = "\0".join(self._options(request)).encode() + b"\0"
        arguments, program = _memory_file(options), _memory_file(outer_program())
        told, tell = os.pipe()
        late = ("--args", str(arguments), "--seccomp", str(program), "--info-fd", str(tell))
        try:
            return launch(
                Start(
                    command=(
                        self.program,
                        *late,
                        "--",
                        *python_command(request.interpreter.executable, f"{JOB}/{LIBRARY}"),
                    ),
                    environment=ENVIRONMENT,
                    config=config,
                    nonce=request.nonce,
                    pass_fds=(arguments, program, tell, *request.terminal),
                    pid_from=told,
                    close_after_start=(tell,),
                ),
                wall_s,
                group,
            )
        finally:
            for fd in (arguments, program, told):
                os.close(fd)

    def _options(self, request: Request) -> list[str]:
        """Everything that names a path of the host goes here: nothing of it shows in /proc."""
        interpreter = request.interpreter
        options = [*_NAMESPACES, *_system()]
        if self.version >= (0, 8):
            options += ["--disable-userns"]
        options += ["--proc", "/proc", "--dev", "/dev"]
        options += ["--size", str(_TMP_MB << 20), "--tmpfs", TMP]
        for index in range(request.targets):
            options += ["--size", str(_CODE_TMP_MB << 20), "--tmpfs", f"{TMP}/c{index}"]
        for path in (*interpreter.binds, *request.extra_binds):
            options += ["--ro-bind", path, path]
        options += _links(interpreter)
        options += ["--ro-bind", str(request.job), JOB]
        if request.out:
            options += ["--bind", str(request.out), OUT]
        return [*options, "--chdir", TMP]


def _system() -> list[str]:
    options = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            options += ["--symlink", os.readlink(name), name]  # noqa: PTH115
        elif path.is_dir():
            options += ["--ro-bind", name, name]
    for name in _OPTIONAL:
        options += ["--ro-bind-try", name, name]
    return options


def _links(interpreter: Interpreter) -> list[str]:
    return [word for path, text in interpreter.links for word in ("--symlink", text, path)]


def _memory_file(data: bytes) -> int:
    fd = os.memfd_create("fxgbuild", os.MFD_CLOEXEC)
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def find_bubblewrap(environment: Mapping[str, str] = os.environ) -> Bubblewrap | None:
    """Find bwrap on the path and ask its version."""
    program = shutil.which("bwrap", path=environment.get("PATH", "/usr/bin:/bin"))
    if program is None:
        return None
    try:
        told = subprocess.run(
            (program, "--version"),
            env=dict(ENVIRONMENT),
            capture_output=True,
            timeout=10,
            check=True,
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.SubprocessError):
        return None
    numbers = re.search(r"(\d+(?:\.\d+)+)", told)
    return Bubblewrap(program, tuple(map(int, numbers[1].split("."))) if numbers else (0,))
