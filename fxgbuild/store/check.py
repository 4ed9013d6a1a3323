"""Verification of the stores: every pin, row and blob is read; what can be mended is, if asked."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fxgbuild.digest import Digest, Json, is_digest
from fxgbuild.errors import FxgError, IntegrityError
from fxgbuild.files import BESIDE
from fxgbuild.lang.label import Label
from fxgbuild.store.gc import Room, announce
from fxgbuild.store.keeping import is_record


@dataclass(slots=True)
class Report:
    """What was found; `mended` says what was done about it."""

    pins: int = 0
    records: int = 0
    blobs: int = 0
    bytes: int = 0
    problems: list[FxgError] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)  # records whose outputs are gone
    mended: list[str] = field(default_factory=list)

    def to_json(self) -> Json:
        return {
            "status": "failed" if self.problems else "ok",
            "pins": self.pins,
            "records": self.records,
            "blobs": self.blobs,
            "bytes": self.bytes,
            "problems": [{"id": p.id, "message": p.message, **p.facts} for p in self.problems],
            "misses": self.misses,
            "mended": self.mended,
        }


def verify(room: Room, *, repair: bool = False) -> Report:
    """Read everything that is stored. A damaged blob is set aside, as at every read."""
    report = Report()
    for name in room.blobs.damaged():
        report.problems.append(
            IntegrityError(
                "a blob does not hash to its name; it was set aside",
                facts={"blob": name},
                hint="nothing was run from it; what needs it is built again",
            )
        )
    report.blobs, report.bytes = room.blobs.size()
    _rows(room, report, repair=repair)
    for label in homes(room.pins.folder):
        _pin(room, label, report, repair=repair)
    return report


def _rows(room: Room, report: Report, *, repair: bool) -> None:
    try:
        rows = room.index.items() if room.index.exists() else {}
    except FxgError as error:
        report.problems.append(error)
        return
    report.records = len(rows)
    if repair:
        announce(room.store, time.time_ns())
    for name, value in rows.items():
        if not is_record(value):
            continue
        if value["key"] != name.partition(":")[2]:
            report.problems.append(
                IntegrityError(
                    "a record in the action cache is not for the key it stands under",
                    facts={"record": name, "key": str(value["key"])},
                    hint="`fxgbuild cache verify --repair` drops it; only a verdict is lost",
                )
            )
            if repair:
                room.index.remove(name)
                report.mended.append(f"dropped {name}, which is not for its key")
        elif not _outputs_there(room, value):
            report.misses.append(name)
            if repair:
                room.index.remove(name)
                report.mended.append(f"dropped {name}, whose outputs are gone")


def _outputs_there(room: Room, record: Json) -> bool:
    outputs = record["outputs"]
    if not isinstance(outputs, dict) or not all(map(is_digest, outputs.values())):
        return False
    return all(Digest(name) in room.blobs for name in outputs.values())


def _pin(room: Room, label: Label, report: Report, *, repair: bool) -> None:
    try:
        report.pins += room.pins.read(label) is not None
        if repair and room.pins.restore(label):
            report.mended.append(f"put the pinned code of {label} back into its place")
    except FxgError as error:
        report.problems.append(error)


def homes(cache: Path) -> Iterator[Label]:
    """Every label with a folder in `cache/`, code without a record too."""
    found = {path.parent for name in ("pin.json", "code.py") for path in cache.rglob(name)}
    for home in sorted(found):
        parts = home.relative_to(cache).parts
        if len(parts) >= 2 and not any(part.startswith(BESIDE) for part in parts):
            yield Label("/".join(parts[:-1]), parts[-1])
