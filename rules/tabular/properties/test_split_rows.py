"""What splitting rows must do, whoever wrote it."""

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

COUNTS = {"zeros": st.integers(3, 30), "ones": st.integers(3, 30)}
SEEDS = st.integers(0, 4294967295)


def sample(zeros, ones):
    """Return rows that hold their own position, with labels mixed."""
    labels = np.random.default_rng(zeros * 31 + ones).permutation([0] * zeros + [1] * ones)
    rows = np.arange(zeros + ones, dtype=np.float64)
    return {"matrix": np.stack([rows, -rows], axis=1), "labels": labels.astype(np.int64)}


def positions(part):
    return part[:, 0].astype(int).tolist()


@given(seed=SEEDS, **COUNTS)
def test_every_row_is_in_one_part(candidate, params, seed, zeros, ones):
    """Every row is in exactly one part, whole."""
    inputs = sample(zeros, ones)
    result = candidate(**inputs, **params | {"seed": seed})
    found = np.concatenate([result.train, result.test])
    np.testing.assert_array_equal(found[np.argsort(found[:, 0])], inputs["matrix"])


@given(seed=SEEDS, share=st.sampled_from([0.1, 0.25, 0.5, 0.9]), **COUNTS)
def test_each_label_gives_its_share(candidate, params, seed, share, zeros, ones):
    """Of each label the stated share of its rows, to the nearest row, is test."""
    result = candidate(**sample(zeros, ones), test_share=share, seed=seed)
    for label, count in ((0, zeros), (1, ones)):
        assert (result.test_labels == label).sum() == int(share * count + 0.5 + 1e-9)


@given(seed=SEEDS, **COUNTS)
def test_test_rows_have_the_lowest_keys(candidate, params, seed, zeros, ones):
    """Of each label no training row has a lower SHA-256 of `seed:row` than a test row."""
    result = candidate(**sample(zeros, ones), test_share=0.5, seed=seed)
    for label in (0, 1):
        parts = (
            result.test[result.test_labels == label],
            result.train[result.train_labels == label],
        )
        keys = [
            [hashlib.sha256(b"%d:%d" % (seed, row)).hexdigest() for row in positions(part)]
            for part in parts
        ]
        assert max(keys[0]) < min(keys[1])


@given(seed=SEEDS, **COUNTS)
def test_order_is_kept(candidate, params, seed, zeros, ones):
    """In both parts rows keep the order they came in."""
    result = candidate(**sample(zeros, ones), **params | {"seed": seed})
    for part in (result.train, result.test):
        assert positions(part) == sorted(positions(part))


@given(seed=SEEDS, **COUNTS)
def test_labels_go_with_their_rows(candidate, params, seed, zeros, ones):
    """Each row has the label that it came with."""
    inputs = sample(zeros, ones)
    result = candidate(**inputs, **params | {"seed": seed})
    for part, labels in ((result.train, result.train_labels), (result.test, result.test_labels)):
        np.testing.assert_array_equal(labels, inputs["labels"][positions(part)])


def test_a_part_may_be_empty(candidate, params):
    """No test rows, no training rows, or no rows at all."""
    inputs = sample(4, 3)
    assert candidate(**inputs, test_share=0.0, seed=1).test.shape == (0, 2)
    assert candidate(**inputs, test_share=1.0, seed=1).train.shape == (0, 2)
    none = {"matrix": np.zeros((0, 3)), "labels": np.zeros(0, dtype=np.int64)}
    result = candidate(**none, test_share=0.5, seed=1)
    assert result.train.shape == result.test.shape == (0, 3)
    assert len(result.train_labels) == len(result.test_labels) == 0


@given(seed=SEEDS, half=st.integers(0, 8))
def test_a_half_is_rounded_up(candidate, params, seed, half):
    """Half of an odd number of rows is the larger half."""
    result = candidate(**sample(2 * half + 1, 4), test_share=0.5, seed=seed)
    assert (result.test_labels == 0).sum() == half + 1
