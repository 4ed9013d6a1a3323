"""The stores of one workspace, and what they know: blobs, records, pins, the readable tree."""

import errno
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fxgbuild import crash
from fxgbuild.build.verdict import Verdict
from fxgbuild.digest import Digest, Json, canonical_json, digest_bytes
from fxgbuild.errors import FxgError, IntegrityError
from fxgbuild.files import digest_file, refuse_shared, scratch_home, write_atomic
from fxgbuild.lang.label import Label
from fxgbuild.plan.key import key_version, preimage_bytes
from fxgbuild.plan.plan import PinFacts, Step
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.index import Index
from fxgbuild.store.pin import Looks, Pin, PinStore

if TYPE_CHECKING:
    from fxgbuild.remote.client import Remote


class Other(Protocol):
    """Another workspace's pins and records, looked up by key; every read is verified."""

    def pin_of_key(self, key: Digest) -> Pin | None: ...

    def record(self, action: str, key: Digest) -> Json | None: ...

    def blob(self, digest: Digest) -> bytes | None: ...


IMPORTABLE = b'''"""Code by label; first-party modules import as their authors have them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
'''


@dataclass(slots=True)
class Stores:
    """Lookup order: for a generation `cache/`, private, another workspace, the remote cache; for
    pure actions the same without `cache/`. The remote is asked only when something is to run.
    """

    blobs: BlobStore
    index: Index
    pins: PinStore
    out: Path
    frozen: bool = False
    building: bool = False  # what is relied on is dated, so that no collection takes it
    other: Other | None = None  # the workspace that is deferred to
    open_remote: "Callable[[], Remote | None] | None" = None
    _pins: dict[Label, Pin | None] = field(default_factory=dict)
    _remote: "tuple[Remote | None] | None" = None

    # Known: what planning asks -------------------------------------------------------------------

    def pin(self, label: Label) -> PinFacts | None:
        pin = self.committed(label)
        return _facts(pin) if pin else None

    def committed(self, label: Label) -> Pin | None:
        if label not in self._pins:
            self._pins[label] = self.pins.read(label)
        return self._pins[label]

    def pin_of_key(self, key: Digest) -> PinFacts | None:
        pin = self.pins.find(key) or self.private(key)
        if pin is None and self.other is not None:
            pin = self.other.pin_of_key(key)
            if pin is not None:
                self.keep_pin(pin, commit=False)
        return _facts(pin) if pin else None

    def passed(self, action: str, key: Digest) -> bool:
        record = self.record(action, key)
        if record is not None and all(map(self._has, map(Digest, record["outputs"].values()))):
            return True
        return self.other is not None and self._deferred(self.other, action, key)

    def _has(self, digest: Digest) -> bool:
        return self.blobs.use(digest) if self.building else digest in self.blobs

    def last(self, label: Label, action: str) -> Json | None:
        key = self.index.get(f"last:{label}:{action}")
        data = self.blobs.get(Digest(key)) if isinstance(key, str) else None
        return json.loads(data)[1] if data else None

    def rendered(self, label: Label) -> Digest | None:
        return digest_file(self.out / label.package / f"{label.name}.py")

    # Records --------------------------------------------------------------------------------------

    def record(self, action: str, key: Digest) -> Json | None:
        """The passing record of an action; raises IntegrityError if it names another key."""
        if self.building:
            self.blobs.use(key)
        record = self.index.get(f"{action}:{key.hex}")
        if record is None:
            return None
        if not isinstance(record, dict) or record.get("key") != key.hex:
            raise IntegrityError(
                "a record in the action cache is not for the key it stands under",
                facts={"action": action, "key": key.hex},
                hint="`fxgbuild cache verify` lists what else is wrong",
            )
        origin = record.get("origin")
        if origin is not None:  # of a remote cache: trust may have been withdrawn since
            remote = self.remote()
            if remote is None or not remote.believes(origin):
                return None
        return record if record.get("passed") is True else None

    def keep(
        self,
        step: Step,
        verdict: Verdict,
        outputs: Mapping[str, Digest],
        tools: Json,
        sandbox: str,
    ) -> None:
        """Record a passing action: its preimage as a blob first, then the record."""
        if step.key is None:
            raise ValueError(f"{step.action} has no key")
        preimage = preimage_bytes(step.action, step.preimage)
        self.blobs.put(preimage, durable=False)  # it explains, and can be made again
        crash.point("record.preimage")
        record = {
            "key": step.key.hex,
            "action": step.action,
            "passed": verdict.passed,
            "outputs": {name: digest.hex for name, digest in outputs.items()},
            "tools": tools,
            "wall_s": round(verdict.wall_s, 3),
            "date": today(),
        }
        if verdict.figure is not None:
            record["figure"] = verdict.figure
        self.index.put(f"{step.action}:{step.key.hex}", record)
        crash.point("record.put")
        remote = self.remote()
        if remote is not None:
            blobs = {digest: self.blobs.get(digest) for digest in outputs.values()}
            shared = {digest: data for digest, data in blobs.items() if data is not None}
            remote.upload(
                step.action, step.key, record | {"sandbox": sandbox}, shared | {step.key: preimage}
            )

    # Elsewhere ------------------------------------------------------------------------------------

    def remote(self) -> "Remote | None":
        """The remote cache, opened when it is first needed."""
        if self._remote is None:
            self._remote = (self.open_remote() if self.open_remote else None,)
        return self._remote[0]

    def outputs_seen(self, action: str, key: Digest) -> Mapping[str, str] | None:
        """The outputs that this store knows of an action; the first seen stand."""
        record = self.index.get(f"{action}:{key.hex}")
        return record["outputs"] if isinstance(record, dict) else None

    def found(self, step: Step) -> bool:
        """Has the action passed here, or where the settings say that others are believed?"""
        if step.key is None:
            return False
        return self.passed(step.action, step.key) or self._fetched(step.action, step.key)

    def fetch_pin(self, key: Digest) -> bool:
        """Take over a pin of this key from the remote cache, if it has one."""
        outputs = self.outputs_seen("generate", key) if self._fetched("generate", key) else None
        row = self.blobs.get(Digest(outputs["pin"])) if outputs else None
        if row is None:
            return False
        self.index.put(f"pin:{key.hex}", json.loads(row))
        return self.private(key) is not None

    def _fetched(self, action: str, key: Digest) -> bool:
        remote = self.remote()
        body = remote.record(action, key) if remote else None
        outputs = remote.outputs(body) if remote and body else None
        if remote is None or body is None or outputs is None:
            return False
        preimage = remote.blob(key, body["preimage"]["size"])
        for data in (*outputs.values(), *([preimage] if preimage else [])):
            self.blobs.put(data)
        origin = {name: body[name] for name in ("namespace", "signer", "sandbox")}
        record = {
            "key": key.hex,
            "action": action,
            "passed": True,
            "outputs": {name: digest_bytes(data).hex for name, data in outputs.items()},
            "tools": body["tools"],
            "wall_s": 0.0,
            "date": body["date"],
            "origin": origin,
        }
        self.index.put(f"{action}:{key.hex}", record)
        return True

    def _deferred(self, other: Other, action: str, key: Digest) -> bool:
        record = other.record(action, key)
        if record is None:
            return False
        for digest in (key, *map(Digest, record["outputs"].values())):
            data = other.blob(digest)
            if data is not None:
                self.blobs.put(data)
        self.index.put(f"{action}:{key.hex}", record)
        return True

    # What stands ----------------------------------------------------------------------------------

    def settle(self, stands: Iterable[tuple[Label, Step]]) -> None:
        """Remember under which keys labels stand now, whether or not anything ran."""
        rows = {f"last:{label}:{step.action}": step.key.hex for label, step in stands if step.key}
        known = self.index.get_many(list(rows))
        self.index.put_many({name: key for name, key in rows.items() if known.get(name) != key})

    def has_reply(self, key: Digest, attempt: int) -> bool:
        """Is there a raw reply to this attempt that nobody has judged?"""
        return self.index.get(f"reply:{key.hex}:{attempt}") is not None

    # Pins -----------------------------------------------------------------------------------------

    def private(self, key: Digest) -> Pin | None:
        """A validated generation that was not written to `cache/`."""
        record = self.index.get(f"pin:{key.hex}")
        if record is None:
            return None
        try:
            version = key_version("generate", record["preimage"], key)
            sound = record["key"] == key.hex and version is not None
            data = self.blobs.get(Digest(record["code"]))
            package, _, name = record["label"][2:].partition(":")
        except (KeyError, TypeError, ValueError):
            sound, data = False, None
        if not sound:
            raise IntegrityError(
                "a private pin in the action cache does not agree with itself",
                facts={"key": key.hex},
                hint="`fxgbuild cache verify` lists what else is wrong",
            )
        if data is None:
            return None
        return Pin(
            label=Label(package, name),
            key=key,
            preimage=record["preimage"],
            code=Digest(record["code"]),
            hole=data.decode(),
            provenance=record["provenance"],
            attempts=tuple(record["attempts"]),
            validated=record["validated"],
            carried=tuple(record["carried"]),
        )

    def keep_pin(self, pin: Pin, *, commit: bool) -> None:
        code = pin.hole.encode()
        self.blobs.put(code)
        self.index.put(f"pin:{pin.key.hex}", pin.to_json())
        if commit and not self.frozen:
            self._set_aside(pin)
            self.pins.write(pin)
        self._pins.pop(pin.label, None)

    def _set_aside(self, pin: Pin) -> None:
        """What a pin takes the place of was paid for too: an edit taken back finds it again."""
        with suppress(FxgError):  # a pin that is broken is what is being replaced
            old = self.committed(pin.label)
            if old is None or old.key == pin.key:
                return
            if self.index.get(f"pin:{old.key.hex}") is None:
                self.blobs.put(old.hole.encode())
                self.index.put(f"pin:{old.key.hex}", old.to_json())

    def share_pin(self, pin: Pin, sandbox: str) -> None:
        """Let the others of a remote cache have what was generated here."""
        remote = self.remote()
        if remote is None:
            return
        row = canonical_json(pin.to_json())
        blobs = {pin.key: preimage_bytes("generate", pin.preimage)}
        blobs |= {digest_bytes(data): data for data in (row, pin.hole.encode())}
        record = {
            "key": pin.key.hex,
            "passed": True,
            "outputs": {"code": pin.code.hex, "pin": digest_bytes(row).hex},
            "tools": None,
            "sandbox": sandbox,
            "date": today(),
        }
        remote.upload("generate", pin.key, record, blobs)

    def refresh(self) -> None:
        """Pins may have come from another build; read them again."""
        self._pins.clear()
        self.pins.forget_keys()

    def forget(self, label: Label) -> None:
        self.pins.remove(label)
        self._pins.pop(label, None)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A private folder that is gone afterwards."""
        with tempfile.TemporaryDirectory(dir=scratch_home(self.out.parent)) as folder:
            yield Path(folder)

    # The readable tree ---------------------------------------------------------------------------

    def render(self, label: Label, code: str) -> Digest:
        """Write the readable, importable copy of a target's code."""
        folder = self.out / label.package
        data = code.encode()
        with unless_read_only():
            write_atomic(folder / f"{label.name}.py", data, mode=0o444, durable=False)
            for stale in (folder / "__pycache__").glob(f"{label.name}.*.pyc"):
                stale.unlink(missing_ok=True)  # dated by the second: a notebook would reload it
            crash.point("render.written")
            init = folder / "__init__.py"
            if digest_file(init) != digest_bytes(IMPORTABLE):
                write_atomic(init, IMPORTABLE, durable=False)
        return digest_bytes(data)

    def render_beside(self, package: str, path: str, data: bytes) -> None:
        """Write the readable copy of a first-party module, where existing code finds it."""
        target = self.out / package / path
        if digest_file(target) != digest_bytes(data):
            with unless_read_only():
                write_atomic(target, data, mode=0o444, durable=False)

    def render_failed(self, label: Label, attempt: int, code: str) -> Path:
        """Write a rejected candidate where its findings point."""
        path = self.out / "_failed" / label.package / label.name / f"attempt_{attempt}.py"
        with unless_read_only():
            write_atomic(path, code.encode(), mode=0o444)
        return path


@contextmanager
def unless_read_only() -> Iterator[None]:
    """A copy for readers is not worth a failed build."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise


def today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())


def _facts(pin: Pin) -> PinFacts:
    return PinFacts(pin.label, pin.key, pin.preimage, pin.hole, pin.validated)


def open_stores(
    root: Path, store: Path, cache: Path, *, frozen: bool = False, looks: Looks | None = None
) -> Stores:
    """The stores of a workspace; nothing is created before something is written."""
    refuse_shared(store)
    blobs = BlobStore(store / "cas")
    pins = PinStore(root / cache, blobs, looks)
    return Stores(blobs, Index(store / "index"), pins, store / "out", frozen)
