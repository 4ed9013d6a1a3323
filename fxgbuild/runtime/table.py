"""Tables as bytes: one Arrow IPC stream of one batch, without pandas metadata.

In code a table is a pandas DataFrame: its declared columns by name, as in all JSON, then further
ones in their own order. A missing value stands only in an optional column or in
one of the further columns that a row variable allows. A column's unit goes along in the stream.
"""

import datetime
import decimal
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from . import arrow_stream, document
from .arrow_stream import first_line
from .fault import Misfit, shown, wanted
from .schema import Schema, is_optional, kind, stripped

_ARROW = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "enum": pa.string(),
    "decimal": pa.string(),
    "date": pa.date32(),
}
_NULLABLE = {"integer": "Int64", "boolean": "boolean"}
_NUMPY = {"integer": np.int64, "number": np.float64, "boolean": np.bool_}
_UNIT = b"unit"
_TEXT: Schema = {"type": "string"}
_FURTHER: dict[str, Schema] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
}


def encode(value: Any, schema: Schema) -> bytes:
    """Write a DataFrame, or say which column is not of its schema."""
    columns = frame_columns(value, schema)
    arrays, fields = [], []
    for name, column in columns.items():
        array = column_array(value[name], column, name)
        arrays.append(array)
        nullable = column is None or is_optional(column)
        unit = stripped(column).get("unit") if column is not None else None
        metadata = {_UNIT: str(unit).encode()} if unit else None
        fields.append(pa.field(name, array.type, nullable=nullable, metadata=metadata))
    batch = pa.record_batch(arrays, schema=pa.schema(fields))
    if not arrays:
        batch = pa.RecordBatch.from_struct_array(pa.array([{}] * len(value), type=pa.struct([])))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def decode(data: bytes, schema: Schema) -> Any:
    """Read a DataFrame with a plain index, its columns in their one order."""
    return from_arrow(arrow_stream.read(data), schema)


def from_arrow(found: Any, schema: Schema) -> Any:
    """Give a pyarrow.Table as a DataFrame of this schema; ValueError where it is not one."""
    columns = ordered(found.column_names, schema)
    series: dict[str, Any] = {}
    for name, column in columns.items():
        try:
            _check_unit(found.schema.field(name), column)
            series[name] = _to_pandas(found.column(name).combine_chunks(), column)
        except Misfit as misfit:
            raise misfit.under(f"column {name}") from None
        except (ValueError, TypeError, ArithmeticError, pa.ArrowException) as error:
            raise Misfit(first_line(error), f"column {name}") from None
    return pd.DataFrame(series, index=pd.RangeIndex(found.num_rows))


def plain_types(found: Any) -> Any:
    """Give a pyarrow.Table from elsewhere without dictionaries and with decimals as text."""
    columns = {}
    for name in found.column_names:
        column = found.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_decimal(column.type):
            items = [None if item is None else str(item) for item in column.to_pylist()]
            column = pa.chunked_array([pa.array(items, type=pa.string())])
        columns[name] = column
    units = {name: found.schema.field(name).metadata for name in columns}
    fields = [pa.field(name, c.type, metadata=units[name]) for name, c in columns.items()]
    return pa.table(list(columns.values()), schema=pa.schema(fields))


def frame_columns(value: Any, schema: Schema) -> dict[str, Schema | None]:
    """Give the columns by name, those of the row variable last and without a schema."""
    if not isinstance(value, pd.DataFrame):
        raise Misfit(f"expected a table (pandas DataFrame), found {shown(value)}")
    names = list(value.columns)
    for name in names:
        if not isinstance(name, str):
            raise Misfit(f"expected column names that are text, found {shown(name)}")
    return ordered(names, schema)


def further_kinds(value: Any, schema: Schema) -> dict[str, str]:
    """Name the kind of every column that the schema leaves to its row variable."""
    columns = frame_columns(value, schema)
    return {name: _kind_of(value[name]) for name, column in columns.items() if column is None}


def column_array(series: Any, column: Schema | None, name: str) -> Any:
    """Give a column as an Arrow array; Misfit with the column, and the row where it is one."""
    try:
        return _to_arrow(series, column)
    except Misfit as misfit:
        raise misfit.under(f"column {name}") from None
    except (ValueError, TypeError, pa.ArrowException) as error:
        raise Misfit(first_line(error), f"column {name}") from None


def ordered(names: list[str], schema: Schema) -> dict[str, Schema | None]:
    """Give the declared columns by name, then further ones; Misfit where names do not fit."""
    declared = schema["table"]["columns"]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise Misfit(f"the column {shown(twice[0])} stands twice")
    missing = [name for name in declared if name not in names]
    if missing:
        has = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
        raise Misfit(f"the table lacks the column {missing[0]!r}; it has {has or 'none'}")
    further = [name for name in names if name not in declared]
    if further and not schema["table"].get("rest"):
        raise Misfit(f"the table has a column {shown(further[0])} that is not declared")
    return {**{name: declared[name] for name in sorted(declared)}, **dict.fromkeys(further)}


def _to_arrow(series: Any, column: Schema | None) -> Any:
    missing = series.isna().to_numpy(dtype=bool)
    if column is None:
        column = _FURTHER.get(_kind_of(series), _TEXT)
    elif missing.any() and not is_optional(column):
        raise _absent(column, missing)
    inner = stripped(column)
    name = kind(inner)
    if name not in _ARROW:
        raise ValueError(f"a column cannot be of kind {name}")
    if name in _NUMPY:
        return _numeric_to_arrow(series, missing, inner)
    return pa.array(_plain_items(series, missing, inner), type=_ARROW[name])


