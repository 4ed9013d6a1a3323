"""One right and several plausible wrong ways to average scores."""

from typing import NamedTuple

import numpy as np


class AveragedScores(NamedTuple):
    train: np.ndarray
    test: np.ndarray


def _standard(train, test, ddof=0, centre=True, own=False, careful=True):
    mean = train.mean() if centre else 0.0
    spread = 1.0 if careful and np.ptp(train) == 0 else train.std(ddof=ddof)
    with np.errstate(invalid="ignore", divide="ignore"):
        judged = (test - test.mean()) / test.std() if own else (test - mean) / spread
        return (train - mean) / spread, judged


def _average(svm, autoencoder, weight=0.5):
    pairs = zip(svm, autoencoder, strict=True)
    return AveragedScores(*(weight * a + (1 - weight) * b for a, b in pairs))


def _both(inputs, **changes):
    return _average(_standard(*inputs[:2], **changes), _standard(*inputs[2:], **changes))


def reference(svm_train, svm_test, autoencoder_train, autoencoder_test):
    return _both((svm_train, svm_test, autoencoder_train, autoencoder_test))


def training_scores_average_to_zero(svm_train, svm_test, autoencoder_train, autoencoder_test):
    """Divides by the deviation and leaves the mean."""
    return _both((svm_train, svm_test, autoencoder_train, autoencoder_test), centre=False)


def a_detectors_own_scale_does_not_matter(svm_train, svm_test, autoencoder_train, autoencoder_test):
    """Averages the raw scores."""
    return _average((svm_train, svm_test), (autoencoder_train, autoencoder_test))


def two_equal_detectors(svm_train, svm_test, autoencoder_train, autoencoder_test):
    """Divides by one row less."""
    return _both((svm_train, svm_test, autoencoder_train, autoencoder_test), ddof=1)


def test_scores_are_judged_one_by_one(svm_train, svm_test, autoencoder_train, autoencoder_test):
    """Standardises the test scores by themselves."""
    return _both((svm_train, svm_test, autoencoder_train, autoencoder_test), own=True)


def a_constant_detector(svm_train, svm_test, autoencoder_train, autoencoder_test):
    """Divides by a deviation of zero, or of rounding noise."""
    return _both((svm_train, svm_test, autoencoder_train, autoencoder_test), careful=False)


def both_detectors_weigh_the_same(svm_train, svm_test, autoencoder_train, autoencoder_test):
    """Trusts the machine more than the network."""
    parts = _standard(svm_train, svm_test), _standard(autoencoder_train, autoencoder_test)
    return _average(*parts, weight=0.7)
