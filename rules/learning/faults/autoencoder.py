"""One right and several plausible wrong ways to score by an auto-encoder."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.neural_network import MLPRegressor


class AutoencoderScores(NamedTuple):
    train_scores: np.ndarray
    test_scores: np.ndarray
    state: dict


def _network(rows, hidden, alpha, max_iter, seed, **changes):
    setting = {"activation": "tanh", "solver": "lbfgs", **changes}
    network = MLPRegressor(
        hidden_layer_sizes=(hidden,),
        alpha=alpha,
        max_iter=max_iter,
        random_state=seed,
        **setting,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return network.fit(rows, rows)


def _scores(network, train, test):
    errors = [np.mean((network.predict(part) - part) ** 2, axis=1) for part in (train, test)]
    names = ("hidden_weights", "output_weights", "hidden_bias", "output_bias")
    arrays = (*network.coefs_, *network.intercepts_)
    return AutoencoderScores(*errors, dict(zip(names, arrays, strict=True)))


def reference(train, test, *, hidden, alpha, max_iter, seed):
    return _scores(_network(train, hidden, alpha, max_iter, seed), train, test)


def scores_follow_from_the_state(train, test, *, hidden, alpha, max_iter, seed):
    """Returns the root of the mean squared error."""
    result = _scores(_network(train, hidden, alpha, max_iter, seed), train, test)
    return result._replace(
        train_scores=np.sqrt(result.train_scores), test_scores=np.sqrt(result.test_scores)
    )


def it_learns_the_training_rows(train, test, *, hidden, alpha, max_iter, seed):
    """Trains with the default solver, far too few and too small steps."""
    network = _network(train, hidden, alpha, max_iter, seed, solver="adam")
    return _scores(network, train, test)


def equal_seeds_give_equal_results(train, test, *, hidden, alpha, max_iter, seed):
    """Forgets the seed."""
    return _scores(_network(train, hidden, alpha, max_iter, None), train, test)


def the_seed_matters(train, test, *, hidden, alpha, max_iter, seed):
    """Writes a seed of its own into the code."""
    return _scores(_network(train, hidden, alpha, max_iter, 42), train, test)


def fitted_on_training_rows_only(train, test, *, hidden, alpha, max_iter, seed):
    """Fits on all rows."""
    rows = np.concatenate([train, test])
    return _scores(_network(rows, hidden, alpha, max_iter, seed), train, test)


def the_penalty_shrinks_the_weights(train, test, *, hidden, alpha, max_iter, seed):
    """Leaves the penalty at the library's default."""
    return _scores(_network(train, hidden, 1e-4, max_iter, seed), train, test)
