"""Scale every column by the mean and deviation that it has in the training rows."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


class Standardised(NamedTuple):
    """The three parts on one scale, and the scale."""

    train: FloatArray
    validation: FloatArray
    test: FloatArray
    state: dict[str, FloatArray]


# fxg:hole
def standardise(
    train: FloatArray, validation: FloatArray, test: FloatArray, *, least_deviation: float
) -> Standardised:
    """Subtract the training rows' mean from every part and divide by their deviation.

    train, validation, test: [rows, features]; validation may have no rows.
    Returns new arrays of the same shapes, and state: {"mean": [features], "scale": [features]},
    where scale is the population standard deviation over the training rows, and 1.0 for a
    column in which that does not exceed least_deviation (constant, or rounding noise).
    Nothing of validation or test enters the state. Never NaN for finite input.
    """
    raise NotImplementedError


# fxg:end
