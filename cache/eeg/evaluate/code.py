import math


def _check(train: FloatArray, test: FloatArray, labels: IntArray, quantile: float) -> None:
    """Raise ValueError when an argument breaks the contract."""
    if train.ndim != 1 or test.ndim != 1 or labels.ndim != 1:
        raise ValueError("train, test and labels must be one-dimensional")
    if train.shape[0] == 0:
        raise ValueError("train must hold at least one score")
    if test.shape[0] == 0:
        raise ValueError("test must hold at least one score")
    if test.shape[0] != labels.shape[0]:
        raise ValueError("test and labels must have equal lengths")
    if not bool(np.all(np.isfinite(train))) or not bool(np.all(np.isfinite(test))):
        raise ValueError("scores must be finite")
    if not bool(np.all((labels == 0) | (labels == 1))):
        raise ValueError("labels must be 0 or 1")
    if not 0.0 <= quantile <= 1.0:
        raise ValueError("quantile must lie in [0, 1]")


def _threshold(train: FloatArray, quantile: float) -> float:
    """Return the quantile of train, linearly interpolated between order statistics."""
    ordered = np.sort(train)
    last = int(ordered.shape[0]) - 1
    position = float(quantile) * last
    lower = min(math.floor(position), last)
    upper = min(lower + 1, last)
    weight = position - lower
    low = float(ordered[lower])
    high = float(ordered[upper])
    span = high - low
    if not math.isfinite(span):
        return low * (1.0 - weight) + high * weight
    if weight < 0.5:
        return low + span * weight
    return high - span * (1.0 - weight)


def _share(part: int, whole: int) -> float:
    """Return part / whole, and 0.0 for a share of nothing."""
    return part / whole if whole > 0 else 0.0


def _roc_auc(normal_scores: FloatArray, anomaly_scores: FloatArray) -> float:
    """Return the probability that an anomaly outscores a normal row, ties counting one half."""
    pairs = int(normal_scores.shape[0]) * int(anomaly_scores.shape[0])
    if pairs == 0:
        return 0.5
    ordered = np.sort(normal_scores)
    below = int(np.sum(np.searchsorted(ordered, anomaly_scores, side="left")))
    not_above = int(np.sum(np.searchsorted(ordered, anomaly_scores, side="right")))
    return (below + not_above) / (2 * pairs)


def evaluate(
    train: FloatArray,
    test: FloatArray,
    labels: IntArray,
    *,
    quantile: float,
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
    _check(train, test, labels, quantile)
    threshold = _threshold(train, quantile)
    is_anomaly = labels == 1
    is_flagged = test > threshold
    total = int(labels.shape[0])
    anomalies = int(np.count_nonzero(is_anomaly))
    flagged = int(np.count_nonzero(is_flagged))
    hits = int(np.count_nonzero(is_anomaly & is_flagged))
    right = int(np.count_nonzero(is_anomaly == is_flagged))
    return {
        "roc_auc": _roc_auc(test[~is_anomaly], test[is_anomaly]),
        "precision": _share(hits, flagged),
        "recall": _share(hits, anomalies),
        "f1": _share(2 * hits, flagged + anomalies),
        "accuracy": _share(right, total),
        "threshold": threshold,
        "normals": total - anomalies,
        "anomalies": anomalies,
    }
