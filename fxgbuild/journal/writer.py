"""Writes a run down while it goes on, an event a line, so that a killed run can be read too.

A line is one `write` to a file that is appended to: a kill leaves whole lines. The file is locked
while its run lives, which is how others know that it does. The journal is an account of what
happened and never the ground of a decision, so a store that cannot be written only costs it.
"""

import contextlib
import fcntl
import json
import os
import re
import time
from pathlib import Path

from fxgbuild.event import Event, Started, to_json

KEPT = 200
SUFFIX = ".jsonl"
RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}")


def new_run() -> str:
    """A run's name: when it began, UTC, to 1/65536 of a second, as `20261121T120501Z-3f2a`.

    Runs are ordered by their names, also those that begin within one second.
    """
    second, part = divmod(time.time_ns(), 10**9)
    began = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
    return f"{began}-{part * 65536 // 10**9:04x}"


class JournalWriter:
    """The sink of one run: `<folder>/<run>.jsonl`, made when the run's first event is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: int | None = None

    def tell(self, event: Event) -> None:
        if isinstance(event, Started):
            self._open(event.run)
        if self._file is None:
            return
        line = json.dumps(to_json(event), ensure_ascii=False, separators=(",", ":")) + "\n"
        data = line.encode("utf-8", "backslashreplace")
        try:
            whole = os.write(self._file, data) == len(data)
        except OSError:
            whole = False
        if not whole:  # a full disk: what came so far can be read, more would not fit together
            self.close()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self, run: str) -> None:
        self.close()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.folder / f"{run}{SUFFIX}", flags, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            forget_old(self.folder)


def forget_old(folder: Path, kept: int = KEPT) -> None:
    """Remove all but the newest runs; never one whose process lives."""
    names = sorted(path.name for path in folder.iterdir() if _is_run(path.name))
    for name in names[: max(0, len(names) - kept)]:
        if not is_live(folder / name):
            with contextlib.suppress(OSError):
                (folder / name).unlink()


def _is_run(name: str) -> bool:
    return name.endswith(SUFFIX) and bool(RUN.fullmatch(name.removesuffix(SUFFIX)))


def is_live(path: Path) -> bool:
    """Does the process that writes this journal still run? Its lock ends with it."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
