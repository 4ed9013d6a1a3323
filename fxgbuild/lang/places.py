"""Where each part of a file stands: a table of numbers beside the file's value.

One row a value, in the order of the file: line and column of its key, of itself, and the row after
all that is in it. Twenty bytes a value, so the places of a large workspace cost little to keep.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fxgbuild.digest import Json

Path = tuple[str | int, ...]
Place = tuple[int, int]

WIDTH = 5  # key line, key column, line, column, row after the last part
UNKNOWN = 0  # a line that nothing stands on: the file does not spell this part out
NO_KEY: Place = (UNKNOWN, 0)
Rows = Mapping[str | int, int] | Sequence[int]


@dataclass(slots=True)
class Places:
    """The table, and which rows the parts of each collection looked into have."""

    table: array[int] = field(default_factory=lambda: array("I"))
    _parts: dict[int, Rows] = field(default_factory=dict, compare=False, repr=False)

    def add(self, key: Place, place: Place) -> int:
        """Append the row of the next value of the file; a collection is closed later."""
        row = len(self.table) // WIDTH
        self.table.extend((*key, *place, row + 1))
        return row

    def close(self, row: int) -> None:
        """All parts of a collection have been added."""
        self.table[row * WIDTH + 4] = len(self.table) // WIDTH

    def find(self, value: Json, path: Path) -> tuple[Place, Place | None]:
        """The place of a path or of what is nearest around it, and of its key if it is there."""
        table, row, place, whole = self.table, 0, (1, 1), True
        if not table:
            return place, None
        if table[2]:
            place = table[2], table[3]
        for part in path:
            rows = self._parts.get(row)
            if rows is None:
                rows = self._parts[row] = self.rows(row, value)
            try:
                row, value = rows[part], value[part]  # type: ignore[index]
            except (LookupError, TypeError):
                whole = False
                break
            at = row * WIDTH
            if table[at + 2]:
                place = table[at + 2], table[at + 3]
        at = row * WIDTH
        return place, (table[at], table[at + 1]) if whole and table[at] else None

    def rows(self, row: int, value: Json) -> Rows:
        """The row of each part of a collection; never out of the table, whatever it holds."""
        table, here, last = self.table, row + 1, len(self.table) // WIDTH - 1
        found: list[int] = []
        for _ in value if isinstance(value, dict | list) else ():
            here = min(here, last)
            found.append(here)
            here = max(table[here * WIDTH + 4], here + 1)
        return dict(zip(value, found, strict=True)) if isinstance(value, dict) else found

    def to_bytes(self) -> bytes:
        return _little(self.table).tobytes()


def from_bytes(data: bytes) -> Places:
    """Read a table back; raises ValueError for one that is cut."""
    table = array("I")
    table.frombytes(data)
    if not table or len(table) % WIDTH:
        raise ValueError("a row is cut")
    return Places(_little(table))


def _little(table: array[int]) -> array[int]:
    """The same numbers with the bytes in the order that files have them."""
    if sys.byteorder == "big":
        table = array("I", table)
        table.byteswap()
    return table


def of_paths(value: Json, known: Mapping[Path, Place]) -> Places:
    """The table for places that were found path by path; parts without one stay unknown."""
    places = Places()
    _add(places, value, (), NO_KEY, known)
    return places


def _add(places: Places, value: Json, path: Path, key: Place, known: Mapping[Path, Place]) -> None:
    row = places.add(key, known.get(path, NO_KEY))
    parts: Iterable[tuple[str | int, Json]] = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for name, part in parts:
        _add(places, part, (*path, name), NO_KEY, known)
    places.close(row)


def without(value: Json, places: Places, parts: set[Path]) -> tuple[Json, Places]:
    """A value and its places less some parts; what follows in a list moves up."""
    left = Places()
    return _copy(value, places, 0, (), parts, left), left


def _copy(
    value: Json, places: Places, row: int, path: Path, parts: set[Path], left: Places
) -> Json:
    at, table = row * WIDTH, places.table
    copied = left.add((table[at], table[at + 1]), (table[at + 2], table[at + 3]))
    rows = places.rows(row, value)
    result: Json = value
    if isinstance(value, dict | list):
        names = list(value) if isinstance(value, dict) else range(len(value))
        kept = [(name, (*path, name)) for name in names if (*path, name) not in parts]
        made = [(name, _copy(value[name], places, rows[name], p, parts, left)) for name, p in kept]
        result = dict(made) if isinstance(value, dict) else [item for _, item in made]
    left.close(copied)
    return result
