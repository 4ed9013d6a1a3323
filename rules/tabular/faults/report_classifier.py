"""One right and several plausible wrong ways to judge a classifier."""

import numpy as np
from sklearn.metrics import roc_auc_score


def _odds(test, model):
    rows = (test - model["mean"]) / model["scale"]
    return rows @ model["weights"] + model["intercept"]


def _share(part, whole):
    return float(part / whole) if whole else 0.0


def _area(labels, z):
    """Compare every positive row with every negative one."""
    higher = z[labels == 1][:, None] - z[labels == 0][None, :]
    return float(np.mean((higher > 0) + (higher == 0) / 2)) if higher.size else 0.5


def _metrics(z, labels, *, judged=None, area=_area):
    judged = z > 0 if judged is None else judged
    positive = labels == 1
    right = int((judged & positive).sum())
    positives = int(positive.sum())
    rows = len(labels)
    return {
        "accuracy": _share((judged == positive).sum(), rows),
        "majority": _share(max(positives, rows - positives), rows),
        "roc_auc": area(labels, z),
        "precision": _share(right, int(judged.sum())),
        "recall": _share(right, positives),
        "f1": _share(2 * right, int(judged.sum()) + positives),
        "log_loss": float(np.logaddexp(0, np.where(positive, -z, z)).mean()) if rows else 0.0,
        "positives": positives,
        "negatives": rows - positives,
    }


def reference(test, labels, model):
    return _metrics(np.round(_odds(test, model), 9), labels)


def counts_agree(test, labels, model):
    """Counts what was judged instead of what is."""
    z = np.round(_odds(test, model), 9)
    metrics = _metrics(z, labels)
    return metrics | {"positives": int((z > 0).sum()), "negatives": int((z <= 0).sum())}


def shares_are_of_the_right_whole(test, labels, model):
    """Takes precision for recall."""
    metrics = reference(test, labels, model)
    return metrics | {"precision": metrics["recall"], "recall": metrics["precision"]}


def zero_is_negative(test, labels, model):
    """Judges even odds positive."""
    z = np.round(_odds(test, model), 9)
    return _metrics(z, labels, judged=z >= 0)


def ties_count_one_half(test, labels, model):
    """Ranks ties as they come."""

    def area(labels, z):
        order = np.argsort(np.argsort(z, kind="stable"), kind="stable")
        return float(roc_auc_score(labels, order)) if len(set(labels.tolist())) == 2 else 0.5

    return _metrics(np.round(_odds(test, model), 9), labels, area=area)


def equal_rows_tie(test, labels, model):
    """Ranks by the last bits too."""
    z = _odds(test, model)
    return _metrics(z, labels)


def loss_is_the_mean_log_loss(test, labels, model):
    """Counts in bits."""
    metrics = reference(test, labels, model)
    return metrics | {"log_loss": metrics["log_loss"] / np.log(2)}


def certainty_does_not_overflow(test, labels, model):
    """Exponentiates first."""
    z = np.round(_odds(test, model), 9)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        chance = 1 / (1 + np.exp(-z))
        lost = -np.log(np.where(labels == 1, chance, 1 - chance))
    return _metrics(z, labels) | {"log_loss": float(lost.mean()) if len(lost) else 0.0}


def nothing_is_zero(test, labels, model):
    """Takes the area of one label for perfect."""
    metrics = reference(test, labels, model)
    return metrics | ({} if metrics["positives"] and metrics["negatives"] else {"roc_auc": 1.0})
