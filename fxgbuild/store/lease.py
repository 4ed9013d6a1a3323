"""Leases: who is running, as files that the kernel gives back when their process ends.

`running/<pid>-<start>.json` is held by `flock` for as long as its process lives. A lease gets its
name only after it is held, so a lease that nobody holds is always that of a dead process.
"""

import contextlib
import fcntl
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.files import BESIDE, make_private, read_regular

LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Lease:
    """A running process: what it was told, and the file system's time at which it began."""

    pid: int
    words: tuple[str, ...]
    since: str
    start_ns: int

    def text(self) -> str:
        return f"pid {self.pid}: {' '.join(self.words)}, since {self.since}"


class Leases:
    """The folder `running/` of one store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "running"
        self.mine: Lease | None = None
        self._held = -1
        self._path: Path | None = None

    def take(self, words: Sequence[str]) -> Lease | None:
        """This process runs from now on; None where nothing can be written."""
        if self.mine is not None:
            return self.mine
        since = time.strftime("%H:%M:%S")
        try:
            make_private(self.folder)
            self._held, name = tempfile.mkstemp(dir=self.folder, prefix=BESIDE)
            fcntl.flock(self._held, fcntl.LOCK_EX)
            value = {"pid": os.getpid(), "words": list(words), "since": since}
            os.write(self._held, json.dumps(value).encode())
            start = os.fstat(self._held).st_mtime_ns
            self._path = self.folder / f"{os.getpid()}-{start}.json"
            Path(name).rename(self._path)
        except OSError:
            self.end()
            return None
        self.mine = Lease(os.getpid(), tuple(words), since, start)
        return self.mine

    def end(self) -> None:
        """This process uses the store no longer."""
        if self._held >= 0:
            if self._path is not None:
                with contextlib.suppress(OSError):
                    self._path.unlink()
            os.close(self._held)
        self.mine, self._held, self._path = None, -1, None

    def living(self) -> list[Lease]:
        """The processes that hold a lease now, this one among them; leases of the dead go."""
        found = (self._look(path) for path in sorted(self.folder.glob("*.json")))
        return [lease for lease in found if lease is not None]

    def of(self, pid: int) -> Lease | None:
        """The lease of one process."""
        found = (_read(path) for path in sorted(self.folder.glob(f"{pid}-*.json")))
        return next((lease for lease in found if lease is not None), None)

    def _look(self, path: Path) -> Lease | None:
        if path == self._path:
            return self.mine
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # held: its process lives
            return _read(path)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        finally:
            os.close(descriptor)


def _read(path: Path) -> Lease | None:
    """A lease that was being written when it was read says less, and is one all the same."""
    pid, _, start = path.stem.partition("-")
    if not pid.isdigit() or not start.isdigit():
        return None
    try:
        value = json.loads(read_regular(path, LIMIT))
        words = tuple(str(word) for word in value["words"])
        return Lease(int(pid), words, str(value["since"]), int(start))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Lease(int(pid), ("an unknown command",), "?", int(start))
