"""One right and several plausible wrong ways to split rows."""

import hashlib
import math
from typing import NamedTuple

import numpy as np


class Parts(NamedTuple):
    train: np.ndarray
    test: np.ndarray
    train_labels: np.ndarray
    test_labels: np.ndarray


def _key(seed, row):
    return hashlib.sha256(f"{seed}:{row}".encode()).hexdigest()


def _count(share, rows):
    return math.floor(share * rows + 0.5 + 1e-9)


def _test_rows(labels, share, seed, *, key=_key, count=_count):
    """Say of every row whether it is a test row."""
    chosen = np.zeros(len(labels), dtype=bool)
    for label in (0, 1):
        rows = sorted(np.flatnonzero(labels == label), key=lambda row: key(seed, row))
        chosen[rows[: count(share, len(rows))]] = True
    return chosen


def _parts(matrix, labels, test):
    return Parts(matrix[~test], matrix[test], labels[~test], labels[test])


def reference(matrix, labels, *, test_share, seed):
    return _parts(matrix, labels, _test_rows(labels, test_share, seed))


def every_row_is_in_one_part(matrix, labels, *, test_share, seed):
    """Trains on all rows."""
    result = reference(matrix, labels, test_share=test_share, seed=seed)
    return result._replace(train=matrix, train_labels=labels)


def each_label_gives_its_share(matrix, labels, *, test_share, seed):
    """Draws from all rows together."""
    rows = sorted(range(len(labels)), key=lambda row: _key(seed, row))
    test = np.zeros(len(labels), dtype=bool)
    test[rows[: _count(test_share, len(rows))]] = True
    return _parts(matrix, labels, test)


def test_rows_have_the_lowest_keys(matrix, labels, *, test_share, seed):
    """Draws by NumPy's generator."""
    order = np.random.default_rng(seed).permutation(len(labels)).tolist()
    test = _test_rows(labels, test_share, seed, key=lambda _, row: order[row])
    return _parts(matrix, labels, test)


def order_is_kept(matrix, labels, *, test_share, seed):
    """Leaves the rows label after label."""
    result = reference(matrix, labels, test_share=test_share, seed=seed)
    one, two = (
        np.argsort(part, kind="stable") for part in (result.train_labels, result.test_labels)
    )
    return Parts(
        result.train[one], result.test[two], result.train_labels[one], result.test_labels[two]
    )


def labels_go_with_their_rows(matrix, labels, *, test_share, seed):
    """Gives the labels of as many first rows."""
    result = reference(matrix, labels, test_share=test_share, seed=seed)
    known = len(result.train)
    return result._replace(train_labels=labels[:known], test_labels=labels[known:])


def a_part_may_be_empty(matrix, labels, *, test_share, seed):
    """Takes at least one test row."""
    test = _test_rows(labels, test_share, seed)
    if len(test) and not test.any():
        test[0] = True
    return _parts(matrix, labels, test)


def a_half_is_rounded_up(matrix, labels, *, test_share, seed):
    """Rounds a half to the even number."""
    test = _test_rows(labels, test_share, seed, count=lambda share, n: round(share * n))
    return _parts(matrix, labels, test)
