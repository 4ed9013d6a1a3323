"""What encoding categories must do, whoever wrote it."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

WORDS = ("b", "a", "B", "é", "", "10", "9", "(missing)", "a b")
SEEDS = st.integers(0, 999)


def sample(seed, rows=9):
    """Return two numeric and two categorical columns, mixed."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "town": pd.Series(rng.choice(WORDS, size=rows).tolist(), dtype=object),
            "size": rng.normal(size=rows),
            "colour": pd.Series(rng.choice(["red", "blue"], size=rows).tolist(), dtype=object),
            "age": np.round(rng.uniform(0, 90, size=rows)),
        }
    )


def of(result, start):
    """Return the positions of one column's categories in the matrix."""
    return [at for at, name in enumerate(result.names) if name.startswith(f"{start}=")]


@given(seed=SEEDS)
def test_numbers_pass_unchanged(candidate, params, seed):
    """A numeric column is one column of the matrix, bit by bit, under its name."""
    table = sample(seed)
    result = candidate(table, **params)
    for name in ("size", "age"):
        at = result.names.index(name)
        np.testing.assert_array_equal(result.matrix[:, at], table[name].to_numpy())


@given(seed=SEEDS)
def test_every_row_has_one_category(candidate, params, seed):
    """Of each categorical column every row has a one at its own value and zeros elsewhere."""
    table = sample(seed)
    result = candidate(table, **params)
    for name in ("town", "colour"):
        part = result.matrix[:, of(result, name)]
        np.testing.assert_array_equal(np.sort(part, axis=1)[:, :-1], 0.0)
        ones = [result.names[of(result, name)[at]] for at in part.argmax(axis=1)]
        assert ones == [f"{name}={cell}" for cell in table[name]]
        np.testing.assert_array_equal(part.max(axis=1), 1.0)


@given(seed=SEEDS)
def test_categories_are_in_order(candidate, params, seed):
    """The categories that occur, and no others, stand in ascending order of code points."""
    table = sample(seed)
    result = candidate(table, **params)
    for name in ("town", "colour"):
        found = [result.names[at] for at in of(result, name)]
        assert found == [f"{name}={value}" for value in sorted(set(table[name]))]


@given(seed=SEEDS)
def test_columns_keep_their_order(candidate, params, seed):
    """What a column gives stands together, in the order of the table's columns."""
    table = sample(seed)
    for names in (list(table), list(table)[::-1]):
        found = [name.split("=")[0] for name in candidate(table[names], **params).names]
        assert list(dict.fromkeys(found)) == names
        assert found == sorted(found, key=names.index)


@given(seed=SEEDS)
def test_rows_are_encoded_alone(candidate, params, seed):
    """Rows in another order, or twice, give the same rows of the matrix, and the same columns."""
    table = sample(seed)
    order = np.random.default_rng(seed).permutation([*range(len(table)), *range(4)])
    first = candidate(table, **params)
    second = candidate(table.iloc[order].reset_index(drop=True), **params)
    assert second.names == first.names
    np.testing.assert_array_equal(second.matrix, first.matrix[order])


def test_nothing_gives_nothing(candidate, params):
    """Without rows numeric columns stay and categories vanish; without columns all do."""
    table = sample(0)
    none = candidate(table.head(0), **params)
    assert none.names == ["size", "age"]
    assert none.matrix.shape == (0, 2)
    bare = candidate(pd.DataFrame(index=pd.RangeIndex(3)), **params)
    assert bare.names == []
    assert bare.matrix.shape == (3, 0)
