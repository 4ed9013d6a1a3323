"""What cleaning a table must do, whoever wrote it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
SEEDS = st.integers(0, 999)


def described(**facts):
    """A description of the tables below, of which cleaning uses the last six."""
    return {
        "delimiter": ",",
        "skip_lines": 0,
        "columns": [],
        "target": "grade",
        "positive": {"rule": "at_least", "value": "5"},
        "missing": ["?"],
        "numeric": [],
        "categorical": [],
        "ignored": ["id"],
    } | facts


def sample(seed, rows=12):
    """Return a table of text in which everything occurs: no two rows are equal."""
    rng = np.random.default_rng(seed)
    size = [repr(float(x)) for x in np.round(rng.normal(size=rows) * 100, 3)]
    columns = {
        "id": [str(n) for n in range(rows)],
        "size": [cell if rng.random() > 0.2 else "?" for cell in size],
        "town": rng.choice(["Rome", "Oslo", "?"], size=rows).tolist(),
        "grade": rng.choice(["3", "4.5", "5", "5.0", "6e0"], size=rows).tolist(),
    }
    return pd.DataFrame(columns, dtype=object)


@given(cells=st.lists(NUMBERS, min_size=1, max_size=8))
def test_numbers_keep_their_value(candidate, params, cells):
    """A numeric column, named or inferred, is float64 and keeps each value to the last bit."""
    ids = [str(n) for n in range(len(cells))]
    table = pd.DataFrame({"id": ids, "size": cells, "grade": ["5"] * len(cells)}, dtype=object)
    for numeric in ([], ["size"]):
        found = candidate(table, described(numeric=numeric), **params).features["size"]
        assert found.dtype == np.float64
        assert found.tolist() == [float(cell) for cell in cells]


@given(
    cells=st.lists(NUMBERS, min_size=3, max_size=8),
    odd=st.sampled_from(["", "nan", "inf", "1_0", "0x1", "1 2"]),
)
def test_one_text_makes_a_category(candidate, params, cells, odd):
    """A column that nobody named is numeric only if all of it is; else its cells stay text."""
    cells = [*cells, odd]
    ids = [str(n) for n in range(len(cells))]
    table = pd.DataFrame({"id": ids, "size": cells, "grade": ["5"] * len(cells)}, dtype=object)
    result = candidate(table, described(), **params)
    assert result.features["size"].tolist() == cells
    assert result.columns["kind"].tolist() == ["ignored", "categorical", "target"]


@given(seed=SEEDS)
def test_incomplete_rows_are_dropped(candidate, params, seed):
    """Rows without a number or without a target go; nothing is filled in."""
    table = sample(seed)
    table.loc[1, "grade"] = "?"
    kept = table[(table["size"] != "?") & (table["grade"] != "?")]
    result = candidate(table, described(numeric=["size"]), **params)
    assert result.features["size"].tolist() == [float(cell) for cell in kept["size"]]
    assert len(result.labels) == len(result.features) == len(kept)


@given(seed=SEEDS)
def test_a_missing_category_is_a_category(candidate, params, seed):
    """A missing cell of a categorical column reads (missing) and costs no row."""
    table = sample(seed).drop(columns="size")
    result = candidate(table, described(), **params)
    assert result.features["town"].tolist() == table["town"].replace("?", "(missing)").tolist()


@given(seed=SEEDS)
def test_repeated_rows_are_dropped(candidate, params, seed):
    """Of rows equal in every column the first stays; rows that differ in any column all stay."""
    table = sample(seed)
    other = table.assign(id=[f"again {n}" for n in range(len(table))])
    once = candidate(pd.concat([table, other], ignore_index=True), described(), **params)
    twice = candidate(pd.concat([table, other, table], ignore_index=True), described(), **params)
    pd.testing.assert_frame_equal(twice.features, once.features)
    assert once.counts["duplicates"] == 0
    assert twice.counts["duplicates"] == len(table)


@given(seed=SEEDS)
def test_labels_follow_the_rule(candidate, params, seed):
    """at_least compares numbers and counts the value itself; equals compares texts."""
    table = sample(seed).drop(columns="size")
    least = candidate(table, described(), **params).labels
    assert least.tolist() == [int(float(cell) >= 5) for cell in table["grade"]]
    equal = candidate(table, described(positive={"rule": "equals", "value": "5"}), **params).labels
    assert equal.tolist() == [int(cell == "5") for cell in table["grade"]]


@given(row=st.integers(0, 5), odd=st.sampled_from(["five", "", "nan", "1,5", "inf"]))
def test_wrong_cells_are_named(candidate, params, row, odd):
    """Text where numbers were promised is an error that names column, row and cell."""
    table = sample(3, rows=6)
    table["size"] = ["1", "2", "3", "4", "5", "6"]
    for name, about in (("size", described(numeric=["size"])), ("grade", described())):
        wrong = table.copy()
        wrong.loc[row, name] = odd
        with pytest.raises(ValueError, match=f"column {name}, row {row + 1}: '{odd}' is not a num"):
            candidate(wrong, about, **params)
    with pytest.raises(ValueError, match="positive value 'high' is not a number"):
        candidate(table, described(positive={"rule": "at_least", "value": "high"}), **params)


@given(part=st.sampled_from(["target", "numeric", "categorical", "ignored"]))
def test_missing_columns_are_named(candidate, params, part):
    """A column that the description names and the table lacks is an error that names it."""
    wrong = "colour" if part == "target" else ["colour"]
    with pytest.raises(ValueError, match="there is no column colour"):
        candidate(sample(1), described(**{part: wrong}), **params)


@given(seed=SEEDS)
def test_counts_add_up(candidate, params, seed):
    """Rows read are rows repeated, incomplete and kept."""
    table = sample(seed)
    result = candidate(pd.concat([table, table.head(2)], ignore_index=True), described(), **params)
    counts = result.counts
    assert counts["read"] == len(table) + 2
    assert counts["duplicates"] == 2
    assert counts["incomplete"] == (table["size"] == "?").sum()
    assert counts["kept"] == len(table) - counts["incomplete"]
    assert counts["kept"] == len(result.labels) == len(result.features)


@given(seed=SEEDS)
def test_columns_are_told_of(candidate, params, seed):
    """Every column has a row, in order: its kind, how much is missing, how many texts differ."""
    table = sample(seed)
    again = pd.concat([table, table.head(2)], ignore_index=True)
    found = candidate(again, described(), **params).columns
    assert found["name"].tolist() == list(table)
    assert found["kind"].tolist() == ["ignored", "numeric", "categorical", "target"]
    assert found["missing"].tolist() == [(table[name] == "?").sum() for name in table]
    texts = [table[name][table[name] != "?"].nunique() for name in table]
    assert found["distinct"].tolist() == texts
