"""Checks a table: its columns, their types, missing values and every cell's range."""

from typing import Any

import numpy as np

from . import table
from .fault import Misfit, shown, wanted
from .schema import Schema, kind, stripped


def check_table(value: Any, schema: Schema, dims: dict[str, Any]) -> list[Misfit]:
    """Give the first fault of every faulty column; the row variable must stand for one thing."""
    try:
        columns = table.frame_columns(value, schema)
    except Misfit as misfit:
        return [misfit]
    faults = []
    for name, column in columns.items():
        try:
            array = table.column_array(value[name], column, name)
            if column is not None:
                _check_range(array, stripped(column))
        except Misfit as misfit:
            under = misfit.path[:1] == (f"column {name}",)
            faults.append(misfit if under else misfit.under(f"column {name}"))
    bind(value, schema, dims)
    return faults + _rest_faults(value, schema, dims)


def bind(value: Any, schema: Schema, dims: dict[str, Any]) -> None:
    """Let a row variable that is still unknown stand for the further columns found here."""
    rest = schema["table"].get("rest")
    if rest and f"...{rest}" not in dims:
        try:
            dims[f"...{rest}"] = table.further_kinds(value, schema)
        except Misfit:
            return


def _rest_faults(value: Any, schema: Schema, dims: dict[str, Any]) -> list[Misfit]:
    """Compare the further columns with what the row variable stood for before."""
    rest = schema["table"].get("rest")
    if not rest or f"...{rest}" not in dims:
        return []
    before, found = dims[f"...{rest}"], table.further_kinds(value, schema)
    lacks = [name for name in before if name not in found]
    extra = [name for name in found if name not in before]
    other = [name for name in found if name in before and found[name] != before[name]]
    faults = [Misfit(f"the column {name!r} of `...{rest}` is missing") for name in lacks]
    faults += [Misfit(f"the column {name!r} is not one of `...{rest}`") for name in extra]
    words = {"integer": "int", "number": "float", "boolean": "bool", "text": "text"}
    return faults + [
        Misfit(f"expected {words[before[name]]}, as `...{rest}` has it", f"column {name}")
        for name in other
    ]


def _check_range(array: Any, column: Schema) -> None:
    low, high = column.get("minimum"), column.get("maximum")
    if kind(column) not in ("integer", "number") or (low is None and high is None):
        return
    values = array.to_numpy(zero_copy_only=False)
    present = array.is_valid().to_numpy(zero_copy_only=False)
    bad = np.zeros(len(values), dtype=bool)
    bad |= values < low if low is not None else False
    bad |= values > high if high is not None else False
    bad &= present
    if bad.any():
        row = int(bad.argmax())
        raise Misfit(f"expected {wanted(column)}, found {shown(values[row])}", f"row {row}")
