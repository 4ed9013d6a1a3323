"""Inspect the columns of a table of text, drop what cannot be used, and type the rest."""

from typing import NamedTuple, TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd

IntArray: TypeAlias = npt.NDArray[np.int64]


class Positive(TypedDict):
    """Which cells of the target column are positive: those equal to value, or at least it."""

    rule: str
    value: str


class About(TypedDict):
    """What one data set's file is like."""

    delimiter: str
    skip_lines: int
    columns: list[str]
    target: str
    positive: Positive
    missing: list[str]
    numeric: list[str]
    categorical: list[str]
    ignored: list[str]


class Counts(TypedDict):
    """What became of the rows."""

    read: int
    duplicates: int
    incomplete: int
    kept: int


class Cleaned(NamedTuple):
    """Typed features, a label for each of their rows, and what was found in the table."""

    features: pd.DataFrame
    labels: IntArray
    columns: pd.DataFrame
    counts: Counts


# fxg:hole
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
    raise NotImplementedError


# fxg:end
