import math

_DECIMALS = 9
_HUGE = 1e290


def _log_odds(test: FloatArray, model: Model) -> FloatArray:
    """Return the rounded log-odds of every row, summed in one order for all rows."""
    rows = int(test.shape[0])
    if rows == 0:
        return np.zeros(0, dtype=np.float64)
    if test.ndim != 2:
        raise ValueError("test must have two dimensions")
    columns = int(test.shape[1])
    mean = np.asarray(model["mean"], dtype=np.float64)
    scale = np.asarray(model["scale"], dtype=np.float64)
    weights = np.asarray(model["weights"], dtype=np.float64)
    for part in (mean, scale, weights):
        if part.ndim != 1 or part.size != columns:
            raise ValueError("mean, scale and weights must have one value per column of test")
    if bool(np.any(scale == 0.0)):
        raise ValueError("scale must not be zero")
    total = np.zeros(rows, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        terms = ((test - mean) / scale) * weights
        for column in range(columns):
            total = total + terms[:, column]
        total = total + float(model["intercept"])
    if not bool(np.all(np.isfinite(total))):
        raise ValueError("the log-odds of test are not finite")
    # numpy.round would overflow for huge values, which have no decimals to round.
    huge = np.abs(total) > _HUGE
    rounded = np.round(np.where(huge, 0.0, total), _DECIMALS)
    return np.asarray(np.where(huge, total, rounded), dtype=np.float64)


def _share(part: int, whole: int) -> float:
    """Return part / whole, and 0.0 for a share of nothing."""
    if whole == 0:
        return 0.0
    return part / whole


def _auc(positive: FloatArray, negative: FloatArray) -> float:
    """Return the probability that a positive value exceeds a negative one, ties one half."""
    pairs = int(positive.size) * int(negative.size)
    if pairs == 0:
        return 0.5
    ordered = np.sort(negative)
    below = int(np.sum(np.searchsorted(ordered, positive, side="left")))
    not_above = int(np.sum(np.searchsorted(ordered, positive, side="right")))
    return (below + not_above) / (2 * pairs)


def _mean_loss(losses: FloatArray) -> float:
    """Return the mean of non-negative losses without overflow, 0.0 of none."""
    count = int(losses.size)
    if count == 0:
        return 0.0
    largest = float(np.max(losses))
    if largest > _HUGE:
        return float(math.fsum((losses / largest).tolist()) / count * largest)
    return float(math.fsum(losses.tolist()) / count)


def report_classifier(test: FloatArray, labels: IntArray, model: Model) -> Metrics:
    """Judge the model's log-odds of the test rows against their labels.

    test: [rows, encoded], finite, possibly no rows; labels: [rows], 0 or 1.
    The log-odds of a row are ((row - mean) / scale) @ weights + intercept of model.
    Returns Python floats and ints. A share of nothing is 0.0, so are majority and log_loss
    without rows; roc_auc is 0.5 unless both labels occur. Never NaN or infinite.
    """
    values = np.asarray(test, dtype=np.float64)
    given = np.asarray(labels, dtype=np.int64)
    if values.ndim < 1 or given.ndim != 1 or values.shape[0] != given.shape[0]:
        raise ValueError("labels must have one value per row of test")
    if not bool(np.all((given == 0) | (given == 1))):
        raise ValueError("labels must be 0 or 1")
    odds = _log_odds(values, model)
    truth = np.asarray(given == 1, dtype=np.bool_)
    judged = np.asarray(odds > 0.0, dtype=np.bool_)
    rows = int(given.size)
    positives = int(np.count_nonzero(truth))
    negatives = rows - positives
    judged_positive = int(np.count_nonzero(judged))
    hits = int(np.count_nonzero(truth & judged))
    right = int(np.count_nonzero(truth == judged))
    losses = np.asarray(np.logaddexp(0.0, np.where(truth, -odds, odds)), dtype=np.float64)
    return {
        "accuracy": _share(right, rows),
        "majority": _share(max(positives, negatives), rows),
        "roc_auc": _auc(odds[truth], odds[~truth]),
        "precision": _share(hits, judged_positive),
        "recall": _share(hits, positives),
        "f1": _share(2 * hits, judged_positive + positives),
        "log_loss": _mean_loss(losses),
        "positives": positives,
        "negatives": negatives,
    }
