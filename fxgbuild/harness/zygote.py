"""A process that has loaded modules and forks on request; its children start warm.

Spoken to over a stream socket: JSON messages with a length, file descriptors beside them. It reaps
its children and says how each ended, so a number of a process is never used after its end.
"""

import contextlib
import json
import os
import select
import signal
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fxgbuild.harness import kernel

Json: TypeAlias = Any
Load: TypeAlias = Callable[[], str]  # gives what is wrong, empty when all is well
Child: TypeAlias = Callable[[Json, tuple[int, ...]], None]

_MAX_FDS = 4


def write_message(channel: socket.socket, message: Json, fds: Sequence[int] = ()) -> None:
    data = json.dumps(message).encode()
    socket.send_fds(channel, [struct.pack("<I", len(data))], list(fds))
    channel.sendall(data)


def read_message(channel: socket.socket) -> tuple[Json, tuple[int, ...]] | None:
    """Read one message and its descriptors; None at the end."""
    head, fds, _, _ = socket.recv_fds(channel, 4, _MAX_FDS)
    if len(head) < 4:
        return None
    size, data = struct.unpack("<I", head)[0], b""
    while len(data) < size:
        part = channel.recv(size - len(data))
        if not part:
            return None
        data += part
    return json.loads(data), tuple(fds)


@dataclass(slots=True)
class _Zygote:
    channel: socket.socket
    load: Load
    child: Child
    children: dict[int, tuple[str, int]] = field(default_factory=dict)  # pidfd -> (id, pid)

    def serve(self) -> None:
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd != self.channel.fileno():
                    poll.unregister(fd)
                    self._reap(fd)
                elif (received := read_message(self.channel)) is None:
                    return
                else:
                    started = self._obey(*received)
                    if started is not None:
                        poll.register(started, select.POLLIN)

    def _obey(self, message: Json, fds: tuple[int, ...]) -> int | None:
        if message["do"] == "load":
            write_message(self.channel, {"loaded": self.load()})
            return None
        if message["do"] == "kill":
            self._kill(message["id"])
            return None
        return self._spawn(message, fds)

    def _spawn(self, message: Json, fds: tuple[int, ...]) -> int:
        pid = os.fork()
        if pid == 0:
            _become_child(self.child, message["spec"], fds)
        for fd in fds:
            os.close(fd)
        pidfd = os.pidfd_open(pid)
        self.children[pidfd] = (message["id"], pid)
        return pidfd

    def _kill(self, name: str) -> None:
        for child, pid in self.children.values():
            if child == name:
                os.kill(pid, signal.SIGKILL)

    def _reap(self, pidfd: int) -> None:
        name, pid = self.children.pop(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        cpu_s = usage.ru_utime + usage.ru_stime
        with contextlib.suppress(OSError):
            write_message(self.channel, {"ended": name, "code": code, "cpu_s": cpu_s})


def _become_child(child: Child, spec: Json, fds: tuple[int, ...]) -> None:
    status = 1
    try:
        kernel.die_with_parent()
        child(spec, fds)
        status = 0
    finally:
        os._exit(status)


def start(load: Load, child: Child) -> socket.socket:
    """Fork a zygote that loads nothing until told; gives the channel to it."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        status = 1
        try:
            ours.close()
            kernel.die_with_parent()
            _keep_only(theirs.fileno())
            _Zygote(theirs, load, child).serve()
            status = 0
        finally:
            os._exit(status)
    theirs.close()
    return ours


def _keep_only(fd: int) -> None:
    """Close all but the standard three and one: above all the host's and the siblings' channels."""
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.closerange(3, fd)
    os.closerange(fd + 1, 1 << 20)


def arrange(wanted: Sequence[int]) -> None:
    """Put descriptors at 3, 4, ... and close all others above 2."""
    safe = [os.dup(fd) for fd in wanted]
    held = sorted({*safe})
    base = max([*held, 2 + len(wanted)]) + 1
    moved = []
    for index, fd in enumerate(safe):
        os.dup2(fd, base + index, inheritable=False)
        moved.append(base + index)
    for index, fd in enumerate(moved):
        os.dup2(fd, 3 + index, inheritable=False)
    os.closerange(3 + len(wanted), 1 << 20)
