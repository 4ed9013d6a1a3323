"""What the stores hold and what they saved; a number that nobody knows is none."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fxgbuild.digest import Json
from fxgbuild.errors import FxgError
from fxgbuild.store.gc import Room
from fxgbuild.store.keeping import is_record
from fxgbuild.store.pin import Pin


@dataclass(slots=True)
class Lookups:
    """What the recorded runs found in the stores."""

    runs: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    misses: Counter[str] = field(default_factory=Counter)


def census(room: Room) -> dict[str, Json]:
    """Count pins, records and blobs, and what recorded runs made of them."""
    blobs, size = room.blobs.size()
    rows = room.index.items() if room.index.exists() else {}
    records = Counter(str(value["action"]) for value in rows.values() if is_record(value))
    pins = list(_pins(room))
    seen = lookups(room.store / "runs")
    return {
        "pins": sum(1 for _ in room.pins.labels()),
        "records": sum(records.values()),
        "by_action": dict(sorted(records.items())),
        "rows": len(rows),
        "blobs": blobs,
        "bytes": size,
        "quarantined": len(room.blobs.quarantined()),
        "store": str(room.store),
        "runs": seen.runs,
        "hits": dict(sorted(seen.hits.items())),
        "misses": dict(sorted(seen.misses.items())),
        "spent": {part: _sum([_used(pin, part) for pin in pins]) for part in PARTS},
        "saved": {part: _saved(pins, part, seen) for part in PARTS},
    }


PARTS = {"tokens": "total_tokens", "cost": "cost"}


def _pins(room: Room) -> Iterator[Pin]:
    for label in room.pins.labels():
        try:
            pin = room.pins.read(label)
        except FxgError:  # `cache verify` is who says so
            continue
        if pin is not None:
            yield pin


def _used(pin: Pin, part: str) -> float | None:
    """What the attempts of one pin used; None where one of them does not say."""
    usages = [attempt.get("usage") for attempt in pin.attempts]
    provenance = pin.provenance if isinstance(pin.provenance, dict) else {}
    found = [_number(usage, PARTS[part]) for usage in usages or [provenance.get("usage")]]
    return _sum(found)


def _number(usage: Json, name: str) -> float | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _sum(numbers: list[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None


def _saved(pins: list[Pin], part: str, seen: Lookups) -> float | None:
    """Hits times what a pin took on average; only where every pin and some run is known."""
    total = _sum([_used(pin, part) for pin in pins])
    if total is None or not seen.runs:
        return None
    return round(total / len(pins) * seen.hits["generate"], 4)


def lookups(folder: Path) -> Lookups:
    """Hits by action, and misses by the field that moved, over every recorded run."""
    seen = Lookups()
    for path in sorted(folder.glob("*.jsonl")):
        seen.runs += 1
        try:
            with path.open("rb") as lines:
                for line in lines:
                    _add(seen, line)
        except OSError:
            continue
    return seen


def _add(seen: Lookups, line: bytes) -> None:
    """One event; a line that cannot be read, such as a dead run's last, counts nothing."""
    try:
        event = json.loads(line)
        match event["event"]:
            case "planned":
                seen.hits.update({str(k): int(n) for k, n in event.get("cached", {}).items()})
                for target in event.get("targets", []):
                    fields = {_field(reason) for reason in target["reasons"]}
                    seen.misses.update(fields if target["state"] == "dirty" else ())
            case "action" if event["outcome"] in ("cached", "shared"):
                seen.hits[str(event["action"])] += 1
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        return


def _field(reason: Json) -> str:
    return str(reason["field"] if isinstance(reason, dict) else reason[0])
