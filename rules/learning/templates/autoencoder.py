"""Score rows by how badly a shallow auto-encoder reproduces them."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


class AutoencoderScores(NamedTuple):
    """How anomalous each row is, larger is more so; and the fitted weights."""

    train_scores: FloatArray
    test_scores: FloatArray
    state: dict[str, FloatArray]


# fxg:hole
def autoencoder(
    train: FloatArray, test: FloatArray, *, hidden: int, alpha: float, max_iter: int, seed: int
) -> AutoencoderScores:
    """Fit a one-hidden-layer network that reproduces the training rows, and score both parts.

    train, test: [rows, features]; at least one row each, at least two features.
    train_scores, test_scores: [rows], the mean over the features of the squared difference
    between a row and its reproduction.
    state: {"hidden_weights": [features, hidden], "hidden_bias": [hidden], "output_weights":
    [hidden, features], "output_bias": [features]}, such that the reproduction of a row is
    tanh(row @ hidden_weights + hidden_bias) @ output_weights + output_bias.
    Equal arguments give equal results. Stopping at max_iter is no error. Nothing of test
    enters the state.
    """
    raise NotImplementedError


# fxg:end
