"""What reading a table must do, whoever wrote it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(alphabet='ab1.,;"\n é', max_size=6).map(lambda text: text.strip(" \t"))
ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=6)
NAMES = ["x", "a b", "é"]
TOP = ["about,this,file", '1,"2",3', ",,"]


def described(**facts):
    """A description of a file, of which reading uses the first three."""
    return {
        "delimiter": ",",
        "skip_lines": 0,
        "columns": [],
        "target": "x",
        "positive": {"rule": "equals", "value": "1"},
        "missing": [],
        "numeric": [],
        "categorical": [],
        "ignored": [],
    } | facts


def written(rows, delimiter=",", end="\n"):
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter, lineterminator=end).writerows(rows)
    return sink.getvalue()


def rows_of(table):
    return [tuple(row) for row in table.to_numpy(dtype=object).tolist()]


@given(rows=ROWS, delimiter=st.sampled_from(",;|"), end=st.sampled_from(["\n", "\r\n"]))
def test_cells_come_back_as_written(candidate, params, rows, delimiter, end):
    """Quoted delimiters, quotes and line breaks are cells' own, by any delimiter and line end."""
    file = written([NAMES, *rows], delimiter, end).encode()
    table = candidate(file, described(delimiter=delimiter), **params)
    assert list(table.columns) == NAMES
    assert rows_of(table) == rows


def test_cells_are_not_interpreted(candidate, params):
    """Every cell is text as it stands: numbers, NA and nothing."""
    rows = [("1.0", "NA", ""), ("007", "nan", "None"), ("1e3", "", "true")]
    assert rows_of(candidate(written([NAMES, *rows]).encode(), described(), **params)) == rows


@given(rows=ROWS, mark=st.sampled_from(["", "\ufeff"]))
def test_the_header_is_given_or_read(candidate, params, rows, mark):
    """Names from the description and names from the first record give one table."""
    read = candidate((mark + written([NAMES, *rows])).encode(), described(), **params)
    given_names = candidate((mark + written(rows)).encode(), described(columns=NAMES), **params)
    assert list(read.columns) == list(given_names.columns) == NAMES
    assert rows_of(read) == rows_of(given_names) == rows


@given(rows=ROWS, skipped=st.integers(0, 3))
def test_lines_at_the_top_are_skipped(candidate, params, rows, skipped):
    """Exactly skip_lines lines are no part of the table, whatever they hold."""
    top = "".join(f"{line}\n" for line in TOP[:skipped])
    file = (top + written([NAMES, *rows])).encode()
    table = candidate(file, described(skip_lines=skipped), **params)
    assert list(table.columns) == NAMES
    assert rows_of(table) == rows


def test_blanks_around_cells_go(candidate, params):
    """Blanks and tabs at the ends of names and cells are taken away, and blank lines."""
    file = b'x , y\t\n 1, a b \n\n   \n"2\t","  c "\n'
    table = candidate(file, described(), **params)
    assert list(table.columns) == ["x", "y"]
    assert rows_of(table) == [("1", "a b"), ("2", "c")]


@given(before=st.integers(0, 3), skipped=st.integers(0, 2))
def test_a_ragged_record_is_named(candidate, params, before, skipped):
    """A record with too few or too many cells is an error that names its line in the file."""
    top = "top\n" * skipped + "x,y\n" + '"a\nb",2\n' * before
    line = skipped + 2 + 2 * before
    for record, count in (("1", 1), ("1,2,3", 3)):
        with pytest.raises(ValueError, match=f"line {line} has {count} cells, expected 2"):
            candidate(f"{top}{record}\n1,2\n".encode(), described(skip_lines=skipped), **params)


@given(before=st.integers(0, 4))
def test_what_is_not_utf8_is_named(candidate, params, before):
    """A file in Latin-1 is an error that names the first line it shows at."""
    file = b"x,y\n" + b"1,2\n" * before + "caf\u00e9,2\ncaf\u00e9,3\n".encode("latin-1")
    with pytest.raises(ValueError, match=f"line {before + 2} is not UTF-8"):
        candidate(file, described(), **params)


def test_a_name_that_stands_twice_is_refused(candidate, params):
    """Equal, empty or no names are errors, in the file or in the description."""
    with pytest.raises(ValueError, match="column x stands twice"):
        candidate(b"x,y,x\n1,2,3\n", described(), **params)
    with pytest.raises(ValueError, match="column y stands twice"):
        candidate(b"1,2\n", described(columns=["y", "y"]), **params)
    with pytest.raises(ValueError, match="a column name is empty"):
        candidate(b"x,,y\n1,2,3\n", described(), **params)
    with pytest.raises(ValueError, match="there is no header"):
        candidate(b"\n\n", described(), **params)
