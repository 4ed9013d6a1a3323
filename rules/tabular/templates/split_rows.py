"""Split rows into train and test, label by label, in an order every machine agrees on."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]


class Parts(NamedTuple):
    """Rows to fit on and rows to judge on, each with its labels."""

    train: FloatArray
    test: FloatArray
    train_labels: IntArray
    test_labels: IntArray


# fxg:hole
def split_rows(matrix: FloatArray, labels: IntArray, *, test_share: float, seed: int) -> Parts:
    """Take test_share of the rows of each label as test rows, the others as training rows.

    matrix: [rows, encoded]; labels: [rows], 0 or 1; there may be no rows, and test_share may be
    0.0 or 1.0, so a part may be empty.
    Which rows are taken depends on labels, test_share and seed, and on nothing in matrix. In
    both parts the rows keep the order that they have in matrix.
    """
    raise NotImplementedError


# fxg:end
