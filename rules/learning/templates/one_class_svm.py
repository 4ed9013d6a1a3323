"""Score rows by a one-class support vector machine with a Gaussian kernel."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


class SvmScores(NamedTuple):
    """How anomalous each row is, larger is more so; and the fitted machine."""

    train_scores: FloatArray
    test_scores: FloatArray
    state: dict[str, FloatArray | float]


# fxg:hole
def one_class_svm(train: FloatArray, test: FloatArray, *, nu: float) -> SvmScores:
    """Fit a one-class SVM to the training rows and score both parts.

    train, test: [rows, features]; at least one row each.
    train_scores, test_scores: [rows], the negated decision function, so that larger is more
    anomalous and a score above 0 is outside.
    state: {"support_vectors": [support, features], "dual_coef": [support], "intercept": float,
    "gamma": float}, such that a row's score is
    -(sum(dual_coef * exp(-gamma * |row - support_vectors|^2)) + intercept).
    gamma is 1 / (features * population variance of all training values), 1.0 if that is 0.
    Nothing of test enters the state.
    """
    raise NotImplementedError


# fxg:end
