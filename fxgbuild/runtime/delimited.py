"""Reads delimited text as a table or an array, strictly, by the port's schema.

A table has a header; its declared columns are parsed by their types, further ones by what all
their cells are. An empty cell is a missing value, but for a text that is not optional.
"""

import csv
import re
from collections.abc import Callable, Iterator
from typing import Any

from . import document
from .check_scalar import check_scalar
from .fault import Misfit, shown, wanted
from .schema import Schema, is_optional, kind, stripped

_INT = re.compile(r"[+-]?[0-9]{1,400}\Z", re.ASCII)
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z", re.ASCII)
_BOOLS = {"true": True, "false": False}
_LIMIT = 16 * 1024 * 1024

Row = tuple[int, list[str]]  # the line it begins on, and its cells


def read(text: str, schema: Schema, name: str, delimiter: str) -> Any:
    """Give a DataFrame or an array; ValueError that begins with `file:line:column`."""
    if kind(schema) == "table":
        return _table(text, schema, name, delimiter)
    return _array(text, schema, name, delimiter)


def _rows(text: str, name: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(_LIMIT)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise Misfit(f"{name}:{line}: not delimited text: {error}") from None


def _table(text: str, schema: Schema, name: str, delimiter: str) -> Any:
    import pandas as pd  # noqa: PLC0415  (only where there are tables)

    from . import table  # noqa: PLC0415

    rows = list(_rows(text, name, delimiter))
    if not rows:
        raise Misfit(f"{name}:1: a table begins with the names of its columns, found nothing")
    (line, header), *body = rows
    try:
        columns = table.ordered(header, schema)
    except Misfit as misfit:
        other = next((mark for mark in ";\t,|" if mark in header[0]), "")
        hint = f"; cells are separated by {delimiter!r}, not by {other!r}" if other else ""
        raise Misfit(f"{name}:{line}: {misfit}{hint}") from None
    for line, cells in body:
        if len(cells) != len(header):
            raise Misfit(f"{name}:{line}: {len(cells)} cells, expected {len(header)}")
    lines = [line for line, _ in body]
    series = {}
    for number, title in enumerate(header):
        cells = [cells[number] for _, cells in body]
        column = columns[title]
        if column is None:
            found, dtype = _guessed(cells)
            series[title] = pd.Series(found, dtype=dtype)
        else:
            found = _column(cells, column, lines, f"{name}:{{}}:{title}")
            series[title] = pd.Series(found, dtype="object")
    return table.decode(table.encode(pd.DataFrame(series), schema), schema)


def _column(cells: list[str], column: Schema, lines: list[int], place: str) -> list[Any]:
    """Parse the cells of a declared column; `place` has a gap for the line."""
    inner, absent = stripped(column), is_optional(column)
    parse = _PARSERS[kind(inner)]
    found: list[Any] = []
    for line, cell in zip(lines, cells, strict=True):
        if not cell and (absent or kind(inner) != "text"):
            if not absent:
                raise Misfit(f"{place.format(line)}: expected {wanted(inner)}, found an empty cell")
            found.append(None)
            continue
        value = parse(cell)
        faults = check_scalar(value, inner)
        if faults:
            raise Misfit(f"{place.format(line)}: expected {wanted(inner)}, found {shown(cell)}")
        found.append(value)
    return found


def _guessed(cells: list[str]) -> tuple[list[Any], str]:
    """Cells of a column that nothing is declared of, and their type: what all of them are."""
    present = [cell for cell in cells if cell]
    dtype, parse = "object", str
    for guess, pattern, reader in (
        ("boolean", re.compile(r"(true|false)\Z"), _BOOLS.get),
        ("Int64", re.compile(r"(0|-?[1-9][0-9]{0,17})\Z", re.ASCII), int),
        ("float64", _FLOAT, float),
    ):
        if present and all(pattern.match(cell) for cell in present):
            dtype, parse = guess, reader  # type: ignore[assignment]
            break
    return [parse(cell) if cell else None for cell in cells], dtype


def _array(text: str, schema: Schema, name: str, delimiter: str) -> Any:
    import numpy as np  # noqa: PLC0415  (only where there are arrays)

    dtype, axes = np.dtype(schema["array"]["dtype"]), len(schema["array"]["dims"])
    if axes not in (1, 2) or dtype.kind not in "fiu":
        raise Misfit(f"{name}: only arrays of numbers with one or two axes are read from text")
    rows = list(_rows(text, name, delimiter))
    width = len(rows[0][1]) if rows else 0
    numbers = []
    for line, cells in rows:
        if len(cells) != width:
            raise Misfit(f"{name}:{line}: {len(cells)} cells, expected {width}")
        numbers.append(
            [_number(cell, dtype, f"{name}:{line}:{n}") for n, cell in enumerate(cells, 1)]
        )
    try:
        array = np.array(numbers, dtype=dtype).reshape(len(rows), width)
    except OverflowError:
        raise Misfit(f"{name}: a number does not fit into {dtype}") from None
    if axes == 2:
        return array
    if width > 1 and len(rows) > 1:
        raise Misfit(f"{name}: expected one axis, found {len(rows)} rows of {width} cells")
    return array.reshape(-1)


def _number(cell: str, dtype: Any, place: str) -> float | int:
    cell = cell.strip()
    if dtype.kind in "iu" and _INT.match(cell):
        return int(cell)
    if dtype.kind == "f" and (_FLOAT.match(cell) or cell.lower() in ("nan", "inf", "-inf")):
        return float(cell)
    if dtype.kind == "f" and not cell:
        return float("nan")
    raise Misfit(f"{place}: expected {dtype}, found {shown(cell)}")


def _parsed(pattern: re.Pattern[str], parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Parse what has the form; anything else stays a text, which no check takes for a number."""
    return lambda cell: parse(cell) if pattern.match(cell) else cell


def _strictly(parse: Callable[[object], Any]) -> Callable[[str], Any]:
    def parsed(cell: str) -> Any:
        try:
            return parse(cell)
        except ValueError:
            return cell

    return parsed


_PARSERS: dict[str, Callable[[str], Any]] = {
    "integer": _parsed(_INT, int),
    "number": _parsed(_FLOAT, float),
    "boolean": lambda cell: _BOOLS.get(cell, cell),
    "text": str,
    "enum": str,
    "date": _strictly(document.parse_date),
    "decimal": _strictly(document.parse_decimal),
}
