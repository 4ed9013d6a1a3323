"""Compares what the code returned with what a case expects, and says where they first differ."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from fxgbuild.runtime import codec
from fxgbuild.runtime.schema import Schema, inner, kind

Json: TypeAlias = Any

_DEFAULT = 1e-9


@dataclass(frozen=True, slots=True)
class Tolerance:
    """|expected - found| may be at most `absolute` + `relative` * |expected|."""

    absolute: float
    relative: float

    def __str__(self) -> str:
        return f"{self.absolute:g}" + (f" + {self.relative:g} relative" if self.relative else "")


def tolerance(schema: Schema, within: float | None) -> Tolerance:
    """The case's own, else the port's, else what rounding may differ by."""
    if within is not None:
        return Tolerance(float(within), 0.0)
    declared = (schema.get("array") or schema).get("tolerance")
    if isinstance(declared, int | float):  # of a number, which has an absolute one alone
        return Tolerance(float(declared), 0.0)
    if declared:
        return Tolerance(float(declared.get("abs", 0)), float(declared.get("rel", 0)))
    return Tolerance(_DEFAULT, _DEFAULT)


def differences(
    expected: Any, found: Any, schema: Schema, within: float | None, where: str
) -> list[str]:
    """Give one sentence per difference, none when the two agree."""
    name = kind(schema)
    if name == "optional" and expected is not None and found is not None:
        return differences(expected, found, inner(schema), within, where)
    if expected is None or found is None:
        same = expected is None and found is None
        return [] if same else [f"{where}: expected {expected!r}, found {found!r}"]
    if name in ("array", "number"):
        compare = _arrays if name == "array" else _numbers
        return compare(expected, found, tolerance(schema, within), where)
    if name == "table":
        return _tables(expected, found, schema, within, where)
    if name in ("list", "record", "state"):
        return _members(expected, found, schema, within, where)
    same = codec.encode(expected, schema) == codec.encode(found, schema)
    return [] if same else [f"{where}: expected {_short(expected)}, found {_short(found)}"]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _numbers(expected: Any, found: Any, allowed: Tolerance, where: str) -> list[str]:
    left, right = float(expected), float(found)
    if left == right or (math.isnan(left) and math.isnan(right)):
        return []
    if abs(left - right) <= allowed.absolute + allowed.relative * abs(left):
        return []
    return [f"{where}: expected {left!r}, found {right!r} (allowed: {allowed})"]


def _arrays(expected: Any, found: Any, allowed: Tolerance, where: str) -> list[str]:
    import numpy as np  # noqa: PLC0415  (only where there are arrays)

    if expected.shape != found.shape:
        return [f"{where}: expected shape {list(expected.shape)}, found {list(found.shape)}"]
    if expected.dtype.kind in "fc":
        absolute, relative = allowed.absolute, allowed.relative
        same = np.isclose(found, expected, rtol=relative, atol=absolute, equal_nan=True)
    else:
        same = np.asarray(found == expected)
    if same.all():
        return []
    first = tuple(int(n) for n in np.argwhere(~same)[0])
    place = f"{where}[{', '.join(map(str, first))}]" if first else where
    count = f"{int(np.count_nonzero(~same))} of {same.size} elements differ"
    left, right = expected[first].item(), found[first].item()
    return [f"{place}: expected {left!r}, found {right!r} (allowed: {allowed}); {count}"]


def _tables(
    expected: Any, found: Any, schema: Schema, within: float | None, where: str
) -> list[str]:
    if len(expected) != len(found):
        return [f"{where}: expected {len(expected)} rows, found {len(found)}"]
    if list(expected.columns) != list(found.columns):
        return [f"{where}: expected columns {list(expected.columns)}, found {list(found.columns)}"]
    known: Mapping[str, Schema] = schema["table"]["columns"]
    for name in expected.columns:
        left, right = expected[name].tolist(), found[name].tolist()
        for row, pair in enumerate(zip(left, right, strict=True)):
            fault = _cells(*pair, known.get(name, {}), within, f"{where}.{name}[{row}]")
            if fault:
                return fault
    return []


def _cells(
    expected: Any, found: Any, column: Schema, within: float | None, where: str
) -> list[str]:
    if isinstance(expected, float) and isinstance(found, float):
        return _numbers(expected, found, tolerance(column, within), where)
    same = expected is found or repr(expected) == repr(found)  # both were read from bytes
    return [] if same else [f"{where}: expected {_short(expected)}, found {_short(found)}"]


def _members(
    expected: Any, found: Any, schema: Schema, within: float | None, where: str
) -> list[str]:
    if kind(schema) == "list":
        if len(expected) != len(found):
            return [f"{where}: expected {len(expected)} items, found {len(found)}"]
        pairs = enumerate(zip(expected, found, strict=True))
        return [
            line
            for n, (left, right) in pairs
            for line in differences(left, right, schema["items"], within, f"{where}[{n}]")
        ]
    fields = schema["state"] if kind(schema) == "state" else schema["properties"]
    found = found._asdict() if hasattr(found, "_asdict") else found
    if set(expected) != set(found):
        return [f"{where}: expected the fields {sorted(expected)}, found {sorted(found)}"]
    return [
        line
        for name in expected
        for line in differences(
            expected[name], found[name], fields[name], within, f"{where}.{name}"
        )
    ]
