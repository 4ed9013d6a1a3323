"""Run a trusted tool in a private folder with a scrubbed environment, or fxgbuild once more.

For tools only: code that a model wrote runs in `fxgbuild.sandbox`, never here.
"""

import contextlib
import os
import select
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from fxgbuild.command import Command, Completed
from fxgbuild.errors import ToolFailed

OUTPUT_CAP = 256 * 1024 * 1024
STDERR_CAP = 1024 * 1024
PASS_ON_S, PATIENCE_S = 1.0, 10.0


def again(words: Sequence[str]) -> int:
    """Run this very program once more, with other words and the same streams."""
    program = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]
    process = subprocess.Popen([sys.executable, *program, *words])
    try:
        return process.wait()
    except KeyboardInterrupt:  # the terminal tells both; a signal sent to us alone is passed on
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PASS_ON_S)
        process.send_signal(signal.SIGINT)
        raise
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE_S)
        process.kill()
        process.wait()


def run(command: Command) -> Completed:
    """Write the command's files, start it, wait at most `limit_s`, clean up in every case."""
    with tempfile.TemporaryDirectory(prefix="fxgbuild-") as folder:
        home, work = Path(folder, "home"), Path(folder, "work")
        home.mkdir()
        work.mkdir()
        for name, data in command.files:
            place_file(work, name, data)
        return start(command, work, home)


def place_file(work: Path, name: str, data: bytes) -> None:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name:
        raise ValueError(f"not a path below the working folder: {name!r}")
    path = work.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def environment(home: Path) -> dict[str, str]:
    """The whole environment of a tool: nothing of the caller's comes through."""
    scrubbed = {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "PYTHONHASHSEED": "0",
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if site.ENABLE_USER_SITE:  # `pip install --user fxgbuild`: the tools lie below the real home
        scrubbed["PYTHONUSERBASE"] = site.getuserbase()
    return scrubbed


# The tools that run now, so that an interrupted build leaves none behind.
_running: set["subprocess.Popen[bytes]"] = set()
_stopped = threading.Event()


def stop_all() -> None:
    """End every tool, and start none any more: the build is interrupted."""
    _stopped.set()
    for process in list(_running):
        kill_group(process)


def start(command: Command, work: Path, home: Path) -> Completed:
    return supervised(command, work, environment(home))


def supervised(
    command: Command, work: Path, variables: Mapping[str, str], *, umask: int = -1, user: int = -1
) -> Completed:
    """Run a command with this environment and no more, as another user where one is given."""
    began = time.monotonic()
    if _stopped.is_set():
        raise ToolFailed("interrupted")
    try:
        process = subprocess.Popen(
            command.argv,
            cwd=work,
            env=variables,
            stdin=subprocess.PIPE if command.stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            close_fds=True,
            start_new_session=True,
            umask=umask,
            user=user if user >= 0 else None,
            group=user if user >= 0 else None,
            extra_groups=() if user >= 0 else None,
        )
    except OSError as error:
        raise ToolFailed(f"cannot start {command.argv[0]}: {error.strerror}") from error
    _running.add(process)
    if _stopped.is_set():
        kill_group(process)
    out, err = bytearray(), bytearray()
    threads = [
        in_thread(drain, process.stdout, out, OUTPUT_CAP),
        in_thread(drain, process.stderr, err, STDERR_CAP),
        in_thread(feed, process.stdin, command.stdin),
    ]
    try:
        timed_out = wait(process, began + command.limit_s)
    finally:
        kill_group(process)
        _running.discard(process)
        for thread in threads:
            thread.join()
    wall_s = time.monotonic() - began
    return Completed(process.returncode, bytes(out), bytes(err), timed_out, wall_s)


def wait(process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Wait for the end or the deadline; say whether it was the deadline."""
    if ended(process, max(0.0, deadline - time.monotonic())):
        process.wait()
        return False
    kill_group(process)
    process.wait()
    return True


def ended(process: subprocess.Popen[bytes], limit_s: float) -> bool:
    """Wait without polling where the kernel can tell: `Popen.wait` sleeps up to 50 ms too long."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(limit_s)
        return process.poll() is not None
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(int(limit_s * 1000)))
    finally:
        os.close(descriptor)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End the tool and whatever it started; the session is its own, so no one else is hit."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def in_thread(work: object, *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def drain(stream: IO[bytes], into: bytearray, cap: int) -> None:
    """Read to the end whatever the size, so that the tool never blocks; keep the first bytes."""
    with stream:
        while chunk := stream.read1(1 << 16):  # type: ignore[attr-defined]
            into.extend(chunk[: max(0, cap - len(into))])


def feed(stream: IO[bytes] | None, data: bytes) -> None:
    if stream is not None:
        with contextlib.suppress(BrokenPipeError), stream:
            stream.write(data)
