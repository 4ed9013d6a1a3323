import math
import re
from typing import Any

_NUMBER = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?")
_MISSING_TEXT = "(missing)"


def _number(cell: str) -> float | None:
    """Return the finite number a cell is, or None when it is none."""
    if _NUMBER.fullmatch(cell) is None:
        return None
    value = float(cell)
    return value if math.isfinite(value) else None


def _check_names(names: list[str], about: About) -> None:
    """Raise ValueError for a name in about that is no column of the table."""
    known = set(names)
    wanted = [about["target"], *about["numeric"], *about["categorical"], *about["ignored"]]
    for name in wanted:
        if name not in known:
            raise ValueError(f"there is no column {name}")


def _check_numbers(names: list[str], table: list[list[str]], about: About, marks: set[str]) -> None:
    """Raise ValueError for the first cell that must be a number and is none."""
    checked = set(about["numeric"])
    if about["positive"]["rule"] == "at_least":
        checked.add(about["target"])
    for name, column in zip(names, table, strict=True):
        if name not in checked:
            continue
        for row, cell in enumerate(column, start=1):
            if cell not in marks and _number(cell) is None:
                raise ValueError(f"column {name}, row {row}: '{cell}' is not a number")


def _threshold(positive: Positive) -> float | None:
    """Return the least positive number under the rule at_least, None under equals."""
    rule = positive["rule"]
    value = positive["value"]
    if rule == "equals":
        return None
    if rule != "at_least":
        raise ValueError(f"there is no rule '{rule}'")
    number = _number(value)
    if number is None:
        raise ValueError(f"positive value '{value}' is not a number")
    return number


def _first_rows(table: list[list[str]], read: int) -> list[int]:
    """Return the positions of the rows that repeat no earlier row."""
    seen: set[tuple[str, ...]] = set()
    first: list[int] = []
    for row in range(read):
        key = tuple(column[row] for column in table)
        if key not in seen:
            seen.add(key)
            first.append(row)
    return first


def _kind(name: str, column: list[str], about: About, marks: set[str]) -> str:
    """Return the kind of a column, inferred from its cells where about does not name it."""
    if name == about["target"]:
        return "target"
    if name in about["ignored"]:
        return "ignored"
    if name in about["numeric"]:
        return "numeric"
    if name in about["categorical"]:
        return "categorical"
    present = [cell for cell in column if cell not in marks]
    if present and all(_number(cell) is not None for cell in present):
        return "numeric"
    return "categorical"


def _label(cell: str, value: str, threshold: float | None) -> int:
    """Return 1 for a positive target cell, else 0."""
    if threshold is None:
        return int(cell == value)
    return int(float(cell) >= threshold)


def _describe(
    names: list[str], kinds: list[str], table: list[list[str]], marks: set[str]
) -> pd.DataFrame:
    """Return the table of what was found in every column."""
    missing = [sum(1 for cell in column if cell in marks) for column in table]
    distinct = [len(set(column) - marks) for column in table]
    found: dict[str, Any] = {
        "distinct": np.asarray(distinct, dtype=np.int64),
        "kind": pd.Series(kinds, dtype=str),
        "missing": np.asarray(missing, dtype=np.int64),
        "name": pd.Series(names, dtype=str),
    }
    return pd.DataFrame(found, index=pd.RangeIndex(len(names)))


def clean_table(cells: pd.DataFrame, about: About) -> Cleaned:
    """Drop repeated and incomplete rows, make labels of the target, and type the features.

    cells: every cell a str, no missing values, any number of rows. about names the columns by
    what they are; delimiter, skip_lines and columns are not used.
    Returns features: a plain RangeIndex, the feature columns in table order, a numeric one of
    dtype float64 (finite), a categorical one of str, nothing missing; labels: int64, 0 or 1, one
    a row of features; columns: a plain RangeIndex, a row for every column of cells in table
    order, with the columns name and kind of str, missing and distinct of dtype int64; counts:
    Python ints.
    No value is computed from several rows: a row's features depend on its own cells alone.
    ValueError, one line that names column and row, for what about says wrongly of the table.
    """
    names = [str(name) for name in cells.columns]
    _check_names(names, about)
    marks = set(about["missing"])
    given = [
        [str(cell) for cell in cells.iloc[:, position].tolist()] for position in range(len(names))
    ]
    _check_numbers(names, given, about, marks)
    threshold = _threshold(about["positive"])

    read = len(cells)
    first = _first_rows(given, read)
    table = [[column[row] for row in first] for column in given]
    kinds = [_kind(name, column, about, marks) for name, column in zip(names, table, strict=True)]

    required = [
        column for column, kind in zip(table, kinds, strict=True) if kind in ("target", "numeric")
    ]
    complete = [
        row for row in range(len(first)) if all(column[row] not in marks for column in required)
    ]

    features: dict[str, Any] = {}
    for name, kind, column in zip(names, kinds, table, strict=True):
        kept = [column[row] for row in complete]
        if kind == "numeric":
            features[name] = np.asarray([float(cell) for cell in kept], dtype=np.float64)
        elif kind == "categorical":
            texts = [_MISSING_TEXT if cell in marks else cell for cell in kept]
            features[name] = pd.Series(texts, dtype=str)

    target = table[names.index(about["target"])]
    value = about["positive"]["value"]
    labels: IntArray = np.asarray(
        [_label(target[row], value, threshold) for row in complete], dtype=np.int64
    )
    counts: Counts = {
        "read": read,
        "duplicates": read - len(first),
        "incomplete": len(first) - len(complete),
        "kept": len(complete),
    }
    return Cleaned(
        features=pd.DataFrame(features, index=pd.RangeIndex(len(complete))),
        labels=labels,
        columns=_describe(names, kinds, table, marks),
        counts=counts,
    )