def _absent(column: Schema, missing: Any) -> Misfit:
    count = int(missing.sum())
    many = f" ({count} of {len(missing)} rows)" if count > 1 else ""
    return Misfit(
        f"expected {wanted(column)}, found no value{many}", f"row {int(missing.argmax())}"
    )


def _kind_of(series: Any) -> str:
    """The kind of a column that nothing is declared of: by its type, else text."""
    tests = {
        "boolean": pd.api.types.is_bool_dtype,
        "integer": pd.api.types.is_integer_dtype,
        "number": pd.api.types.is_float_dtype,
    }
    return next((name for name, test in tests.items() if test(series.dtype)), "text")


def _numeric_to_arrow(series: Any, missing: Any, column: Schema) -> Any:
    """Convert with a fixed value under every missing one, so that equal tables are equal bytes."""
    name, found = kind(column), _kind_of(series)
    present = series[~missing]
    if found == name or (name, found) == ("number", "integer"):
        items = present.to_numpy()
    elif name == "integer" and missing.any() and _is_whole(present):
        items = present.to_numpy()  # what pandas makes of integers with gaps
    else:  # other types of column may hold such values, one by one
        items = np.array(_plain_items(series, missing, column), dtype="object")[~missing]
    if name == "integer":
        _refuse_large(items, missing)
    values: Any = np.zeros(len(series), dtype=_NUMPY[name])
    values[~missing] = items.astype(_NUMPY[name])
    return pa.array(values, type=_ARROW[name], mask=missing if missing.any() else None)


def _is_whole(present: Any) -> bool:
    if present.dtype != np.float64:
        return False
    values = present.to_numpy()
    return bool(np.array_equal(values, np.floor(values)) and (abs(values) <= 2**53).all())


def _refuse_large(items: Any, missing: Any) -> None:
    """Refuse what Arrow's integers of 64 bits with a sign do not hold."""
    if items.dtype.kind == "i":
        return
    rows = np.flatnonzero(~missing)
    for row, item in zip(rows, items.tolist(), strict=True):
        if not -(2**63) <= item < 2**63:
            raise Misfit(f"expected int of 64 bits, found {shown(item)}", f"row {int(row)}")


def _plain_items(series: Any, missing: Any, column: Schema) -> list[Any]:
    name = kind(column)
    items: list[Any] = []
    for row, (value, absent) in enumerate(zip(series.tolist(), missing.tolist(), strict=True)):
        try:
            if absent:
                items.append(None)
            elif name == "date":
                day = document.to_json(_day(value), column, _never)
                items.append(document.parse_date(day))
            else:
                items.append(document.to_json(value, column, _never))
        except ValueError as error:
            text = error.text if isinstance(error, Misfit) else str(error)
            raise Misfit(text, f"row {row}") from None
    return items


def _day(value: Any) -> Any:
    """Take a timestamp at midnight for its date."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    return value


def _never(_value: Any, schema: Schema) -> Any:
    raise ValueError(f"a column cannot be of kind {kind(schema)}")


def _check_unit(field: Any, column: Schema | None) -> None:
    said = (field.metadata or {}).get(_UNIT, b"").decode("utf-8", "replace")
    unit = stripped(column).get("unit") if column is not None else None
    if said and unit and said != unit:
        raise Misfit(f"is in {said[:40]}, expected {unit}: convert it, or declare the port so")


def _to_pandas(array: Any, column: Schema | None) -> Any:
    name = _further_kind(array.type) if column is None else kind(stripped(column))
    if name not in _ARROW:
        raise ValueError(f"a column cannot be of kind {name}")
    array = _cast(array, _ARROW[name], column)
    optional = column is None or is_optional(column)
    if column is not None and array.null_count and not optional:
        raise _absent(column, array.is_null().to_numpy(zero_copy_only=False))
    if name in _NULLABLE:
        nullable = array.null_count if column is None else optional
        plain = {"integer": "int64", "boolean": "bool"}[name]
        return pd.Series(array.to_pylist(), dtype=_NULLABLE[name] if nullable else plain)
    if name == "number":
        return pd.Series(array.to_numpy(zero_copy_only=False), dtype="float64")
    if name in ("text", "enum"):
        items = _members(array.to_pylist(), stripped(column) if name == "enum" and column else None)
        return pd.Series(items, dtype=_text_dtype())
    return pd.Series(_scalars(array.to_pylist(), name), dtype="object")


def _scalars(items: list[Any], name: str) -> list[datetime.date | decimal.Decimal | None]:
    if name == "date":
        return items
    found: list[datetime.date | decimal.Decimal | None] = []
    for row, item in enumerate(items):
        try:
            found.append(None if item is None else document.parse_decimal(item))
        except Misfit as misfit:
            raise misfit.under(f"row {row}") from None
    return found


def _members(items: list[Any], enum: Schema | None) -> list[Any]:
    if enum is not None:
        for row, item in enumerate(items):
            if item is not None and item not in enum["enum"]:
                raise Misfit(f"expected {wanted(enum)}, found {shown(item)}", f"row {row}")
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


def _cast(array: Any, target: Any, column: Schema | None) -> Any:
    """Widen within one family of types, integers to floats; anything else is another type."""
    if array.type == target:
        return array
    families: Iterable[Any] = (
        pa.types.is_integer,
        lambda t: pa.types.is_floating(t) or (pa.types.is_integer(t) and target == pa.float64()),
        pa.types.is_date,
        lambda t: pa.types.is_string(t) or pa.types.is_large_string(t),
    )
    if pa.types.is_null(array.type) or any(test(array.type) and test(target) for test in families):
        return array.cast(target, safe=True)
    expected = wanted(stripped(column)) if column is not None else target
    first = next((item for item in array.to_pylist() if item is not None), None)
    raise Misfit(f"expected {expected}, found {array.type}, such as {shown(first)}")
