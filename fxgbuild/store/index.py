"""The action cache's index: text keys to JSON records, in diskcache made safe.

diskcache unpickles values and follows file names found in its database (CVE-2025-69872, no fixed
release). `BytesDisk` refuses every row that is not plain bytes inside the database; a refused row
is an integrity failure, never a miss. Nothing is evicted behind our back.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import diskcache
from diskcache.core import DEFAULT_SETTINGS, METADATA

from fxgbuild.digest import Json, canonical_json
from fxgbuild.errors import IntegrityError, LockTimeout


class RefusedRow(Exception):
    """A row in the index is not of the one form that is ever written."""


class BytesDisk(diskcache.Disk):  # type: ignore[misc]
    """A disk that stores bytes under text keys in the database, and reads nothing else."""

    def put(self, key: Any) -> tuple[Any, bool]:
        if type(key) is not str:
            raise TypeError("index keys are texts")
        return key, True

    def get(self, key: Any, raw: bool) -> str:
        if not raw or type(key) is not str:
            raise RefusedRow("a key is not plain text")
        return key

    def store(self, value: Any, read: bool, key: Any = diskcache.UNKNOWN) -> tuple[Any, ...]:
        if type(value) is not bytes or read:
            raise TypeError("index values are bytes")
        return 0, 1, None, sqlite3.Binary(value)

    def fetch(self, mode: Any, filename: Any, value: Any, read: bool) -> bytes:
        if mode != 1 or filename is not None or type(value) is not bytes or read:
            raise RefusedRow(f"mode {mode!r}, file name {filename!r}")
        return value

    def remove(self, file_path: Any) -> None:
        raise RefusedRow(f"file name {file_path!r}")


class Index:
    """Records by key; every value is canonical JSON."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cache: diskcache.Cache | None = None

    def _open(self) -> diskcache.Cache:
        if self._cache is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # two processes creating it at once would clash
                with self._guard("the index"):
                    self._check_settings()
                    self._cache = diskcache.Cache(
                        str(self.folder),
                        disk=BytesDisk,
                        eviction_policy="none",
                        cull_limit=0,
                        size_limit=2**62,
                        statistics=0,
                        sqlite_synchronous=2,
                    )
        return self._cache

    def _check_settings(self) -> None:
        """diskcache obeys what its table of settings says, its own folder included."""
        if not self.exists():
            return
        with closing(sqlite3.connect(self.folder / "cache.db", timeout=60)) as database:
            try:
                found = database.execute("SELECT key, value FROM Settings").fetchall()
            except sqlite3.OperationalError:  # made by no process yet
                return
        for key, value in found:
            plain = type(value) is int or value in ("none", "wal")
            if key not in DEFAULT_SETTINGS.keys() | METADATA.keys() or not plain:
                raise RefusedRow(f"setting {key!r} is {value!r}")

    @contextmanager
    def _guard(self, key: str) -> Iterator[None]:
        try:
            yield
        except RefusedRow as error:
            raise self._hostile(key, str(error)) from None
        except (diskcache.Timeout, sqlite3.OperationalError) as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" not in str(error):
                raise self._hostile(key, f"the database is damaged: {error}") from None
            raise LockTimeout(
                "another process holds the action cache's index",
                facts={"index": str(self.folder)},
                hint="type the command again when that process has ended",
            ) from None
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._hostile(key, f"the database is damaged: {error}") from None

    def _hostile(self, key: str, fact: str) -> IntegrityError:
        return IntegrityError(
            "the action cache's index holds a row that fxgbuild did not write",
            facts={"index": str(self.folder), "key": key, "row": fact},
            hint=f"nothing was run from it; remove {self.folder} (only verdicts are lost)",
        )

    def get(self, key: str) -> Json | None:
        cache = self._open()
        with self._guard(key):
            data = cache.get(key)
        if data is None:
            return None
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise self._hostile(key, "not JSON") from None

    def put(self, key: str, value: Json) -> None:
        cache = self._open()
        with self._guard(key):
            cache.set(key, canonical_json(value))

    def remove(self, key: str) -> None:
        cache = self._open()
        with self._guard(key):
            cache.delete(key)

    def keys(self, prefix: str = "") -> list[str]:
        cache = self._open()
        with self._guard(prefix or "the index"):
            return sorted(key for key in cache.iterkeys() if key.startswith(prefix))

    def exists(self) -> bool:
        return (self.folder / "cache.db").exists()

    def verify(self) -> int:
        """Read every row; returns how many there are, raises IntegrityError on a hostile one."""
        if not self.exists():
            return 0
        keys = self.keys()
        for key in keys:
            self.get(key)
        return len(keys)

    def close(self) -> None:
        if self._cache is not None:
            self._cache.close()
            self._cache = None
