"""What judging a classifier must do, whoever wrote it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)
SCORES = st.lists(st.sampled_from([-2.0, -0.5, 0.0, 0.25, 0.5, 3.0]), min_size=2, max_size=20)


def plain(scores):
    """Return rows and a model whose log-odds are the scores."""
    one = np.ones(1)
    model = {"mean": 0 * one, "scale": one, "weights": one, "intercept": 0.0}
    return np.array(scores, dtype=np.float64)[:, None], model


def mixed(scores, seed):
    """Return labels for the scores, both of them in it."""
    labels = np.random.default_rng(seed).integers(0, 2, size=len(scores))
    labels[:2] = 0, 1
    return labels.astype(np.int64)


def sample(seed, rows=30, columns=5):
    rng = np.random.default_rng(seed)
    model = {
        "mean": rng.normal(size=columns),
        "scale": rng.uniform(0.5, 2, size=columns),
        "weights": rng.normal(size=columns),
        "intercept": float(rng.normal()),
    }
    return rng.normal(size=(rows, columns)), mixed(range(rows), seed), model


def odds(test, model):
    return ((test - model["mean"]) / model["scale"]) @ model["weights"] + model["intercept"]


@given(seed=SEEDS)
def test_counts_agree(candidate, params, seed):
    """positives and negatives count the labels, and majority is the share of the larger."""
    test, labels, model = sample(seed)
    metrics = candidate(test, labels, model, **params)
    assert metrics["positives"] == labels.sum()
    assert metrics["negatives"] == (1 - labels).sum()
    assert metrics["majority"] == pytest.approx(np.bincount(labels).max() / len(labels))


@given(seed=SEEDS)
def test_shares_are_of_the_right_whole(candidate, params, seed):
    """accuracy, precision, recall and f1 are those of the rows with positive log-odds."""
    test, labels, model = sample(seed)
    metrics = candidate(test, labels, model, **params)
    judged = odds(test, model) > 0
    right = (judged & (labels == 1)).sum()
    assert metrics["accuracy"] == pytest.approx((judged == (labels == 1)).mean())
    assert metrics["precision"] == pytest.approx(right / max(judged.sum(), 1))
    assert metrics["recall"] == pytest.approx(right / labels.sum())
    assert metrics["f1"] == pytest.approx(2 * right / (judged.sum() + labels.sum()))


def test_zero_is_negative(candidate, params):
    """Even odds are judged negative."""
    test, model = plain([0.0, 0.0, 1.0])
    metrics = candidate(test, np.array([0, 1, 1]), model, **params)
    assert metrics["accuracy"] == pytest.approx(2 / 3)
    assert metrics["recall"] == pytest.approx(1 / 2)


@given(scores=SCORES, seed=SEEDS)
def test_ties_count_one_half(candidate, params, scores, seed):
    """roc_auc is the chance that a positive row is above a negative one, a tie one half."""
    test, model = plain(scores)
    labels = mixed(scores, seed)
    z = np.array(scores)
    pairs = [(a > b) + (a == b) / 2 for a in z[labels == 1] for b in z[labels == 0]]
    assert candidate(test, labels, model, **params)["roc_auc"] == pytest.approx(np.mean(pairs))


@given(seed=SEEDS)
def test_equal_rows_tie(candidate, params, seed):
    """Log-odds that differ by less than the tenth decimal are a tie."""
    scores = np.array([0.5, 0.5, 1.0, 1.0]) + np.array([1, -1, 1, -1]) * 1e-12 * (seed + 1) / 1000
    test, model = plain(scores)
    area = candidate(test, np.array([0, 1, 0, 1]), model, **params)["roc_auc"]
    assert area == pytest.approx(0.5)


@given(seed=SEEDS)
def test_loss_is_the_mean_log_loss(candidate, params, seed):
    """log_loss is the mean negative natural logarithm of the chance of the true label."""
    test, labels, model = sample(seed)
    chance = 1 / (1 + np.exp(-odds(test, model)))
    expected = -np.log(np.where(labels == 1, chance, 1 - chance)).mean()
    assert candidate(test, labels, model, **params)["log_loss"] == pytest.approx(expected, rel=1e-6)


def test_certainty_does_not_overflow(candidate, params):
    """Log-odds of thousands give finite losses, of their own size when wrong."""
    test, model = plain([2000.0, -2000.0, 2000.0, -2000.0])
    metrics = candidate(test, np.array([1, 0, 0, 1]), model, **params)
    assert metrics["log_loss"] == pytest.approx(1000.0)


@given(labels=st.sampled_from([[], [0, 0], [1, 1]]))
def test_nothing_is_zero(candidate, params, labels):
    """Without one label, or any row, shares of nothing are 0 and roc_auc is one half."""
    test, model = plain([-1.0, -2.0][: len(labels)])
    metrics = candidate(test, np.array(labels, dtype=np.int64), model, **params)
    assert metrics["roc_auc"] == 0.5
    assert metrics["precision"] == metrics["recall"] == metrics["f1"] == 0.0
    assert metrics["accuracy"] == pytest.approx(float(labels == [0, 0]))
    assert metrics["majority"] == float(bool(labels))
    assert metrics["log_loss"] >= 0
