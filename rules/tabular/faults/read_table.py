"""One right and several plausible wrong ways to read a table."""

import csv
import io

import pandas as pd


def _decoded(file):
    try:
        return file.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = 1 + file[: error.start].count(b"\n")
        raise ValueError(f"line {line} is not UTF-8") from None


def _records(text, about, *, strip=" \t", skip=None):
    """Give every record that counts, with the number of the line it ends on."""
    skip = about["skip_lines"] if skip is None else skip
    lines = iter(io.StringIO(text, newline=""))
    for _ in range(skip):
        next(lines, None)
    if len(about["delimiter"]) != 1:
        raise ValueError(f"the delimiter {about['delimiter']!r} is not one character")
    reader = csv.reader(lines, delimiter=about["delimiter"], skipinitialspace=True, strict=True)
    try:
        for record in reader:
            cells = [cell.strip(strip) if strip else cell for cell in record]
            if cells not in ([], [""]):
                yield skip + reader.line_num, cells
    except csv.Error as error:
        number = skip + reader.line_num
        raise ValueError(f"line {number} cannot be read: {error}") from None


def _names(about, records):
    names = about["columns"]
    if not names:
        names = next(records, (0, []))[1]
        if not names:
            raise ValueError("there is no header")
    for at, name in enumerate(names):
        if not name:
            raise ValueError("a column name is empty")
        if name in names[:at]:
            raise ValueError(f"column {name} stands twice")
    return names


def _table(names, records):
    rows = []
    for number, cells in records:
        if len(cells) != len(names):
            raise ValueError(f"line {number} has {len(cells)} cells, expected {len(names)}")
        rows.append(cells)
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(rows)), columns=list(names), dtype=object)


def reference(file, about):
    records = _records(_decoded(file), about)
    return _table(_names(about, records), records)


def cells_come_back_as_written(file, about):
    """Splits lines at delimiters, whatever the quotes say."""
    lines = [line for line in _decoded(file).splitlines() if line.strip()]
    rows = [[cell.strip(' \t"') for cell in line.split(about["delimiter"])] for line in lines]
    rows = rows[about["skip_lines"] :]
    records = ((0, row) for row in rows)
    names = _names(about, records)
    padded = ((0, (row + [""] * len(names))[: len(names)]) for _, row in records)
    return _table(names, padded)


def cells_are_not_interpreted(file, about):
    """Lets pandas guess, and writes its guess."""
    found = reference(file, about)
    guessed = pd.read_csv(io.StringIO(found.to_csv(index=False)))
    return guessed.astype(str).set_axis(found.columns, axis=1)


def the_header_is_given_or_read(file, about):
    """Takes the first record for a header even where names are given."""
    records = _records(_decoded(file), about)
    header = next(records, (0, []))[1]
    return _table(about["columns"] or _names(about, iter([(0, header)])), records)


def lines_at_the_top_are_skipped(file, about):
    """Skips one line, if any."""
    records = _records(_decoded(file), about, skip=min(about["skip_lines"], 1))
    return _table(_names(about, records), records)


def blanks_around_cells_go(file, about):
    """Leaves them."""
    records = _records(_decoded(file), about, strip="")
    return _table(_names(about, records), records)


def a_ragged_record_is_named(file, about):
    """Counts records instead of lines."""
    records = _records(_decoded(file), about)
    names = _names(about, records)
    return _table(names, ((at, cells) for at, (_, cells) in enumerate(records, 1)))


def what_is_not_utf8_is_named(file, about):
    """Takes what is not UTF-8 for Latin-1."""
    try:
        return reference(file, about)
    except ValueError:
        return reference(file.decode("latin-1").encode(), about)


def a_name_that_stands_twice_is_refused(file, about):
    """Keeps the last of two columns."""
    records = _records(_decoded(file), about)
    names = about["columns"] or next(records)[1]
    rows = [dict(zip(names, cells, strict=True)) for _, cells in records]
    return pd.DataFrame(rows, columns=list(dict.fromkeys(names)), dtype=object)
