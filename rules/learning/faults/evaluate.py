"""One right and several plausible wrong ways to evaluate scores."""

import numpy as np


def _share(part, whole):
    return float(part / whole) if whole else 0.0


def _auc(test, labels, tie=0.5):
    anomalies, normals = test[labels == 1][:, None], test[labels == 0][None, :]
    if anomalies.size == 0 or normals.size == 0:
        return 0.5
    return float(np.mean((anomalies > normals) + tie * (anomalies == normals)))


def _metrics(test, labels, threshold, flagged, auc):
    anomaly = labels == 1
    hits = int((flagged & anomaly).sum())
    return {
        "roc_auc": auc,
        "precision": _share(hits, flagged.sum()),
        "recall": _share(hits, anomaly.sum()),
        "f1": _share(2 * hits, flagged.sum() + anomaly.sum()),
        "accuracy": float((flagged == anomaly).mean()),
        "threshold": float(threshold),
        "normals": int((~anomaly).sum()),
        "anomalies": int(anomaly.sum()),
    }


def reference(train, test, labels, *, quantile):
    threshold = np.quantile(train, quantile)
    return _metrics(test, labels, threshold, test > threshold, _auc(test, labels))


def the_threshold_is_a_linear_quantile(train, test, labels, *, quantile):
    """Takes the nearest order statistic."""
    threshold = np.quantile(train, quantile, method="nearest")
    return _metrics(test, labels, threshold, test > threshold, _auc(test, labels))


def auc_counts_pairs(train, test, labels, *, quantile):
    """Ranks without midranks: every tie counts as a win."""
    threshold = np.quantile(train, quantile)
    return _metrics(test, labels, threshold, test > threshold, _auc(test, labels, tie=1.0))


def a_score_at_the_threshold_is_normal(train, test, labels, *, quantile):
    """Flags a score at the threshold."""
    threshold = np.quantile(train, quantile)
    return _metrics(test, labels, threshold, test >= threshold, _auc(test, labels))


def nothing_flagged(train, test, labels, *, quantile):
    """Calls the precision of no prediction perfect."""
    result = reference(train, test, labels, quantile=quantile)
    flagged = (test > result["threshold"]).sum()
    return result if flagged else {**result, "precision": 1.0}


def one_label_only(train, test, labels, *, quantile):
    """Passes on what the library says of one class."""
    result = reference(train, test, labels, quantile=quantile)
    return result if 0 < labels.sum() < len(labels) else {**result, "roc_auc": float("nan")}


def labels_are_counted(train, test, labels, *, quantile):
    """Exchanges the two counts."""
    result = reference(train, test, labels, quantile=quantile)
    counts = {"normals": result["anomalies"], "anomalies": result["normals"]}
    return {**result, **counts}
