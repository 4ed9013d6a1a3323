"""Values of examples and cases: JSON as people write it, read by a port's schema.

Arrays are nested lists (null is NaN), bytes base64, tables a list of rows or a mapping of columns.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from fxgbuild.runtime import document
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
        raise ValueError("expected base64 text") from None


def _list(value: Json, schema: Schema) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("expected a list")
    return [read(item, schema["items"]) for item in value]


def _fields(value: Json, schema: Schema) -> dict[str, Any]:
    fields = schema["state"] if "state" in schema else schema["properties"]
    if not isinstance(value, Mapping) or not set(value) <= set(fields):
        raise ValueError(f"expected a mapping of {', '.join(fields)}")
    return {key: read(item, fields[key]) for key, item in value.items()}


def _array(value: Json, schema: Schema) -> Any:
    import numpy as np  # noqa: PLC0415  (only where there are arrays)

    def filled(item: Json) -> Json:
        if isinstance(item, list):
            return [filled(part) for part in item]
        if item is None:
            return float("nan")
        if isinstance(item, Mapping) and set(item) == {"re", "im"}:
            return complex(item["re"], item["im"])
        return item

    wanted = np.dtype(schema["array"]["dtype"])
    made = np.array(filled(value))
    if made.size and not np.can_cast(made.dtype, wanted, "same_kind") and wanted.kind != "u":
        raise ValueError(f"expected numbers that are {wanted}")
    return made.astype(wanted)


def _table(value: Json, schema: Schema) -> Any:
    import pandas as pd  # noqa: PLC0415

    columns: dict[str, list[Any]]
    if isinstance(value, list):
        names = list(dict.fromkeys(name for row in value for name in row))
        names = names or list(schema["table"]["columns"])
        columns = {name: [row.get(name) for row in value] for name in names}
    else:
        columns = {name: list(items) for name, items in value.items()}
    known = schema["table"]["columns"]
    series = {}
    for name, items in columns.items():
        column = known.get(name)
        series[name] = [
            item if column is None or item is None else read(item, column) for item in items
        ]
    from fxgbuild.runtime import codec  # noqa: PLC0415

    return codec.decode(codec.encode(pd.DataFrame(series), schema), schema)


_READERS: dict[str, Callable[[Json, Schema], Any]] = {
    "optional": _optional,
    "array": _array,
    "bytes": _bytes,
    "table": _table,
    "list": _list,
    "record": _fields,
    "state": _fields,
}
