"""What joining and splitting features must do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)
COUNTS = {"rest": st.integers(40, 60), "task": st.integers(5, 20)}
KINDS = ("moments", "spectra", "energies", "ratios")


def features(seed, rest, task):
    """Return the inputs of a split: features without two equal numbers, some windows unusable."""
    rng = np.random.default_rng(seed)
    widths = {"moments": 4, "spectra": 3, "energies": 2, "ratios": 5}
    inputs = {kind: rng.random((rest + task, 2, width)) for kind, width in widths.items()}
    inputs["labels"] = np.repeat(np.array([0, 1], dtype=np.int64), [rest, task])
    inputs["usable"] = rng.random(rest + task) > 0.1
    inputs["usable"][[0, -1]] = True
    return inputs


def rows_of(inputs):
    return np.concatenate([inputs[kind].reshape(len(inputs["labels"]), -1) for kind in KINDS], 1)


def positions(part, rows):
    """Return the window that each row of the part comes from."""
    found = [np.flatnonzero((rows == row).all(axis=1)).tolist() for row in part]
    assert all(len(at) == 1 for at in found), "a row is not the joined features of one window"
    return [at[0] for at in found]


@given(seed=SEEDS, **COUNTS)
def test_a_row_is_the_four_kinds_in_order(candidate, params, seed, rest, task):
    """The first training row is moments, spectra, energies, ratios, each flattened by channel."""
    inputs = features(seed, rest, task)
    result = candidate(**inputs, **params)
    np.testing.assert_array_equal(result.train[0], rows_of(inputs)[0])


@given(seed=SEEDS, **COUNTS)
def test_no_window_is_in_two_parts(candidate, params, seed, rest, task):
    """Every usable window is in exactly one of train, validation and test."""
    inputs = features(seed, rest, task)
    result = candidate(**inputs, **params)
    rows = np.concatenate([result.train, result.validation, result.test])
    assert len(np.unique(rows[:, 0])) == len(rows)
    assert len(rows) == inputs["usable"].sum()


@given(seed=SEEDS, **COUNTS)
def test_parts_follow_in_time(candidate, params, seed, rest, task):
    """Train, validation and test are in time order, with the stated shares of usable rest."""
    inputs = features(seed, rest, task)
    result = candidate(**inputs, **params)
    parts = (result.train, result.validation, result.test)
    order = [at for part in parts for at in positions(part, rows_of(inputs))]
    assert order == sorted(order)
    usable = int(inputs["usable"][:rest].sum())
    known = params["train_share"] + params["validation_share"]
    assert len(result.train) == int(params["train_share"] * usable + 1e-9)
    assert len(result.train) + len(result.validation) == int(known * usable + 1e-9)


@given(seed=SEEDS, **COUNTS)
def test_unusable_windows_are_dropped(candidate, params, seed, rest, task):
    """No part holds a window that is marked unusable."""
    inputs = features(seed, rest, task)
    result = candidate(**inputs, **params)
    dropped = set(rows_of(inputs)[~inputs["usable"]][:, 0])
    for part in (result.train, result.validation, result.test):
        assert dropped.isdisjoint(part[:, 0])


@given(seed=SEEDS, **COUNTS)
def test_labels_belong_to_the_test_rows(candidate, params, seed, rest, task):
    """Each test label is that of its row's window, and only test holds windows of the task."""
    inputs = features(seed, rest, task)
    result = candidate(**inputs, **params)
    rows = rows_of(inputs)
    expected = [int(inputs["labels"][at]) for at in positions(result.test, rows)]
    assert result.test_labels.tolist() == expected
    tasks = set(rows[inputs["labels"] == 1][:, 0])
    assert tasks.isdisjoint(result.train[:, 0])
    assert tasks.isdisjoint(result.validation[:, 0])
