"""Garbage collection: facts gathered, a decision asked for, what was decided taken.

Safe while builds run. A build holds a lease and dates every blob that it puts or relies on
(`BlobStore.use`), a record by its key's blob before it reads the record; nothing dated after the
oldest living lease, less an hour, is taken, and each is looked at once more, with the gate shut, at
the moment it goes. A record goes before its blobs, so a kill leaves blobs without a record, never a
record that promises what is gone.
"""

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from fxgbuild import crash, state
from fxgbuild.digest import Digest, Json
from fxgbuild.errors import DiskFull
from fxgbuild.files import BESIDE, read_regular, write_atomic
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.index import Index
from fxgbuild.store.keeping import (
    DAY_NS,
    Blob,
    Bounds,
    Choice,
    Facts,
    Taken,
    choose,
    digests_in,
    is_record,
)
from fxgbuild.store.lease import Leases
from fxgbuild.store.pin import PinStore

GRACE_NS = 3600 * 10**9
COLLECTED = "collected"  # rewritten before anything is taken: what was remembered may not hold
LAST = "last-collection"  # dated when one was last begun on its own
KEPT_RUNS = 100
AT_ONCE = 100  # rows in one transaction, for which users wait
DIGESTS = re.compile(rb"\b[0-9a-f]{64}\b")
KEY = re.compile(rb'"key": "([0-9a-f]{64})"')


class OutOfTime(Exception):
    """The time that a collection was given is over."""


@dataclass(frozen=True, slots=True)
class Room:
    """The folders of one workspace's stores."""

    store: Path
    blobs: BlobStore
    index: Index
    pins: PinStore


@dataclass(frozen=True, slots=True)
class Collection:
    """What went, or would go, and why."""

    rows: tuple[Taken, ...]
    blobs: tuple[Taken, ...]
    files: tuple[Taken, ...]
    kept_bytes: int
    rooted_bytes: int

    @property
    def bytes(self) -> int:
        return sum(taken.size for taken in (*self.blobs, *self.files))

    def to_json(self) -> Json:
        parts = {"rows": self.rows, "blobs": self.blobs, "files": self.files}
        return {
            name: [{"name": t.name, "bytes": t.size, "why": t.why} for t in part]
            for name, part in parts.items()
        } | {"bytes": self.bytes, "kept_bytes": self.kept_bytes, "rooted_bytes": self.rooted_bytes}


def collect(
    room: Room,
    bounds: Bounds,
    labels: Set[str] | None,
    *,
    dry_run: bool = False,
    grace_ns: int = GRACE_NS,
    limit_s: float | None = None,
) -> Collection:
    """Take what the bounds do not allow; `labels` are those that exist, None if unknown."""
    end = None if limit_s is None else time.monotonic() + limit_s
    facts = gather(room, labels, grace_ns, end)
    choice = choose(facts, bounds)
    files = tuple(_leftovers(room, facts, bounds))
    if dry_run:
        return _collection(choice, choice.rows, choice.blobs, files)
    if choice.rows or choice.blobs:
        announce(room.store, facts.now_ns)
    crash.point("gc.marked")
    for taken in files:
        _remove(Path(taken.name))
    # First what no row names: on a full disk this makes the room that removing a row takes.
    named = {digest for taken in choice.rows for digest in digests_in(facts.rows[taken.name])}
    loose = _take_blobs(room, facts, (b for b in choice.blobs if b.name not in named), end)
    rows = _take_rows(room, facts, choice, end)
    gone = {taken.name for taken in rows}
    spared = [facts.rows[taken.name] for taken in choice.rows if taken.name not in gone]
    named -= {digest for value in spared for digest in digests_in(value)}
    held = _take_blobs(room, facts, (b for b in choice.blobs if b.name in named), end)
    return _collection(choice, rows, (*loose, *held), files)


def collect_if_due(
    room: Room, bounds: Bounds, labels: Set[str] | None, *, limit_s: float = 5.0
) -> Collection | None:
    """At most once a day, and never for longer than a moment; None when it is not due."""
    stamp = room.store / LAST
    try:
        now = _now_ns(room.store)
        last = stamp.stat().st_mtime_ns if stamp.exists() else None
        if last is not None and 0 <= now - last < DAY_NS:
            return None
        stamp.touch()
    except OSError:
        return None
    if last is None:  # the store is new
        return None
    try:
        return collect(room, bounds, labels, limit_s=limit_s)
    except (OutOfTime, OSError, DiskFull):  # no reason for a build to fail; `cache gc` says why
        return None


def announce(store: Path, now_ns: int) -> None:
    """Say that records or blobs go, before the first one does."""
    try:
        write_atomic(store / COLLECTED, f"{now_ns} {os.getpid()}\n".encode())
    except DiskFull:  # then nothing is remembered at all, which makes a little room too
        (store / state.NAME).unlink(missing_ok=True)


# Facts ------------------------------------------------------------------------------------------


