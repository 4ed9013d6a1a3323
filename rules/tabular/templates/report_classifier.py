"""Measure how well a fitted model tells positive test rows from negative ones."""

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


class Metrics(TypedDict):
    """How well the positive rows were told from the negative ones."""

    accuracy: float
    majority: float
    roc_auc: float
    precision: float
    recall: float
    f1: float
    log_loss: float
    positives: int
    negatives: int


# fxg:hole
def report_classifier(test: FloatArray, labels: IntArray, model: Model) -> Metrics:
    """Judge the model's log-odds of the test rows against their labels.

    test: [rows, encoded], finite, possibly no rows; labels: [rows], 0 or 1.
    The log-odds of a row are ((row - mean) / scale) @ weights + intercept of model.
    Returns Python floats and ints. A share of nothing is 0.0, so are majority and log_loss
    without rows; roc_auc is 0.5 unless both labels occur. Never NaN or infinite.
    """
    raise NotImplementedError


# fxg:end
