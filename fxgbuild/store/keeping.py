"""What a collection may take: a pure decision over facts.

Roots are never taken, nor what was used since `safe_since`. The rest goes by age, then by size,
least recently used first. A record goes before the blobs that only it names.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from fxgbuild.digest import Json, is_digest

DAY_NS = 86_400 * 10**9
UNITS = {"B": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}
SIZE = re.compile(r"([0-9]{1,9})(B|KiB|MiB|GiB|TiB)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Blob:
    size: int
    used_ns: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large and how old the store may be."""

    max_bytes: int = 10 * 2**30
    max_age_ns: int = 90 * DAY_NS


@dataclass(frozen=True, slots=True)
class Facts:
    """The store as it was found; times are the file system's."""

    now_ns: int
    safe_since_ns: int
    blobs: Mapping[str, Blob]
    rows: Mapping[str, Json]
    pinned: Set[str] = frozenset()  # every digest that a committed pin names
    pinned_keys: Set[str] = frozenset()  # generate keys that have a pin
    labels: Set[str] | None = None  # those that exist; None where nobody knows


@dataclass(frozen=True, slots=True)
class Taken:
    """A row of the index or a blob that goes, and why."""

    name: str
    why: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    rows: tuple[Taken, ...] = ()
    blobs: tuple[Taken, ...] = ()
    kept_bytes: int = 0
    rooted_bytes: int = 0


@dataclass(slots=True)
class _Holding:
    """What may go together: a row of the index, or no row and one blob that no row names."""

    row: str
    blobs: frozenset[str]
    used_ns: int


@dataclass(slots=True)
class _Store:
    facts: Facts
    roots: set[str] = field(default_factory=set)
    holdings: list[_Holding] = field(default_factory=list)
    holders: Counter[str] = field(default_factory=Counter)


def bounds(max_size: str, max_age_days: float) -> Bounds:
    """Bounds from words such as `10GiB`; raises ValueError."""
    found = SIZE.fullmatch(max_size)
    if found is None:
        raise ValueError(f"`{max_size}` is no size such as 500MiB or 10GiB")
    return Bounds(int(found[1]) << UNITS[found[2]], round(max_age_days * DAY_NS))


def digests_in(value: Json) -> Iterator[str]:
    """Every digest that a value names, wherever it stands."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            if is_digest(item):
                yield item
        elif isinstance(item, dict):
            todo += [*item, *item.values()]
        elif isinstance(item, list):
            todo += item


def is_record(value: Json) -> bool:
    return isinstance(value, dict) and {"action", "key", "outputs"} <= value.keys()


def choose(facts: Facts, allowed: Bounds) -> Choice:
    """Decide what goes, oldest first, and say why."""
    store = _sorted_out(facts)
    size = sum(blob.size for blob in facts.blobs.values())
    rows: list[Taken] = []
    blobs: list[Taken] = []
    for holding in sorted(store.holdings, key=lambda h: (h.used_ns, h.row)):
        if holding.used_ns >= facts.safe_since_ns:
            break
        why = _why(facts, allowed, holding, size)
        if not why:
            break  # what comes is younger, and the store is small enough
        if holding.row:
            rows.append(Taken(holding.row, why))
        for name in sorted(holding.blobs):
            store.holders[name] -= 1
            blob = facts.blobs.get(name)
            if blob and store.holders[name] <= 0 and blob.used_ns < facts.safe_since_ns:
                blobs.append(Taken(name, why, blob.size))
                size -= blob.size
    rooted = sum(blob.size for name, blob in facts.blobs.items() if name in store.roots)
    return Choice(tuple(rows), tuple(blobs), size, rooted)


def _why(facts: Facts, allowed: Bounds, holding: _Holding, size: int) -> str:
    age = facts.now_ns - holding.used_ns
    if age > allowed.max_age_ns:
        days, most = age // DAY_NS, allowed.max_age_ns / DAY_NS
        return f"not used for {days} days, {most:g} are allowed"
    if size > allowed.max_bytes:
        return f"least recently used of {size} bytes, {allowed.max_bytes} are allowed"
    return ""


def _sorted_out(facts: Facts) -> _Store:
    """Roots apart from what may go, and how many hold each blob that is no root."""
    store = _Store(facts, set(facts.pinned))
    current = {str(v) for k, v in facts.rows.items() if k.startswith("last:") and _lives(facts, k)}
    loose: list[tuple[str, frozenset[str]]] = []
    for row, value in facts.rows.items():
        names = frozenset(digests_in(value))
        if _may_go(facts, row, value, current):
            loose.append((row, names))
        else:
            store.roots |= names
    for row, names in loose:
        held = names - store.roots
        used = max((facts.blobs[n].used_ns for n in names if n in facts.blobs), default=0)
        store.holdings.append(_Holding(row, held, used))
        store.holders.update(held)
    for name, blob in facts.blobs.items():
        if name not in store.roots and name not in store.holders:
            store.holdings.append(_Holding("", frozenset({name}), blob.used_ns))
            store.holders[name] += 1
    return store


def _lives(facts: Facts, row: str) -> bool:
    label = row.removeprefix("last:").rpartition(":")[0]
    return facts.labels is None or label in facts.labels


def _may_go(facts: Facts, row: str, value: Json, current: Set[str]) -> bool:
    """Rows of a kind that is not known here keep what they name."""
    if row.startswith("last:"):
        return not _lives(facts, row)
    if row.startswith("reply:"):  # of a series that has ended in a pin
        key = row.split(":")[1]
        return key in facts.pinned_keys and f"renew:{key}" not in facts.rows
    return is_record(value) and value["key"] not in current
