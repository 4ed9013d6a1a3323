"""Tables as bytes: one Arrow IPC stream of one batch, in schema order, without pandas metadata.

In code a table is a pandas DataFrame. A missing value stands only in an optional column or in
one of the further columns that a row variable allows.
"""

import datetime
import decimal
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from . import document
from .schema import Schema, is_optional, kind, stripped

_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_ARROW = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "enum": pa.string(),
    "decimal": pa.string(),
    "date": pa.date32(),
}
_NULLABLE = {pa.int64(): "Int64", pa.bool_(): "boolean"}


def encode(value: Any, schema: Schema) -> bytes:
    """Write a DataFrame, or say which column is not of its schema."""
    columns = frame_columns(value, schema)
    arrays, fields = [], []
    for name, column in columns.items():
        try:
            array = _to_arrow(value[name], column)
        except (ValueError, TypeError, pa.ArrowException) as error:
            raise ValueError(f"column {name}: {_first_line(error)}") from None
        arrays.append(array)
        fields.append(pa.field(name, array.type, nullable=column is None or is_optional(column)))
    layout = pa.schema(fields)
    batch = pa.record_batch(arrays, schema=layout)
    if not arrays:
        batch = pa.RecordBatch.from_struct_array(pa.array([{}] * len(value), type=pa.struct([])))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def decode(data: bytes, schema: Schema) -> Any:
    """Read a DataFrame with a plain index, its columns in schema order."""
    found = _read(data)
    columns = _ordered(found.column_names, schema)
    series: dict[str, Any] = {}
    for name, column in columns.items():
        try:
            series[name] = _to_pandas(found.column(name).combine_chunks(), column)
        except (ValueError, TypeError, ArithmeticError, pa.ArrowException) as error:
            raise ValueError(f"column {name}: {_first_line(error)}") from None
    return pd.DataFrame(series, index=pd.RangeIndex(found.num_rows))


def frame_columns(value: Any, schema: Schema) -> dict[str, Schema | None]:
    """Give the columns in schema order, those of the row variable last and without a schema."""
    if not isinstance(value, pd.DataFrame):
        raise ValueError(f"expected a table (pandas DataFrame), found {type(value).__name__}")
    names = list(value.columns)
    if not all(isinstance(name, str) for name in names):
        raise ValueError("expected column names that are text")
    return _ordered(names, schema)


def _ordered(names: list[str], schema: Schema) -> dict[str, Schema | None]:
    declared = schema["table"]["columns"]
    if len(set(names)) != len(names):
        raise ValueError("a column name stands twice")
    missing = [name for name in declared if name not in names]
    if missing:
        raise ValueError(f"the table lacks the column {missing[0]!r}")
    further = [name for name in names if name not in declared]
    if further and not schema["table"].get("rest"):
        raise ValueError(f"the table has no column {further[0]!r}")
    return {**declared, **dict.fromkeys(further)}


def _to_arrow(series: Any, column: Schema | None) -> Any:
    missing = series.isna().to_numpy(dtype=bool)
    if column is None:
        return _further_to_arrow(series, missing)
    if missing.any() and not is_optional(column):
        raise ValueError(f"{int(missing.sum())} missing values in a column that is not optional")
    inner = stripped(column)
    name = kind(inner)
    if name not in _ARROW:
        raise ValueError(f"a column cannot be of kind {name}")
    if name in ("integer", "number", "boolean"):
        return _numeric_to_arrow(series, missing, name)
    return pa.array(_plain_items(series, missing, inner), type=_ARROW[name])


def _further_to_arrow(series: Any, missing: Any) -> Any:
    if pd.api.types.is_bool_dtype(series.dtype):
        return _numeric_to_arrow(series, missing, "boolean")
    if pd.api.types.is_integer_dtype(series.dtype):
        return _numeric_to_arrow(series, missing, "integer")
    if pd.api.types.is_float_dtype(series.dtype):
        return _numeric_to_arrow(series, missing, "number")
    items = _plain_items(series, missing, {"type": "string"})
    return pa.array(items, type=pa.string())


def _numeric_to_arrow(series: Any, missing: Any, name: str) -> Any:
    """Convert with a fixed value under every missing one, so that equal tables are equal bytes."""
    is_kind = {
        "integer": pd.api.types.is_integer_dtype,
        "number": pd.api.types.is_float_dtype,
        "boolean": pd.api.types.is_bool_dtype,
    }[name]
    dtype = {"integer": np.int64, "number": np.float64, "boolean": np.bool_}[name]
    whole_as_float = name == "integer" and missing.any() and series.dtype == np.float64
    if not is_kind(series.dtype) and not whole_as_float and not missing.all():
        raise ValueError(f"expected {name}, found {series.dtype}")
    values: Any = np.zeros(len(series), dtype=dtype)
    present = series[~missing].to_numpy()
    if whole_as_float and not np.array_equal(present, np.floor(present)):
        raise ValueError("expected integer, found fractions")
    if present.dtype == np.uint64 and present.size and present.max() > np.iinfo(np.int64).max:
        raise ValueError("an integer does not fit into 64 bits with a sign")
    values[~missing] = present.astype(dtype)
    return pa.array(values, type=_ARROW[name], mask=missing if missing.any() else None)


