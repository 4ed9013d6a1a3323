"""Checks a table: its columns, their types, missing values and every cell's range."""

from typing import Any

from . import table
from .check_scalar import check_scalar
from .schema import Schema, is_optional, kind, stripped


def check_table(value: Any, schema: Schema) -> list[str]:
    """Give one sentence per faulty column of a DataFrame."""
    try:
        columns = table.frame_columns(value, schema)
    except ValueError as error:
        return [str(error)]
    faults = []
    for name, column in columns.items():
        if column is not None:
            faults += [f"column {name}: {fault}" for fault in _column_faults(value[name], column)]
    if faults:
        return faults
    try:
        table.encode(value, schema)
    except ValueError as error:
        return [str(error)]
    return []


def _column_faults(series: Any, column: Schema) -> list[str]:
    missing = series.isna()
    if missing.any() and not is_optional(column):
        return [f"{int(missing.sum())} missing values in a column that is not optional"]
    inner = stripped(column)
    if kind(inner) not in ("integer", "number"):
        return []
    low, high = inner.get("minimum"), inner.get("maximum")
    if low is None and high is None:
        return []
    for row, item in enumerate(series.tolist()):
        if not missing.iloc[row] and (faults := check_scalar(item, inner)):
            return [f"row {row}: {faults[0]}"]
    return []
