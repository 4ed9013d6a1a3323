"""Measure how well scores tell anomalies from normal rows."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]


# fxg:hole
def evaluate(
    train: FloatArray, test: FloatArray, labels: IntArray, *, quantile: float
) -> dict[str, float | int]:
    """Judge test scores against labels, with a threshold taken from the training scores.

    train: [train], at least one; test: [test], at least one; larger is more anomalous.
    labels: [test], 0 normal, 1 anomaly.
    Returns Python numbers: the floats roc_auc, precision, recall, f1, accuracy (all in [0, 1])
    and threshold, and the ints normals and anomalies (how many of each label).
    threshold: the given quantile of train, linearly interpolated. A row is flagged when its
    score exceeds the threshold. A share of nothing is 0.0; roc_auc is 0.5 when only one label
    occurs. Never NaN.
    """
    raise NotImplementedError


# fxg:end
