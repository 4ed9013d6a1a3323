"""The index's database file: opened safely, its rows read plainly, its troubles named.

diskcache unpickles values and follows file names found in its database (CVE-2025-69872, no fixed
release). So it only ever writes here, through `BytesDisk`, and reads go past it: a row that is not
plain bytes inside of the database is refused.
"""

import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import diskcache
from diskcache.core import DEFAULT_SETTINGS, METADATA

NAME = "cache.db"
PARTS = (f"{NAME}-wal", f"{NAME}-shm", NAME)
TIMEOUT_S = 60
COLUMNS = "typeof(key), key, raw, mode, filename, value"
AT_ONCE = 500


class RefusedRow(Exception):
    """A row in the database is not of the one form that is ever written."""

    def __init__(self, key: str, fact: str) -> None:
        super().__init__(fact)
        self.key = key


class BytesDisk(diskcache.Disk):  # type: ignore[misc]
    """A disk that stores bytes under text keys in the database, and reads nothing at all."""

    def put(self, key: Any) -> tuple[Any, bool]:
        if type(key) is not str:
            raise TypeError("index keys are texts")
        return key, True

    def get(self, key: Any, raw: bool) -> str:
        raise RefusedRow(str(key), "read by diskcache")

    def store(self, value: Any, read: bool, key: Any = diskcache.UNKNOWN) -> tuple[Any, ...]:
        if type(value) is not bytes or read:
            raise TypeError("index values are bytes")
        return 0, 1, None, sqlite3.Binary(value)

    def fetch(self, mode: Any, filename: Any, value: Any, read: bool) -> bytes:
        raise RefusedRow("", "read by diskcache")

    def remove(self, file_path: Any) -> None:
        raise RefusedRow("", f"file name {file_path!r}")


def open_writer(folder: Path) -> diskcache.Cache:
    """Open for writing, and make what is missing; one process at a time may.

    A commit is in order but not waited for: after a power cut the last records may be missing,
    which is work done twice. What costs money is also kept by `bought.py`, which waits.
    """
    return diskcache.Cache(
        str(folder),
        timeout=TIMEOUT_S,
        disk=BytesDisk,
        eviction_policy="none",
        cull_limit=0,
        size_limit=2**62,
        statistics=0,
        sqlite_synchronous=1,
        sqlite_mmap_size=0,
    )


def open_reader(folder: Path) -> sqlite3.Connection:
    """Open for reading, in a folder that cannot be written too; raises sqlite3.Error."""
    place = (folder / NAME).absolute().as_uri()
    if writable(folder):
        return _connected(f"{place}?mode=rw")
    try:
        return _connected(f"{place}?mode=ro")
    except sqlite3.OperationalError:  # no log beside it, and none can be made
        return _connected(f"{place}?mode=ro&immutable=1")


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.text_factory = lambda data: data.decode(errors="surrogateescape")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def writable(folder: Path) -> bool:
    """May this process write the database? An absent folder is decided by what is above it."""
    path = folder / NAME
    while not path.exists() and path != path.parent:
        path = path.parent
    return os.access(path, os.W_OK) and os.access(path if path.is_dir() else folder, os.W_OK)


def is_strange(folder: Path) -> bool:
    """A database that is a link, a pipe or a folder is not opened."""
    for name in PARTS:
        try:
            if not stat.S_ISREG((folder / name).lstat().st_mode):
                return True
        except OSError:
            continue
    return False


def check_settings(reader: sqlite3.Connection) -> None:
    """diskcache obeys what its table of settings says, its own folder included."""
    with closing(reader.execute("SELECT key, value FROM Settings")) as found:
        for key, value in found:
            plain = type(value) is int or value in ("none", "wal")
            if key not in DEFAULT_SETTINGS.keys() | METADATA.keys() or not plain:
                raise RefusedRow("the index", f"setting {key!r} is {value!r}")


def rows(reader: sqlite3.Connection, keys: Iterable[str] | None = None) -> Iterator[Any]:
    """Rows as (key, bytes), those of some keys or all; raises RefusedRow, sqlite3.Error."""
    select = f"SELECT {COLUMNS} FROM Cache"  # noqa: S608 - constants
    if keys is None:
        yield from map(_sound, reader.execute(select))
        return
    wanted = list(keys)
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        marks = ",".join("?" * len(part))
        found = reader.execute(f"{select} WHERE raw = 1 AND key IN ({marks})", part)
        yield from map(_sound, found)


def _sound(row: tuple[Any, ...]) -> tuple[str, bytes]:
    kind, key, raw, mode, filename, value = row
    if kind != "text" or raw != 1:
        raise RefusedRow(repr(key), "a key is not plain text")
    if mode != 1 or filename is not None or type(value) is not bytes:
        raise RefusedRow(key, f"mode {mode!r}, file name {filename!r}")
    return key, value


TROUBLES = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "full",
    sqlite3.SQLITE_READONLY: "unwritable",
    sqlite3.SQLITE_PERM: "unwritable",
    sqlite3.SQLITE_CANTOPEN: "unwritable",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_ERROR: "damaged",  # its tables are not ours
    sqlite3.SQLITE_CONSTRAINT: "damaged",
    sqlite3.SQLITE_MISMATCH: "damaged",
}


def trouble(error: BaseException | None) -> str:
    """What an error of the database means: locked, full, unwritable, empty, damaged, or a bug."""
    if isinstance(error, diskcache.Timeout):  # it stands for every error at the beginning
        named = isinstance(error.__context__, sqlite3.Error)
        return trouble(error.__context__) if named else "locked"
    text = str(error)
    if text.startswith("cannot rollback"):  # says nothing of why it had to
        return trouble(error.__context__ if error else None)
    if text.startswith("no such table"):
        return "empty"
    return TROUBLES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "bug")
