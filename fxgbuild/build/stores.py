"""The stores of one workspace, and what they know: blobs, records, pins, the readable tree."""

import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fxgbuild import crash
from fxgbuild.build.verdict import Verdict
from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.errors import IntegrityError
from fxgbuild.files import digest_file, refuse_shared, write_atomic
from fxgbuild.lang.label import Label
from fxgbuild.plan.key import key_of, preimage_bytes
from fxgbuild.plan.plan import PinFacts, Step
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.index import Index
from fxgbuild.store.pin import Looks, Pin, PinStore


@dataclass(slots=True)
class Stores:
    """Lookup order: for a generation `cache/`, then private; for pure actions private."""

    blobs: BlobStore
    index: Index
    pins: PinStore
    out: Path
    frozen: bool = False
    _pins: dict[Label, Pin | None] = field(default_factory=dict)

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
        return _facts(pin) if pin else None

    def passed(self, action: str, key: Digest) -> bool:
        record = self.record(action, key)
        if record is None:
            return False
        return all(Digest(digest) in self.blobs for digest in record["outputs"].values())

    def last(self, label: Label, action: str) -> Json | None:
        key = self.index.get(f"last:{label}:{action}")
        data = self.blobs.get(Digest(key)) if isinstance(key, str) else None
        return json.loads(data)[1] if data else None

    def rendered(self, label: Label) -> Digest | None:
        return digest_file(self.out / label.package / f"{label.name}.py")

    # Records --------------------------------------------------------------------------------------

    def record(self, action: str, key: Digest) -> Json | None:
        """The passing record of an action; raises IntegrityError if it names another key."""
        record = self.index.get(f"{action}:{key.hex}")
        if record is None:
            return None
        if not isinstance(record, dict) or record.get("key") != key.hex:
            raise IntegrityError(
                "a record in the action cache is not for the key it stands under",
                facts={"action": action, "key": key.hex},
                hint="`fxgbuild cache verify` lists what else is wrong",
            )
        return record if record.get("passed") is True else None

    def keep(self, step: Step, verdict: Verdict, outputs: dict[str, Digest], tools: Json) -> None:
        """Record a passing action: its preimage as a blob first, then the record."""
        if step.key is None:
            raise ValueError(f"{step.action} has no key")
        self.blobs.put(preimage_bytes(step.action, step.preimage))
        crash.point("record.preimage")
        self.index.put(
            f"{step.action}:{step.key.hex}",
            {
                "key": step.key.hex,
                "action": step.action,
                "passed": verdict.passed,
                "outputs": {name: digest.hex for name, digest in outputs.items()},
                "tools": tools,
                "wall_s": round(verdict.wall_s, 3),
                "date": time.strftime("%Y-%m-%d", time.gmtime()),
            },
        )
        crash.point("record.put")

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
            sound = record["key"] == key.hex == key_of("generate", record["preimage"]).hex
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
        self.blobs.put(pin.hole.encode())
        self.index.put(f"pin:{pin.key.hex}", pin.to_json())
        if commit and not self.frozen:
            self.pins.write(pin)
        self._pins.pop(pin.label, None)

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
        home = self.out.parent / "tmp"
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home) as folder:
            yield Path(folder)

    # The readable tree ---------------------------------------------------------------------------

    def render(self, label: Label, code: str) -> Digest:
        """Write the readable, importable copy of a target's code."""
        folder = self.out / label.package
        data = code.encode()
        write_atomic(folder / f"{label.name}.py", data, mode=0o444, durable=False)
        crash.point("render.written")
        init = folder / "__init__.py"
        if not init.exists():
            write_atomic(init, b"")
        return digest_bytes(data)

    def render_failed(self, label: Label, attempt: int, code: str) -> Path:
        """Write a rejected candidate where its findings point."""
        path = self.out / "_failed" / label.package / label.name / f"attempt_{attempt}.py"
        write_atomic(path, code.encode(), mode=0o444)
        return path


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
