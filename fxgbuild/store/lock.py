"""Locks by key between processes, which die with their holder.

One byte of the file `locks` stands for one key; the kernel frees what a process held when it ends,
however it ends. The locks belong to the process: its threads share them, and so do two `KeyLocks`
of one store. POSIX gives all of them up when a process closes any descriptor of the file, so the
file is opened once, and by nobody else. Where the store cannot be written there are no locks: the
worst is work done twice.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from fxgbuild.errors import LockTimeout
from fxgbuild.files import make_private
from fxgbuild.store.lease import Leases

FIRST_PAUSE_S = 0.005
LAST_PAUSE_S = 0.1
FLOCK = struct.Struct("@hhqqi4x")  # type, whence, start, length, pid: struct flock of 64 bits
BUSY = (errno.EACCES, errno.EAGAIN)


def place(key: str) -> int:
    """The byte that stands for a key: 62 bits of its digest."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") >> 2


class KeyLocks:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._leases = Leases(folder)
        self._file: int | None = None

    def acquire(self, keys: Sequence[str]) -> set[str]:
        """Take at once what nobody else holds; never waits."""
        return {key for key in keys if self._take(key)}

    def wait(self, key: str, *, limit_s: float | None, waiting: Callable[[str], None]) -> None:
        """Take one key, waiting for its holder; raises LockTimeout when the limit is over.

        Two processes that each hold what the other waits for wait for ever: finish and release
        what is held before waiting.
        """
        deadline = None if limit_s is None else time.monotonic() + limit_s
        pause, told = FIRST_PAUSE_S, False
        while not self._take(key):
            holder = self.owner(key) or "another process"
            if not told:
                waiting(holder)
                told = True
            left = LAST_PAUSE_S if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise _over(key, holder, limit_s)
            time.sleep(min(pause, left))
            pause = min(pause * 2, LAST_PAUSE_S)

    def release(self, keys: Iterable[str]) -> None:
        if self._file is not None and self._file >= 0:
            for key in keys:
                with contextlib.suppress(OSError):
                    fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place(key))

    def owner(self, key: str) -> str:
        """Who else holds a key: "pid 4242: fxgbuild build //eeg:all, since 12:03:07", or ""."""
        pid = self._holder(key)
        if pid is None:
            return ""
        lease = self._leases.of(pid)
        return lease.text() if lease else f"pid {pid}" if pid > 0 else "another process"

    def _open(self) -> int:
        """The descriptor of the one file, kept until the process ends; -1 where there is none."""
        if self._file is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            self._file = -1
            with contextlib.suppress(OSError):
                make_private(self.folder)
                found = os.open(self.folder / "locks", flags, 0o600)
                if stat.S_ISREG(os.fstat(found).st_mode):
                    self._file = found
        return self._file

    def _take(self, key: str) -> bool:
        file = self._open()
        if file < 0:
            return True
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place(key))
        except OSError as error:
            # A file system that knows no locks is no reason not to build.
            return error.errno not in BUSY
        return True

    def _holder(self, key: str) -> int | None:
        file = self._open()
        if file < 0:
            return None
        asked = FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, place(key), 1, 0)
        try:
            kind, _, _, _, pid = FLOCK.unpack(fcntl.fcntl(file, fcntl.F_GETLK, asked))
        except OSError:
            return None
        return None if kind == fcntl.F_UNLCK else pid


def _over(key: str, holder: str, limit_s: float | None) -> LockTimeout:
    return LockTimeout(
        "another process holds what this build needs, and the time to wait for it is over",
        facts={"key": key, "held by": holder, "waited": f"{limit_s:g} s"},
        hint="wait for it to end, or end it; its locks go with it",
    )
