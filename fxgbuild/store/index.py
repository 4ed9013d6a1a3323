"""The action cache's index: text keys to JSON records, in a database that is only a hint.

A hostile row is an integrity failure, never a miss. A damaged database is set aside, loudly, and a
fresh one takes its place with what was bought. Nothing is evicted behind our back. Where nothing
can be written, new rows live as long as this process.
"""

import contextlib
import fcntl
import json
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import diskcache

from fxgbuild.digest import Json, canonical_json
from fxgbuild.errors import IntegrityError, LockTimeout
from fxgbuild.files import disk_full, make_private, refuse_shared
from fxgbuild.store import database
from fxgbuild.store.bought import Bought
from fxgbuild.store.database import RefusedRow

T = TypeVar("T")
BOUGHT = "bought:size"  # how much of what was bought the database knows
FAILURES = (sqlite3.Error, sqlite3.Warning, diskcache.Timeout)


class Damaged(Exception):
    """The database cannot be read as one."""


def warn(text: str) -> None:
    sys.stderr.write(f"warning: {text}\n")


class Index:
    """Records by key; every value is canonical JSON."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tell: Callable[[str], None] = warn
        self._bought = Bought(folder.parent / "bought.jsonl")
        self._threads = threading.RLock()
        self._reader: sqlite3.Connection | None = None
        self._writer: diskcache.Cache | None = None
        self._opened: os.stat_result | None = None
        self._memory: dict[str, Json] = {}  # what could not be written; None where removed
        self._told: set[str] = set()
        self._dead = False  # damaged where nothing can be written, so not even set aside

    # Reading --------------------------------------------------------------------------------------

    def get(self, key: str) -> Json | None:
        return self.get_many([key]).get(key)

    def get_many(self, keys: Sequence[str]) -> dict[str, Json]:
        """The values of those keys that there are."""
        found = self._rows(keys)
        values = {key: self._value(key, data) for key, data in found.items()}
        if self._memory:
            values |= {key: self._memory[key] for key in keys if key in self._memory}
        return {key: value for key, value in values.items() if value is not None}

    def items(self, prefix: str = "") -> dict[str, Json]:
        """Every row, by key in order."""
        found = self._rows()
        values = {key: self._value(key, data) for key, data in found.items()} | self._memory
        return {k: v for k, v in sorted(values.items()) if k.startswith(prefix) and v is not None}

    def keys(self, prefix: str = "") -> list[str]:
        found = self._rows()
        gone = {key for key, value in self._memory.items() if value is None}
        return sorted(key for key in {*found, *self._memory} - gone if key.startswith(prefix))

    def exists(self) -> bool:
        return os.path.lexists(self.folder / database.NAME)

    def verify(self) -> int:
        """Read every row; returns how many there are, raises IntegrityError on a hostile one."""
        return len(self.items())

    def _rows(self, keys: Sequence[str] | None = None) -> dict[str, bytes]:
        nothing: dict[str, bytes] = {}
        return self._read(lambda reader: dict(database.rows(reader, keys)), nothing)

    def _value(self, key: str, data: bytes) -> Json:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise self._hostile(key, "not JSON") from None

    def _read(self, action: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        def attempt() -> T:
            reader = self._reading()
            try:
                return nothing if reader is None else action(reader)
            except FAILURES as error:
                if database.trouble(error) == "empty":  # another process is making it
                    return nothing
                raise

        return self._whole(attempt, nothing)

    def _reading(self) -> sqlite3.Connection | None:
        first = self._reader is None
        reader = self._opened_reader()
        if first and reader and self._is_behind(reader) and database.writable(self.folder):
            self._writing()
        return reader

    def _opened_reader(self) -> sqlite3.Connection | None:
        if self._reader is None and self.exists() and not self._dead:
            refuse_shared(self.folder)
            self._identify()
            try:
                reader = database.open_reader(self.folder)
            except FAILURES as error:
                if database.trouble(error) == "unwritable" and not self.exists():
                    return None  # set aside by another process at this moment
                raise
            self._reader = reader
            with contextlib.suppress(sqlite3.OperationalError):  # no such table yet
                database.check_settings(reader)
        return self._reader

    def _identify(self) -> None:
        """Which file is opened, in case it turns out to be damaged."""
        if database.is_strange(self.folder):
            self._opened = None
            raise Damaged("it is not a regular file")
        with contextlib.suppress(OSError):
            self._opened = (self.folder / database.NAME).stat()

    # Writing --------------------------------------------------------------------------------------

    def put(self, key: str, value: Json) -> None:
        self.put_many({key: value})

    def put_many(self, items: Mapping[str, Json]) -> None:
        """Write rows, all or none; what was bought is on the disk when this returns."""
        if not items:
            return
        if any(type(key) is not str for key in items):
            raise TypeError("index keys are texts")
        data = {key: canonical_json(value) for key, value in items.items()}

        def action(writer: diskcache.Cache) -> None:
            for key, value in data.items():
                writer.set(key, value)

        self._write(items, action)

    def remove(self, key: str) -> None:
        self.remove_many([key])

    def remove_many(self, keys: Iterable[str]) -> None:
        gone: dict[str, Json] = dict.fromkeys(keys)
        if not gone:
            return

        def action(writer: diskcache.Cache) -> None:
            for key in gone:
                writer.delete(key)

        self._write(gone, action)

    def _write(self, items: Mapping[str, Json], action: Callable[[diskcache.Cache], None]) -> None:
        def attempt() -> None:
            writer = self._writing()
            with writer.transact():
                action(writer)
                if bought:
                    writer.set(BOUGHT, canonical_json(self._bought.size()))

        if self._dead or not database.writable(self.folder):
            self._keep_here(items)
            return
        bought = self._bought.note(items)
        self._whole(attempt, None)

    def _keep_here(self, items: Mapping[str, Json]) -> None:
        self._say(
            f"the store {self.folder.parent} cannot be written: it serves as a read cache, and "
            "what this build finds out is not kept"
        )
        self._memory |= {
            key: None if v is None else json.loads(canonical_json(v)) for key, v in items.items()
        }

    def _writing(self) -> diskcache.Cache:
        if self._writer is None:
            make_private(self.folder)
            refuse_shared(self.folder)
            with self._alone():
                reader = self._opened_reader()
                behind = reader is None or self._is_behind(reader)
                self._writer = database.open_writer(self.folder)
                self._identify()
            if behind and self._bought.size():
                self._restore(self._writer)
        return self._writer

    def _is_behind(self, reader: sqlite3.Connection) -> bool:
        """Does the database lack a part of what was bought, because it is new or lost its log?"""
        if not self._bought.size():
            return False
        try:
            known = dict(database.rows(reader, [BOUGHT]))
        except sqlite3.OperationalError as error:
            if database.trouble(error) != "empty":
                raise
            return True
        return known.get(BOUGHT) != canonical_json(self._bought.size())

    def _restore(self, writer: diskcache.Cache) -> None:
        """Take over what was bought; nobody else writes between reading it and the commit."""
        with writer.transact():
            size = self._bought.size()
            for key, value in self._bought.rows().items():
                writer.set(key, canonical_json(value))
            writer.set(BOUGHT, canonical_json(size))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time makes a database or sets one aside."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # Troubles -------------------------------------------------------------------------------------

    def _whole(self, attempt: Callable[[], T], nothing: T) -> T:
        """Do it; where the database turns out to be damaged, once more with a fresh one."""
        with self._threads:
            for last in (False, True):
                try:
                    return attempt()
                except RefusedRow as error:
                    raise self._hostile(error.key, str(error)) from None
                except Damaged as error:
                    cause = str(error)
                except FAILURES as error:
                    self._raise_named(error)
                    cause = str(error)
                if last:
                    break
                self._set_aside(cause)
            return nothing

    def _raise_named(self, error: Exception) -> None:
        """Return for a damaged database only."""
        match database.trouble(error):
            case "locked":
                raise LockTimeout(
                    "another process holds the action cache's index",
                    facts={"index": str(self.folder)},
                    hint="type the command again when that process has ended",
                ) from None
            case "full":
                raise disk_full(self.folder, str(error)) from None
            case "unwritable":
                raise IntegrityError(
                    "the action cache's index cannot be opened",
                    facts={"index": str(self.folder), "cause": str(error)},
                    hint=f"`ls -la {self.folder}` shows who may read and write it",
                ) from None
            case "bug":
                raise error

    def _set_aside(self, cause: str) -> None:
        """Put a damaged database where it can be looked at; the next one starts afresh."""
        opened = self._opened
        self.close()
        if not database.writable(self.folder):
            self._dead = True
            self._say(f"the action cache's index is damaged and passed over: {cause}")
            return
        make_private(self.folder)
        with self._alone():
            if self._is_new(opened):  # another process was faster
                return
            numbers = range(1, 10_000)
            names = (self.folder.with_name(f"{self.folder.name}.corrupt-{n}") for n in numbers)
            aside = next(name for name in names if not os.path.lexists(name))
            aside.mkdir(mode=0o700)
            for part in database.PARTS:  # the database last: without it the others mean nothing
                with contextlib.suppress(FileNotFoundError):
                    (self.folder / part).rename(aside / part)
        self._say(
            f"the action cache's index was damaged ({cause}); it was set aside as {aside} and a "
            f"fresh one begun: verdicts are made again, {len(self._bought.rows())} bought rows "
            "were found again"
        )

    def _is_new(self, opened: os.stat_result | None) -> bool:
        try:
            now = (self.folder / database.NAME).lstat()
        except OSError:
            return True
        return opened is not None and (now.st_dev, now.st_ino) != (opened.st_dev, opened.st_ino)

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self.tell(text)

    def _hostile(self, key: str, fact: str) -> IntegrityError:
        return IntegrityError(
            "the action cache's index holds a row that fxgbuild did not write",
            facts={"index": str(self.folder), "key": key, "row": fact},
            hint=f"nothing was run from it; remove {self.folder} (only verdicts are lost)",
        )

    def close(self) -> None:
        for connection in (self._reader, self._writer):
            if connection is not None:
                with contextlib.suppress(*FAILURES):
                    connection.close()
        self._reader = self._writer = self._opened = None