def _plain_items(series: Any, missing: Any, column: Schema) -> list[Any]:
    name = kind(column)
    items: list[Any] = []
    for value, absent in zip(series.tolist(), missing.tolist(), strict=True):
        if absent:
            items.append(None)
        elif name == "date":
            day = _day(value)
            items.append(document.parse_date(document.to_json(day, column, _never)))
        else:
            items.append(document.to_json(value, column, _never))
    return items


def _day(value: Any) -> Any:
    """Take a timestamp at midnight for its date."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    return value


def _never(_value: Any, schema: Schema) -> Any:
    raise ValueError(f"a column cannot be of kind {kind(schema)}")


def _to_pandas(array: Any, column: Schema | None) -> Any:
    name = _further_kind(array.type) if column is None else kind(stripped(column))
    if name not in _ARROW:
        raise ValueError(f"a column cannot be of kind {name}")
    array = _cast(array, _ARROW[name])
    optional = column is None or is_optional(column)
    if array.null_count and not optional:
        raise ValueError(f"{array.null_count} missing values in a column that is not optional")
    if name in ("integer", "boolean"):
        nullable = array.null_count if column is None else optional
        plain = {"integer": "int64", "boolean": "bool"}[name]
        return pd.Series(array.to_pylist(), dtype=_NULLABLE[_ARROW[name]] if nullable else plain)
    if name == "number":
        return pd.Series(array.to_numpy(zero_copy_only=False), dtype="float64")
    if name in ("text", "enum"):
        items = _members(array.to_pylist(), column if name == "enum" else None)
        return pd.Series(items, dtype=_text_dtype())
    return pd.Series([_scalar(item, name) for item in array.to_pylist()], dtype="object")


def _scalar(item: Any, name: str) -> datetime.date | decimal.Decimal | None:
    if item is None:
        return None
    if name == "decimal":
        return document.parse_decimal(item)
    day: datetime.date = item
    return day


def _members(items: list[Any], column: Schema | None) -> list[Any]:
    if column is not None:
        choices = stripped(column)["enum"]
        for item in items:
            if item is not None and item not in choices:
                raise ValueError(f"expected one of {', '.join(choices)}, found {item!r}")
    return items


def _text_dtype() -> str:
    return "str" if int(pd.__version__.split(".", maxsplit=1)[0]) >= 3 else "object"


def _further_kind(type_: Any) -> str:
    tests = {
        "boolean": pa.types.is_boolean,
        "integer": pa.types.is_integer,
        "number": pa.types.is_floating,
    }
    return next((name for name, test in tests.items() if test(type_)), "text")


def _cast(array: Any, target: Any) -> Any:
    """Widen within one family of types; anything else is another type."""
    families: Iterable[Any] = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_date,
        lambda t: pa.types.is_string(t) or pa.types.is_large_string(t),
    )
    if array.type == target:
        return array
    if any(test(array.type) and test(target) for test in families):
        return array.cast(target, safe=True)
    raise ValueError(f"expected {target}, found {array.type}")


def _read(data: bytes) -> Any:
    if not data.endswith(_END):
        raise ValueError("not a table: the Arrow stream does not end")
    try:
        _refuse_compression(data)
        source = pa.BufferReader(data)
        reader = pa.ipc.open_stream(source)
        if len(set(reader.schema.names)) != len(reader.schema.names):
            raise ValueError("a column name stands twice")
        found = reader.read_all()
        if source.tell() != len(data):
            raise ValueError("the table is followed by other data")
        found.validate(full=True)
    except (pa.ArrowException, OSError, EOFError, struct.error, IndexError) as error:
        raise ValueError(f"not a table: {_first_line(error)}") from None
    return found


def _refuse_compression(data: bytes) -> None:
    """Refuse compressed batches before any is read: their size is whatever they claim."""
    source = pa.BufferReader(data)
    while source.tell() < len(data):
        try:
            message = pa.ipc.read_message(source)
        except EOFError:
            return
        if message.type == "dictionary":
            raise ValueError("not a table: dictionary batches are not read")
        if message.type == "record batch" and _is_compressed(bytes(message.metadata)):
            raise ValueError("not a table: compressed batches are not read")


def _is_compressed(metadata: bytes) -> bool:
    """Look up whether the flatbuffer Message.header (a RecordBatch) has its field `compression`."""
    root = struct.unpack_from("<I", metadata, 0)[0]
    header_at = _field(metadata, root, 2)
    header = header_at + struct.unpack_from("<I", metadata, header_at)[0]
    return _field(metadata, header, 3) != 0


def _field(metadata: bytes, table: int, slot: int) -> int:
    vtable = table - struct.unpack_from("<i", metadata, table)[0]
    size = struct.unpack_from("<H", metadata, vtable)[0]
    at = 4 + 2 * slot
    offset = struct.unpack_from("<H", metadata, vtable + at)[0] if at < size else 0
    return table + int(offset) if offset else 0


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
