"""Pins: the validated code of one node with its record, committed under `cache/`.

`cache/<package>/<node>/code.py` is the model's code, `pin.json` its record. Digests are verified
at every use: parts that disagree are an integrity failure (exit 26), missing code is code lost
(exit 23). Neither is ever replaced in silence.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from fxgbuild import crash
from fxgbuild.digest import Digest, Json, digest_bytes, is_digest
from fxgbuild.errors import CodeLost, IntegrityError
from fxgbuild.files import BESIDE, digest_file, read_regular, sync, write_atomic
from fxgbuild.lang.label import Label
from fxgbuild.plan.key import key_version
from fxgbuild.store.cas import BlobStore

FORMAT = 1
NEW = ".code.py.new"
KEY_LINE = re.compile(rb'^  "key": "([0-9a-f]{64})"', re.MULTILINE)
FIELDS = {
    "pin",
    "label",
    "key",
    "preimage",
    "code",
    "provenance",
    "attempts",
    "validated",
    "carried",
}


@dataclass(frozen=True, slots=True)
class Pin:
    label: Label
    key: Digest
    preimage: Json
    code: Digest
    hole: str
    provenance: Json
    attempts: tuple[Json, ...]
    validated: Json
    carried: tuple[Json, ...] = ()

    def to_json(self) -> Json:
        return {
            "pin": FORMAT,
            "label": str(self.label),
            "key": self.key.hex,
            "code": self.code.hex,
            "provenance": self.provenance,
            "attempts": list(self.attempts),
            "validated": self.validated,
            "carried": list(self.carried),
            "preimage": self.preimage,
        }

    def files(self) -> dict[str, bytes]:
        """What stands in the pin's folder, by name."""
        text = json.dumps(self.to_json(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        return {"code.py": self.hole.encode(), "pin.json": text.encode()}

    def named(self, label: Label) -> "Pin":
        return replace(self, label=label)


def _broken(folder: Path, message: str, **facts: str) -> IntegrityError:
    hint = (
        f"restore it with `git checkout -- {folder}`, or ask for new code with "
        "`fxgbuild regenerate`; a pin is never mended by hand"
    )
    return IntegrityError(message, facts={"pin": str(folder), **facts}, hint=hint)


def _has_its_key(record: Json) -> bool:
    try:
        return key_version("generate", record["preimage"], Digest(record["key"])) is not None
    except (ValueError, TypeError, RecursionError):  # no key is made of such a value
        return False


def _is_formed(record: Json) -> bool:
    lists = (record["attempts"], record["carried"])
    items = (item for part in lists if isinstance(part, list) for item in part)
    return (
        all(isinstance(part, list) for part in lists)
        and all(isinstance(item, dict) for item in items)
        and isinstance(record["validated"], dict | None)
    )


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Two stores may share one `cache/`: one writes a pin at a time."""
    home.mkdir(parents=True, exist_ok=True)
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


class Looks(Protocol):
    """How the files of pins are read, for who keeps account of it."""

    def read(self, path: Path) -> bytes:
        """Read a regular file; raises OSError."""

    def wrote(self, path: Path) -> None:
        """A file was replaced or removed."""


class PlainLooks:
    """No account is kept."""

    def read(self, path: Path) -> bytes:
        return read_regular(path)

    def wrote(self, path: Path) -> None:
        pass


class PinStore:
    """The folder `cache/`; every read is verified."""

    def __init__(self, folder: Path, blobs: BlobStore, looks: Looks | None = None) -> None:
        self.folder = folder
        self.blobs = blobs
        self.looks = looks or PlainLooks()
        self.stated: Callable[[], Mapping[str, str]] = dict  # keys of folders that have not moved
        self._keys: dict[str, Label] | None = None

    def home(self, label: Label) -> Path:
        return self.folder / label.package / label.name

    def read(self, label: Label) -> Pin | None:
        """The verified pin of a label, or None; raises IntegrityError or CodeLost."""
        home = self.home(label)
        record = self._record(home, label)
        if record is None:
            if (home / "code.py").exists():
                raise _broken(home, f"{label} has code but no `pin.json`")
            return None
        code = Digest(record["code"])
        return Pin(
            label=label,
            key=Digest(record["key"]),
            preimage=record["preimage"],
            code=code,
            hole=self._code(home, label, code),
            provenance=record["provenance"],
            attempts=tuple(record["attempts"]),
            validated=record["validated"],
            carried=tuple(record["carried"]),
        )

    def _record(self, home: Path, label: Label) -> Json | None:
        try:
            data = self.looks.read(home / "pin.json")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _broken(home, f"the pin of {label} cannot be read", cause=str(error)) from None
        try:
            record = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise _broken(home, f"the pin of {label} is not JSON", cause=str(error)) from None
        if not isinstance(record, dict) or set(record) != FIELDS or record["pin"] != FORMAT:
            raise _broken(home, f"the pin of {label} is not of format {FORMAT}")
        if record["label"] != str(label):
            raise _broken(home, f"the pin of {label} says it is of {record['label']}")
        if not is_digest(record["key"]) or not is_digest(record["code"]):
            raise _broken(home, f"the pin of {label} names no digests")
        if not _has_its_key(record):
            raise _broken(home, f"the pin of {label} has a preimage that is not its key's")
        if not _is_formed(record):
            raise _broken(home, f"the pin of {label} has a part of the wrong kind")
        return record

    def _code(self, home: Path, label: Label, digest: Digest) -> str:
        try:
            data: bytes | None = self.looks.read(home / "code.py")
        except FileNotFoundError:
            data = None
        except OSError as error:
            raise _broken(home, f"the code of {label} cannot be read", cause=str(error)) from None
        if data is None or digest_bytes(data) != digest:
            finished = self._unfinished(home, digest)
            data = data if finished is None else finished
        if data is None:
            data = self.blobs.get(digest)
        if data is None:
            raise CodeLost(
                f"the pinned code of {label} is lost",
                facts={"pin": str(home), "code": digest.hex},
                hint=f"restore it with `git checkout -- {home}`",
            )
        found = digest_bytes(data)
        if found != digest:
            raise _broken(
                home, f"the pinned code of {label} was edited", pinned=digest.hex, found=found.hex
            )
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise _broken(home, f"the pinned code of {label} is not UTF-8") from None

    @staticmethod
    def _unfinished(home: Path, digest: Digest) -> bytes | None:
        """The code of a record whose writer died before the last of its three steps."""
        try:
            data = read_regular(home / NEW)
        except OSError:
            return None
        return data if digest_bytes(data) == digest else None

    def write(self, pin: Pin) -> None:
        """Put a pin in place; killed at any point, the old pin or the new one is there, whole.

        The new code goes beside the old, the record takes its place and with it decides, then the
        new code takes its own.
        """
        home, files = self.home(pin.label), pin.files()
        with alone(home):
            write_atomic(home / NEW, files["code.py"])
            crash.point("pin.code")
            write_atomic(home / "pin.json", files["pin.json"])
            crash.point("pin.record")
            (home / NEW).rename(home / "code.py")
            sync(home)
        self._wrote(home)

    def finish(self, pin: Pin) -> None:
        """Do the last step of a writer that died before it."""
        home = self.home(pin.label)
        if not os.path.lexists(home / NEW):
            return
        with alone(home):
            if self._unfinished(home, pin.code) is not None:
                (home / NEW).rename(home / "code.py")
                sync(home)
            else:
                (home / NEW).unlink(missing_ok=True)
        self._wrote(home)

    def restore(self, label: Label) -> bool:
        """Put verified code back in its place, from a blob or from beside; raises as `read`."""
        pin = self.read(label)
        path = self.home(label) / "code.py"
        if pin is None or digest_file(path) == pin.code:
            return False
        write_atomic(path, pin.hole.encode())
        self._wrote(self.home(label))
        return True

    def remove(self, label: Label) -> None:
        """Take a pin away whole: a kill leaves it there or not, never one part of it."""
        home = self.home(label)
        with contextlib.suppress(OSError):
            aside = Path(tempfile.mkdtemp(dir=home.parent, prefix=BESIDE))
            home.rename(aside / home.name)
            shutil.rmtree(aside, ignore_errors=True)
        self._wrote(home)

    def _wrote(self, home: Path) -> None:
        self._keys = None
        for name in ("pin.json", "code.py"):
            self.looks.wrote(home / name)

    def labels(self) -> Iterator[Label]:
        """Every label that has a folder with a pin, sorted."""
        return (Label(*name.rpartition("/")[::2]) for name in self._homes({}))

    def _homes(self, known: Mapping[str, str]) -> Iterator[str]:
        """The folders that hold a pin, sorted; those that are known are not looked into."""
        todo = [""]
        while todo:
            here = todo.pop()
            folders = []
            with contextlib.suppress(OSError), os.scandir(self.folder / here) as entries:
                for entry in entries:
                    if entry.name == "pin.json" and "/" in here:
                        yield here
                    elif not entry.name.startswith(BESIDE) and entry.is_dir(follow_symlinks=False):
                        folders.append(f"{here}/{entry.name}" if here else entry.name)
            folders.sort(reverse=True)
            for folder in folders:
                if folder in known:
                    yield folder
                else:
                    todo.append(folder)

    def find(self, key: Digest) -> Pin | None:
        """A pin of this key under whatever label; for renamed nodes."""
        if self._keys is None:
            self._keys = dict(self._scan())
        label = self._keys.get(key.hex)
        pin = self.read(label) if label else None
        return pin if pin and pin.key == key else None

    def forget_keys(self) -> None:
        """Another process may have written; look again at the next `find`."""
        self._keys = None

    def _scan(self) -> Iterator[tuple[str, Label]]:
        """The key that each record states, unverified: `read` decides."""
        known = self.stated()
        for name in self._homes(known):
            label, key = Label(*name.rpartition("/")[::2]), known.get(name)
            if key is None:
                with contextlib.suppress(OSError):
                    found = KEY_LINE.search(read_regular(self.home(label) / "pin.json"))
                    key = found[1].decode() if found else None
            if key is not None:
                yield key, label
