"""One right and several plausible wrong ways to fit a logistic regression."""

import numpy as np
from sklearn.linear_model import LogisticRegression


def _fitted(train, labels, strength, least, *, ddof=0, solver="newton-cholesky", **settings):
    if train.shape[1] == 0 or len(np.unique(labels)) < 2:
        raise ValueError("there is nothing to tell apart, or nothing to tell it by")
    mean, scale = train.mean(axis=0), train.std(axis=0, ddof=ddof)
    scale = np.where(scale <= least, 1.0, scale)
    settings = {"C": strength, "tol": 1e-12, "max_iter": 1000} | settings
    found = LogisticRegression(solver=solver, **settings).fit((train - mean) / scale, labels)
    return _model(mean, scale, found.coef_[0], found.intercept_[0])


def _model(mean, scale, weights, intercept):
    return {"mean": mean, "scale": scale, "weights": weights, "intercept": float(intercept)}


def reference(train, labels, *, strength, least_deviation):
    return _fitted(train, labels, strength, least_deviation)


def columns_are_standardised(train, labels, *, strength, least_deviation):
    """Divides by one row less."""
    return _fitted(train, labels, strength, least_deviation, ddof=1)


def the_gradient_vanishes(train, labels, *, strength, least_deviation):
    """Stops early, as by default."""
    return _fitted(train, labels, strength, least_deviation, solver="lbfgs", tol=1e-4)


def the_intercept_is_free(train, labels, *, strength, least_deviation):
    """Penalises the intercept like a weight."""
    return _fitted(train, labels, strength, least_deviation, solver="liblinear")


def noise_is_not_scaled(train, labels, *, strength, least_deviation):
    """Asks only whether the deviation is exactly zero."""
    return _fitted(train, labels, strength, 0.0)


def units_do_not_matter(train, labels, *, strength, least_deviation):
    """Gives the weights of the columns as they were."""
    model = _fitted(train, labels, strength, least_deviation)
    weights = model["weights"] / model["scale"]
    return _model(model["mean"], np.ones_like(weights), weights, model["intercept"])


def strength_is_what_it_says(train, labels, *, strength, least_deviation):
    """Takes it for the weight of the penalty."""
    return _fitted(train, labels, 1 / strength, least_deviation)


def one_label_is_refused(train, labels, *, strength, least_deviation):
    """Always answers with the only label."""
    if len(np.unique(labels)) > 1:
        return _fitted(train, labels, strength, least_deviation)
    zero = np.zeros(train.shape[1])
    return _model(train.mean(axis=0), zero + 1, zero, 1.0)
