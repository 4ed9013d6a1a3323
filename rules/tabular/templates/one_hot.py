"""Turn a table of numbers and categories into a matrix, one column a category."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray: TypeAlias = npt.NDArray[np.float64]


class Encoded(NamedTuple):
    """A matrix, and what each of its columns is."""

    matrix: FloatArray
    names: list[str]


# fxg:hole
def one_hot(features: pd.DataFrame) -> Encoded:
    """Keep numeric columns, and give every category of the others a column of zeros and ones.

    features: columns of dtype float64 are numeric, all others hold str; nothing is missing; any
    number of rows and columns, none included.
    Returns matrix: float64, [rows, encoded], and names: one text for each of its columns.
    """
    raise NotImplementedError


# fxg:end
