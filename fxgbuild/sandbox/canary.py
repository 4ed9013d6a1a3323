"""Runs the canary in a sandbox before it is trusted: about fifty attacks from two positions."""

import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fxgbuild.digest import Json
from fxgbuild.errors import SandboxUnsound
from fxgbuild.sandbox.environment import ENVIRONMENT
from fxgbuild.sandbox.interpreter import Interpreter
from fxgbuild.sandbox.job import stage_job
from fxgbuild.sandbox.launch import Ended
from fxgbuild.sandbox.outcome import read_frames

# Runs a job folder with a nonce.
RunJob = Callable[[Path, str], Ended]


@contextmanager
def _listeners(folder: Path) -> Iterator[dict[str, Json]]:
    """Doors of the host that an attack would knock at; SandboxUnsound if one did."""
    with contextlib.ExitStack() as stack:

        def listen(family: int, kind: int, address: Json) -> socket.socket:
            made = stack.enter_context(socket.socket(family, kind))
            made.setblocking(False)
            made.bind(address)
            if kind == socket.SOCK_STREAM:
                made.listen()
            return made

        name = f"fxg-{secrets.token_hex(8)}"
        inet, unix, stream = socket.AF_INET, socket.AF_UNIX, socket.SOCK_STREAM
        doors = {
            "TCP": listen(inet, stream, ("127.0.0.1", 0)),
            "UDP": listen(inet, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "abstract socket": listen(unix, stream, "\0" + name),
        }
        path = folder / "s"
        with contextlib.suppress(OSError):  # a very long path of the temporary folder
            doors["socket by path"] = listen(unix, stream, str(path))
            path.chmod(0o777)
        yield {
            "tcp": doors["TCP"].getsockname()[1],
            "udp": doors["UDP"].getsockname()[1],
            "abstract": name,
            "socket": str(path),
        }
        for door, listener in doors.items():
            with contextlib.suppress(OSError):
                listener.recv(1) if door == "UDP" else listener.accept()
                raise SandboxUnsound(f"the sandbox let an attack through: {door} reached the host")


def run_canary(interpreter: Interpreter, job_path: str | None, run: RunJob) -> int:
    """Attack, and give how many attacks were stopped; SandboxUnsound names what got through.

    `job_path` is where a job stands inside; None where it is the host's own path. OSError when the
    sandbox could not even start.
    """
    with tempfile.TemporaryDirectory(prefix="fxg-canary-") as name:
        home, folder = Path(name) / "home", Path(name) / "job"
        Path(name).chmod(0o755)
        home.mkdir()
        home.chmod(0o777)
        secret, nonce = secrets.token_hex(16), secrets.token_hex(16)
        (home / "secret").write_text(secret, encoding="ascii")
        with _listeners(home) as doors:
            job = job_path or str(folder)
            bait = {
                **doors,
                "secret": secret,
                "file": str(home / "secret"),
                "folder": str(home),
                "job": job,
                "code": f"{job}/t0/code",
                "prefix": interpreter.prefix,
                "pid": os.getpid(),
                "cmdline": Path("/proc/self/cmdline").read_bytes()[:40].decode(errors="replace"),
                "environment": list(ENVIRONMENT),
            }
            stage_job(folder, {"kind": "canary", "bait": bait}, {"t0/code/__init__.py": b""})
            ended = run(folder, nonce)
    return _judge(ended, nonce)


def _judge(ended: Ended, nonce: str) -> int:
    frames = read_frames(bytes(ended.channel), nonce)
    if len(frames) != 1 or frames[0].get("frame") != "canary":
        raise OSError(f"exit code {ended.exit_code}: {ended.last_line()}")
    breaches, tried = frames[0]["breaches"], int(frames[0]["tried"])
    if breaches:
        raise SandboxUnsound(
            f"the sandbox let {len(breaches)} of {tried} attacks through",
            facts={"attacks": "; ".join(map(str, breaches[:10]))},
            hint="nothing was run; report this with the kernel's version (uname -a)",
        )
    return tried
