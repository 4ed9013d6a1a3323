"""Bring the scores of two detectors to one scale and average them."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


class AveragedScores(NamedTuple):
    """How anomalous each row is by both detectors, larger is more so."""

    train: FloatArray
    test: FloatArray


# fxg:hole
def average_scores(
    svm_train: FloatArray,
    svm_test: FloatArray,
    autoencoder_train: FloatArray,
    autoencoder_test: FloatArray,
) -> AveragedScores:
    """Standardise each detector's scores by its own training scores and average the two.

    svm_train, autoencoder_train: [train]; svm_test, autoencoder_test: [test]; larger is more
    anomalous. Each detector's scores, of both parts, lose the mean of its training scores and
    are divided by their population standard deviation (by 1.0 if all of them are equal).
    Returns train: [train] and test: [test], the plain average of the two. Never NaN.
    """
    raise NotImplementedError


# fxg:end
