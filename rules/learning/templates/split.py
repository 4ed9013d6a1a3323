"""Join four kinds of features into rows and split them before anything is fitted."""

import math
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

ROUNDING = 1e-9  # so that 0.6 of 5 rows is 3 whatever the last bit of the product


class Parts(NamedTuple):
    """Rows of features: to fit on, to tune on, to judge on; and what the last are."""

    train: FloatArray
    validation: FloatArray
    test: FloatArray
    test_labels: IntArray


def split(
    moments: FloatArray,
    spectra: FloatArray,
    energies: FloatArray,
    ratios: FloatArray,
    labels: IntArray,
    usable: BoolArray,
    *,
    train_share: float,
    validation_share: float,
) -> Parts:
    """Join the features of each window into a row, and split the usable rows in time order.

    moments, spectra, energies, ratios: [windows, channels, k], flattened per window (channel by
    channel) and concatenated in this order. labels: 0 rest, 1 task. Unusable windows are dropped.
    Of the n usable windows at rest, the first floor(train_share * n) are train, those up to
    floor((train_share + validation_share) * n) are validation; the others, and after them all
    usable windows of the task, are test. test_labels: the labels of test.
    ValueError when no row is left to train on or to test on, or the shares exceed 1.
    """
    if train_share + validation_share > 1 + ROUNDING:
        raise ValueError(f"shares add up to {train_share + validation_share}, more than 1")
    kinds = (moments, spectra, energies, ratios)
    rows = np.concatenate([kind.reshape(len(labels), -1) for kind in kinds], axis=1)
    rest = np.flatnonzero(usable & (labels == 0))
    task = np.flatnonzero(usable & (labels == 1))
    fitted = math.floor(train_share * len(rest) + ROUNDING)
    known = math.floor((train_share + validation_share) * len(rest) + ROUNDING)
    judged = np.concatenate([rest[known:], task])
    if fitted == 0 or len(judged) == 0:
        raise ValueError(f"{len(rest)} usable windows at rest and {len(task)} of the task: too few")
    return Parts(rows[rest[:fitted]], rows[rest[fitted:known]], rows[judged], labels[judged])
