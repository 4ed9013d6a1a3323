"""Another workspace's pins and records, for what this one lacks: `build --defer=DIR`.

Keys cover all that determines a result, so equal keys mean equal facts wherever they were found.
Nothing here is written to, whatever is wrong with it; every read is verified as one of our own.
"""

import json
import sqlite3
from contextlib import suppress
from pathlib import Path

from fxgbuild.digest import Digest, Json, digest_bytes, is_digest
from fxgbuild.errors import BadWorkspace, IntegrityError, UsageError
from fxgbuild.files import WORKSPACE_FILE, DiskTree, read_regular, refuse_shared
from fxgbuild.lang.load import load_settings
from fxgbuild.store import database
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.pin import Pin, PinStore


class SeenBlobs(BlobStore):
    """Blobs that are looked at only: a damaged one is missing, and stays where it is."""

    def get(self, digest: Digest) -> bytes | None:
        path = self.path(digest)
        try:
            data = read_regular(path, limit=path.lstat().st_size)
        except OSError:
            return None
        return data if digest_bytes(data) == digest else None


class Deferred:
    """One other workspace, looked up by key."""

    def __init__(self, cache: Path, store: Path) -> None:
        self.store = store
        self._blobs = SeenBlobs(store / "cas")
        self._pins = PinStore(cache, self._blobs)
        self._reader: sqlite3.Connection | None = None

    def pin_of_key(self, key: Digest) -> Pin | None:
        """The committed pin of this key under whatever label; raises where it is not sound."""
        return self._pins.find(key)

    def record(self, action: str, key: Digest) -> Json | None:
        """The passing record of an action whose outputs are all there."""
        record = self._row(f"{action}:{key.hex}")
        if not isinstance(record, dict) or record.get("passed") is not True:
            return None
        outputs = record.get("outputs")
        named = record.get("key") == key.hex and record.get("action") == action
        if not named or not isinstance(outputs, dict) or not all(map(_is_name, outputs.values())):
            raise self._wrong("a record is not for the key it stands under", key.hex)
        there = (self.blob(Digest(digest)) is not None for digest in outputs.values())
        return record if all(there) else None

    def blob(self, digest: Digest) -> bytes | None:
        """Bytes by their digest; None where they are missing or damaged."""
        return self._blobs.get(digest)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _row(self, name: str) -> Json | None:
        """A row of the index; an index that is not there or being made holds none."""
        try:
            if self._reader is None:
                folder = self.store / "index"
                if not (folder / database.NAME).exists():
                    return None
                if database.is_strange(folder):
                    raise self._wrong("the index is not a regular file", name)
                self._reader = database.open_reader(folder)
                with suppress(sqlite3.OperationalError):  # no such table yet
                    database.check_settings(self._reader)
            found = dict(database.rows(self._reader, [name])).get(name)
            return None if found is None else json.loads(found)
        except (database.RefusedRow, sqlite3.Error, ValueError, RecursionError) as error:
            if isinstance(error, sqlite3.Error) and database.trouble(error) in ("empty", "locked"):
                return None
            raise self._wrong(f"its index cannot be believed: {error}", name) from None

    def _wrong(self, message: str, key: str) -> IntegrityError:
        return IntegrityError(
            f"the workspace that is deferred to is damaged: {message}",
            facts={"store": str(self.store), "key": key},
            hint="nothing was taken from it; build there, or leave `--defer` out",
        )


def _is_name(value: Json) -> bool:
    return isinstance(value, str) and is_digest(value)


def open_deferred(folder: Path) -> Deferred:
    """The workspace in a folder; raises UsageError where there is none."""
    if not (folder / WORKSPACE_FILE).is_file():
        raise UsageError(
            f"`--defer={folder}`: this is no workspace",
            facts={"looked for": str(folder / WORKSPACE_FILE)},
            hint="name the folder that holds the other workspace's `fxgbuild.toml`",
        )
    settings, problems = load_settings(DiskTree(folder))
    if problems:
        raise BadWorkspace(problems)
    store = folder / settings.store
    for part in (store, store / "index", store / "cas"):
        refuse_shared(part)
    return Deferred(folder / settings.cache, store)
