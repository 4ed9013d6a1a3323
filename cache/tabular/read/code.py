import csv
import io
from collections.abc import Iterator


def _decode(file: bytes) -> str:
    """Return the file's text without one byte order mark at its start."""
    try:
        text = file.decode("utf-8")
    except UnicodeDecodeError as error:
        line = 1 + file.count(b"\n", 0, error.start)
        raise ValueError(f"line {line} is not UTF-8") from error
    return text.removeprefix("\ufeff")


def _records(
    lines: Iterator[str], delimiter: str, skip_lines: int
) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not passed over, with the number of its last line."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for record in reader:
            cells = [cell.strip(" \t") for cell in record]
            if cells and cells != [""]:
                yield skip_lines + reader.line_num, cells
    except csv.Error as error:
        line = skip_lines + reader.line_num
        raise ValueError(f"line {line} cannot be read: {error}") from error


def _check_names(names: list[str]) -> None:
    """Raise ValueError for an empty column name or one that stands twice."""
    if "" in names:
        raise ValueError("a column name is empty")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"column {name} stands twice")
        seen.add(name)


def read_table(file: bytes, about: About) -> pd.DataFrame:
    """Read the file by about's delimiter, skip_lines and columns; nothing else of it is used.

    file: the whole of it, UTF-8. about["delimiter"]: one character. about["skip_lines"]: lines at
    the top that are no part of the table. about["columns"]: the column names, or an empty list
    when the first record of the table is the header.
    Returns a DataFrame with a plain RangeIndex, the columns in the file's order and every cell a
    str (an empty cell is "", never missing); with no data record it has the columns and no rows.
    ValueError, one line that names the place, for a file that is no such table.
    """
    text = _decode(file)
    delimiter = about["delimiter"]
    if len(delimiter) != 1:
        raise ValueError("the delimiter is not one character")
    skip_lines = about["skip_lines"]
    if skip_lines < 0:
        raise ValueError("skip_lines is negative")

    lines: Iterator[str] = iter(io.StringIO(text, newline=""))
    for _ in range(skip_lines):
        if next(lines, None) is None:
            break

    records = _records(lines, delimiter, skip_lines)
    names = list(about["columns"])
    if not names:
        header = next(records, None)
        if header is None:
            raise ValueError("there is no header")
        names = header[1]
    _check_names(names)

    columns: list[list[str]] = [[] for _ in names]
    for line, cells in records:
        if len(cells) != len(names):
            raise ValueError(f"line {line} has {len(cells)} cells, expected {len(names)}")
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)

    index = pd.RangeIndex(len(columns[0]))
    data = {
        name: pd.Series(column, index=index, dtype=str)
        for name, column in zip(names, columns, strict=True)
    }
    return pd.DataFrame(data, index=index)
