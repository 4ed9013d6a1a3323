"""Fit a logistic regression with an L2 penalty to standardised training rows."""

from typing import TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]


class Model(TypedDict):
    """How columns are standardised, and the regression on standardised columns."""

    mean: FloatArray
    scale: FloatArray
    weights: FloatArray
    intercept: float


# fxg:hole
def fit_logistic(
    train: FloatArray, labels: IntArray, *, strength: float, least_deviation: float
) -> Model:
    """Standardise the columns of train and fit a logistic regression to them.

    train: [rows, encoded], finite; labels: [rows], 0 or 1.
    Returns mean, scale, weights: float64, [encoded] each, and intercept: a Python float. The
    log-odds of a row are ((row - mean) / scale) @ weights + intercept. scale is the population
    standard deviation of the column, and 1.0 where that does not exceed least_deviation.
    ValueError when train has no columns, or labels has not both a 0 and a 1.
    """
    raise NotImplementedError


# fxg:end
