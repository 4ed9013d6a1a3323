"""Read a delimited text file as a table whose cells are all text."""

from typing import TypedDict

import pandas as pd


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


# fxg:hole
def read_table(file: bytes, about: About) -> pd.DataFrame:
    """Read the file by about's delimiter, skip_lines and columns; nothing else of it is used.

    file: the whole of it, UTF-8. about["delimiter"]: one character. about["skip_lines"]: lines at
    the top that are no part of the table. about["columns"]: the column names, or an empty list
    when the first record of the table is the header.
    Returns a DataFrame with a plain RangeIndex, the columns in the file's order and every cell a
    str (an empty cell is "", never missing); with no data record it has the columns and no rows.
    ValueError, one line that names the place, for a file that is no such table.
    """
    raise NotImplementedError


# fxg:end
