"""Values of examples and cases: JSON as people write it, read by a port's schema.

Arrays are nested lists (null is NaN), bytes base64, tables a list of rows or a mapping of columns.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from fxgbuild.runtime import document
from fxgbuild.runtime.fault import Misfit, at, shown
from fxgbuild.runtime.schema import Schema, inner, kind

Json: TypeAlias = Any


def read(value: Json, schema: Schema) -> Any:
    """Give the value that code sees; ValueError for JSON that is not of this schema."""
    name = kind(schema)
    if name in _READERS:
        return _READERS[name](value, schema)
    return document.from_json(value, schema, lambda item, _: item)


def _optional(value: Json, schema: Schema) -> Any:
    return None if value is None else read(value, inner(schema))


def _bytes(value: Json, _schema: Schema) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Misfit(f"expected base64 text, found {shown(value)}") from None


def _list(value: Json, schema: Schema) -> list[Any]:
    if not isinstance(value, list):
        raise Misfit(f"expected a list, found {shown(value)}")
    return [at(f"item {n}", read, item, schema["items"]) for n, item in enumerate(value)]


def _fields(value: Json, schema: Schema) -> dict[str, Any]:
    fields = schema["state"] if "state" in schema else schema["properties"]
    if not isinstance(value, Mapping):
        raise Misfit(f"expected a mapping of {', '.join(fields)}, found {shown(value)}")
    extra = [name for name in value if name not in fields]
    if extra:
        raise Misfit(f"there is no field {shown(extra[0])}; the fields are {', '.join(fields)}")
    return {key: at(f"field {key}", read, item, fields[key]) for key, item in value.items()}


def _array(value: Json, schema: Schema) -> Any:
    import numpy as np  # noqa: PLC0415  (only where there are arrays)

    dtype, dims = np.dtype(schema["array"]["dtype"]), schema["array"]["dims"]
    try:
        made = np.array(_elements(value, dtype.kind, ()), dtype=dtype)
    except OverflowError:
        raise Misfit(f"a number does not fit into {dtype}") from None
    except Misfit:
        raise
    except ValueError:
        raise Misfit("rows of unequal length make no array") from None
    if made.size == 0 and made.ndim < len(dims):  # nested lists cannot say what has no elements
        further = (axis if isinstance(axis, int) else 0 for axis in dims[made.ndim :])
        made = made.reshape((*made.shape, *further))
    return made


def _elements(value: Json, code: str, place: tuple[int, ...]) -> Json:
    """Every element, of the right type for a dtype's kind, in the nesting it came in."""
    if isinstance(value, list):
        return [_elements(item, code, (*place, n)) for n, item in enumerate(value)]
    if value is None and code in "fc":
        return float("nan")
    if code == "c" and isinstance(value, Mapping) and set(value) == {"re", "im"}:
        return complex(value["re"], value["im"])
    types = {"b": bool, "i": int, "u": int}.get(code, (int, float))
    if isinstance(value, types) and (code == "b" or not isinstance(value, bool)):
        return value
    words = {"b": "true or false", "i": "an integer", "u": "an integer"}.get(code, "a number")
    raise Misfit(f"expected {words}, found {shown(value)}", f"element {list(place)}")


def _table(value: Json, schema: Schema) -> Any:
    import pandas as pd  # noqa: PLC0415

    known = schema["table"]["columns"]
    columns: dict[str, list[Any]]
    if isinstance(value, list):
        for number, row in enumerate(value):
            if not isinstance(row, Mapping):
                raise Misfit(f"expected a mapping of columns, found {shown(row)}", f"row {number}")
        names = list(dict.fromkeys([*known, *(name for row in value for name in row)]))
        columns = {name: [row.get(name) for row in value] for name in names}
    elif isinstance(value, Mapping):
        columns = {name: list(items) for name, items in value.items()}
    else:
        raise Misfit(f"expected a list of rows or a mapping of columns, found {shown(value)}")
    if len({len(items) for items in columns.values()}) > 1:
        raise Misfit("columns of unequal length make no table")
    series = {name: _column(name, items, known.get(name)) for name, items in columns.items()}
    from fxgbuild.runtime import codec  # noqa: PLC0415

    return codec.decode(codec.encode(pd.DataFrame(series), schema), schema)


def _column(name: str, items: list[Json], column: Schema | None) -> Any:
    """Cells of a declared column as its schema reads them, others by what they all are."""
    import pandas as pd  # noqa: PLC0415

    if column is None:
        types = {type(item) for item in items if item is not None}
        exact = {frozenset({bool}): "boolean", frozenset({int}): "Int64"}
        dtype = "float64" if types == {int, float} else exact.get(frozenset(types))
        return pd.Series(items, dtype="float64" if types == {float} else dtype or "object")
    cells = []
    for row, item in enumerate(items):
        try:
            cells.append(None if item is None else read(item, column))
        except Misfit as misfit:
            raise misfit.under(f"column {name}", f"row {row}") from None
    return pd.Series(cells, dtype="object")


_READERS: dict[str, Callable[[Json, Schema], Any]] = {
    "optional": _optional,
    "array": _array,
    "bytes": _bytes,
    "table": _table,
    "list": _list,
    "record": _fields,
    "state": _fields,
}
