"""What the metrics must be, whoever computes them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)
SHARES = ("roc_auc", "precision", "recall", "f1", "accuracy")


def judged(seed, rows=14):
    """Return coarse scores, so that ties are common, with labels of both kinds."""
    rng = np.random.default_rng(seed)
    labels = np.array([0, 1] * (rows // 2), dtype=np.int64)
    return {
        "train": rng.integers(0, 8, size=11) / 2.0,
        "test": rng.integers(0, 8, size=rows) / 2.0 + labels * 0.5,
        "labels": labels,
    }


@given(seed=SEEDS, tenth=st.integers(0, 10))
def test_the_threshold_is_a_linear_quantile(candidate, params, seed, tenth):
    """Of n sorted training scores the threshold stands at quantile * (n - 1), interpolated."""
    inputs = judged(seed)
    train = np.sort(inputs["train"] + np.linspace(0, 0.3, 11))[:8]
    at = tenth / 10 * 7
    low = int(at)
    expected = train[low] + (train[min(low + 1, 7)] - train[low]) * (at - low)
    shuffled = {**inputs, "train": train[[3, 0, 7, 1, 6, 2, 5, 4]]}
    result = candidate(**shuffled, **{**params, "quantile": tenth / 10})
    assert abs(result["threshold"] - expected) < 1e-9


@given(seed=SEEDS)
def test_auc_counts_pairs(candidate, params, seed):
    """roc_auc is the share of (anomaly, normal) pairs in the right order, a tie counting half."""
    inputs = judged(seed)
    result = candidate(**inputs, **params)
    anomalies = inputs["test"][inputs["labels"] == 1][:, None]
    normals = inputs["test"][inputs["labels"] == 0][None, :]
    expected = ((anomalies > normals) + 0.5 * (anomalies == normals)).mean()
    assert abs(result["roc_auc"] - expected) < 1e-9


@given(seed=SEEDS, quantile=st.sampled_from([0.0, 0.5, 1.0]))
def test_a_score_at_the_threshold_is_normal(candidate, params, seed, quantile):
    """Only scores above the threshold are flagged; precision, recall, f1, accuracy follow."""
    inputs = judged(seed)
    result = candidate(**inputs, **{**params, "quantile": quantile})
    threshold = np.sort(inputs["train"])[int(quantile * 10)]
    flagged, anomaly = inputs["test"] > threshold, inputs["labels"] == 1
    hits = (flagged & anomaly).sum()
    assert abs(result["accuracy"] - (flagged == anomaly).mean()) < 1e-9
    assert abs(result["recall"] - hits / anomaly.sum()) < 1e-9
    assert abs(result["precision"] - hits / max(1, flagged.sum())) < 1e-9
    assert abs(result["f1"] - 2 * hits / (flagged.sum() + anomaly.sum())) < 1e-9


@given(seed=SEEDS)
def test_nothing_flagged(candidate, params, seed):
    """When no score exceeds the threshold, precision, recall and f1 are 0."""
    inputs = judged(seed)
    low = {**inputs, "test": inputs["train"].min() - 1 - inputs["test"]}
    result = candidate(**low, **params)
    assert (result["precision"], result["recall"], result["f1"]) == (0.0, 0.0, 0.0)
    assert abs(result["accuracy"] - 0.5) < 1e-9


@given(seed=SEEDS, label=st.sampled_from([0, 1]))
def test_one_label_only(candidate, params, seed, label):
    """With labels of one kind roc_auc is 0.5 and every other share is a number in [0, 1]."""
    inputs = judged(seed)
    result = candidate(**{**inputs, "labels": np.full(14, label, dtype=np.int64)}, **params)
    assert result["roc_auc"] == 0.5
    assert all(0.0 <= result[name] <= 1.0 for name in SHARES)


@given(seed=SEEDS, anomalies=st.integers(1, 13))
def test_labels_are_counted(candidate, params, seed, anomalies):
    """normals counts the labels 0, anomalies the labels 1."""
    labels = (np.arange(14) < anomalies).astype(np.int64)
    result = candidate(**{**judged(seed), "labels": labels}, **params)
    assert (result["normals"], result["anomalies"]) == (14 - anomalies, anomalies)
