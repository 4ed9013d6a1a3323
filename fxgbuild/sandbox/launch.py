"""Starts a sandbox's first process, feeds it its configuration, reads it until it ends or is late.

The process waits for its configuration on standard input, so a control group holds before anything
of a job is read. It may go on only while we hold that input open: when we die, it ends.
"""

import contextlib
import json
import os
import selectors
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.sandbox.cgroup import ControlGroup

BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); import fxgbuild.harness.__main__"
_OUTPUT_BYTES = 1 << 20
_CHANNEL_BYTES = 1 << 30
_READ = 1 << 16


@dataclass(frozen=True, slots=True)
class Start:
    """What to start, and with what; `pid_from` is where a launcher tells its child's number."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    config: Mapping[str, Json]
    nonce: str
    pass_fds: tuple[int, ...] = ()
    pid_from: int | None = None
    close_after_start: tuple[int, ...] = ()
    new_session: bool = False


@dataclass(slots=True)
class Ended:
    """How it ended, what came over the channel, what it printed."""

    exit_code: int = -1
    timed_out: bool = False
    channel: bytearray = field(default_factory=bytearray)
    printed: bytearray = field(default_factory=bytearray)

    @property
    def output(self) -> str:
        text = bytes(self.printed[:_OUTPUT_BYTES]).decode("utf-8", errors="replace")
        return "".join(c for c in text if c in "\n\t" or c.isprintable())

    def last_line(self) -> str:
        return (self.output.strip().splitlines() or ["it said nothing"])[-1][:300]


def _message(content: Json) -> bytes:
    data = json.dumps(content).encode()
    return struct.pack("<I", len(data)) + data


def launch(start: Start, wall_s: float, group: ControlGroup | None) -> Ended:
    """Run to the end or to the deadline; nothing that was started is left afterwards."""
    deadline = time.monotonic() + wall_s
    read_end, write_end = os.pipe()
    try:
        process = subprocess.Popen(
            start.command,
            env=dict(start.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(*start.pass_fds, write_end),
            start_new_session=start.new_session,
            cwd="/",
        )
    except BaseException:
        os.close(read_end)
        raise
    finally:
        for fd in (write_end, *start.close_after_start):
            os.close(fd)
    ended = Ended()
    try:
        with contextlib.suppress(BrokenPipeError, OSError):
            _configure(process, start, write_end, group)
        _read(process, read_end, deadline, ended)
    finally:
        os.close(read_end)
        _end(process, start.new_session)
        ended.exit_code = process.returncode
    return ended


def _configure(
    process: "subprocess.Popen[bytes]", start: Start, channel: int, group: ControlGroup | None
) -> None:
    pid = process.pid if start.pid_from is None else _child_pid(start.pid_from)
    if group is not None and pid:
        group.add(pid)
    assert process.stdin is not None  # noqa: S101  (asked for above)
    process.stdin.write(_message({**start.config, "channel": channel}))
    process.stdin.write(_message({"nonce": start.nonce}))
    process.stdin.flush()


def _child_pid(fd: int) -> int:
    """Read the child's number from bwrap's --info-fd; 0 when it ended without one."""
    data = b""
    while part := os.read(fd, 4096):
        data += part
        with contextlib.suppress(ValueError):
            return int(json.loads(data)["child-pid"])
    return 0


def _read(process: "subprocess.Popen[bytes]", channel: int, deadline: float, ended: Ended) -> None:
    assert process.stdout is not None  # noqa: S101  (asked for above)
    printed = process.stdout.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ, (ended.channel, _CHANNEL_BYTES))
        selector.register(printed, selectors.EVENT_READ, (ended.printed, _OUTPUT_BYTES))
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                ended.timed_out = True
                return
            for key, _ in selector.select(left):
                data = os.read(key.fd, _READ)
                if not data:
                    selector.unregister(key.fd)
                target, most = key.data
                target += data[: max(0, most - len(target))]


def _end(process: "subprocess.Popen[bytes]", own_session: bool) -> None:
    """Kill what we started (it may have ended) and reap it."""
    kill: Callable[[], None] = process.kill
    if own_session:
        kill = lambda: os.killpg(process.pid, signal.SIGKILL)  # noqa: E731
    try:
        if process.poll() is None:
            process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if process.returncode is None:
                kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def python_command(executable: str, library: str) -> Sequence[str]:
    """-P and -s, not -I: -I would ignore PYTHONHASHSEED."""
    return (executable, "-P", "-s", "-c", BOOT, library)