def gather(
    room: Room, labels: Set[str] | None, grace_ns: int = GRACE_NS, end: float | None = None
) -> Facts:
    """Rows before blobs: a record that is seen has its blobs, and they are seen after it."""
    leases = Leases(room.store).living()
    now = _now_ns(room.store)
    rows = room.index.items()
    pinned, keys = _pinned(room.pins.folder, end)
    blobs = {}
    for name, size, used_ns in room.blobs.found():
        _check(end)
        blobs[name] = Blob(size, used_ns)
    return Facts(
        now_ns=now,
        safe_since_ns=min([now, *(lease.start_ns for lease in leases)]) - grace_ns,
        blobs=blobs,
        rows=rows,
        pinned=pinned,
        pinned_keys=keys | {key.partition(":")[2] for key in rows if key.startswith("pin:")},
        labels=labels,
    )


def _pinned(cache: Path, end: float | None) -> tuple[set[str], set[str]]:
    """Every digest in committed pins, and their keys; damaged ones keep what they name too."""
    names: set[str] = set()
    keys: set[str] = set()
    for path in cache.rglob("pin.json"):
        _check(end)
        with contextlib.suppress(OSError):
            data = read_regular(path)
            names |= {name.decode() for name in DIGESTS.findall(data)}
            keys |= {key.decode() for key in KEY.findall(data)}
    return names, keys


def _now_ns(store: Path) -> int:
    """The file system's own time, which is what its files are dated with."""
    try:
        with tempfile.TemporaryFile(dir=store) as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:  # nothing can be written here, so nothing will be taken
        return time.time_ns()


def _check(end: float | None) -> None:
    if end is not None and time.monotonic() > end:
        raise OutOfTime


# Effects ----------------------------------------------------------------------------------------


def _take_rows(room: Room, facts: Facts, choice: Choice, end: float | None) -> tuple[Taken, ...]:
    """Remove rows, except records that somebody has used since they were looked at."""
    gone: list[Taken] = []
    for start in range(0, len(choice.rows), AT_ONCE):
        _check(end)
        part = choice.rows[start : start + AT_ONCE]
        with room.blobs.closed():
            unused = [taken for taken in part if not _used(room.blobs, facts, taken)]
            room.index.remove_many(taken.name for taken in unused)
        gone += unused
        crash.point("gc.record")
    return tuple(gone)


def _used(blobs: BlobStore, facts: Facts, taken: Taken) -> bool:
    """Has somebody looked a record up since? Its key's blob tells."""
    value = facts.rows[taken.name]
    if not is_record(value):
        return False
    try:
        return blobs.path(Digest(value["key"])).lstat().st_mtime_ns >= facts.safe_since_ns
    except (OSError, ValueError):
        return False


def _take_blobs(
    room: Room, facts: Facts, blobs: Iterable[Taken], end: float | None
) -> tuple[Taken, ...]:
    taken = []
    for blob in blobs:
        _check(end)
        if room.blobs.take(Digest(blob.name), facts.safe_since_ns):
            taken.append(blob)
            crash.point("gc.blob")
    return tuple(taken)


def _leftovers(room: Room, facts: Facts, bounds: Bounds) -> Iterator[Taken]:
    """What dead writers left unfinished, old quarantine, old runs, forgotten scratch folders."""
    store = room.store
    tops = (room.blobs.folder / "sha256", store / "out", room.pins.folder, store / "running")
    beside = {path for top in tops for path in top.rglob(f"{BESIDE}*")}
    for path in sorted(beside.union(store.glob(f"{BESIDE}*"))):  # the state file's own too
        yield from _older(path, facts.safe_since_ns, "left unfinished by a dead writer")
    for path in sorted((store / "tmp").glob("*")):
        yield from _older(path, facts.safe_since_ns - DAY_NS, "scratch of a dead build")
    oldest = facts.now_ns - bounds.max_age_ns
    for path in sorted((room.blobs.folder / "quarantine").glob("*")):
        yield from _older(path, oldest, "in quarantine for longer than blobs are kept")
    runs = sorted((store / "runs").glob("*"), key=_date, reverse=True)
    for path in runs[KEPT_RUNS:]:
        yield from _older(path, oldest, f"neither recent nor one of the last {KEPT_RUNS} runs")


def _older(path: Path, than_ns: int, why: str) -> Iterator[Taken]:
    with contextlib.suppress(OSError):
        found = path.lstat()
        if found.st_mtime_ns < than_ns:
            yield Taken(str(path), why, found.st_size)


def _date(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return 0


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _collection(
    choice: Choice,
    rows: tuple[Taken, ...],
    blobs: tuple[Taken, ...],
    files: tuple[Taken, ...],
) -> Collection:
    spared = sum(taken.size for taken in choice.blobs) - sum(taken.size for taken in blobs)
    return Collection(rows, blobs, files, choice.kept_bytes + spared, choice.rooted_bytes)
