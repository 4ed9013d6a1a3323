"""One right and several plausible wrong ways to score by a one-class machine."""

from typing import NamedTuple

import numpy as np
from sklearn.svm import OneClassSVM


class SvmScores(NamedTuple):
    train_scores: np.ndarray
    test_scores: np.ndarray
    state: dict


def _scores(train, test, nu, gamma=None, rows=None, sign=-1.0):
    rows = train if rows is None else rows
    spread = float(rows.var())
    scaled = 1.0 / (rows.shape[1] * spread) if spread > 0 else 1.0
    gamma = scaled if gamma is None else gamma
    machine = OneClassSVM(kernel="rbf", nu=nu, gamma=gamma).fit(rows)
    state = {
        "support_vectors": machine.support_vectors_,
        "dual_coef": machine.dual_coef_[0],
        "intercept": float(machine.intercept_[0]),
        "gamma": gamma,
    }
    scores = [sign * machine.decision_function(part) for part in (train, test)]
    return SvmScores(*scores, state)


def reference(train, test, *, nu):
    return _scores(train, test, nu)


def scores_follow_from_the_state(train, test, *, nu):
    """Negates the raw sum, which lacks the intercept."""
    result = _scores(train, test, nu)
    offset = result.state["intercept"]
    return SvmScores(result.train_scores + offset, result.test_scores + offset, result.state)


def far_rows_score_higher(train, test, *, nu):
    """Returns the decision function as it is."""
    return _scores(train, test, nu, sign=1.0)


def nu_bounds_the_outliers(train, test, *, nu):
    """Leaves nu at the library's default."""
    return _scores(train, test, 0.5)


def gamma_is_scaled_to_the_training_values(train, test, *, nu):
    """Forgets the variance."""
    return _scores(train, test, nu, gamma=1.0 / train.shape[1])


def fitted_on_training_rows_only(train, test, *, nu):
    """Fits on all rows."""
    return _scores(train, test, nu, rows=np.concatenate([train, test]))
