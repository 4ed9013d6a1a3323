"""What a one-class support vector machine's scores must be, whoever fits it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)


def parts(seed, rows=30, features=3):
    rng = np.random.default_rng(seed)
    return {
        "train": rng.normal(size=(rows, features)) * 2 + 1,
        "test": rng.normal(size=(8, features)) * 3,
    }


def decision(rows, state):
    """Return the decision function that the state spells out."""
    distance = ((rows[:, None, :] - state["support_vectors"][None]) ** 2).sum(axis=2)
    return np.exp(-state["gamma"] * distance) @ state["dual_coef"] + state["intercept"]


@given(seed=SEEDS)
def test_scores_follow_from_the_state(candidate, params, seed):
    """A score is minus the decision function of the state's vectors, coefficients and gamma."""
    inputs = parts(seed)
    result = candidate(**inputs, **params)
    expected = [-decision(inputs[name], result.state) for name in ("train", "test")]
    np.testing.assert_allclose(result.train_scores, expected[0], atol=1e-8)
    np.testing.assert_allclose(result.test_scores, expected[1], atol=1e-8)


@given(seed=SEEDS, distance=st.floats(30, 300))
def test_far_rows_score_higher(candidate, params, seed, distance):
    """A row far from all training rows scores above 0 and above the training rows' middle."""
    inputs = parts(seed)
    far = {**inputs, "test": inputs["train"][:2] + distance}
    result = candidate(**far, **params)
    assert result.test_scores.min() > 0
    assert result.test_scores.min() > np.median(result.train_scores)


@given(seed=SEEDS, nu=st.sampled_from([0.1, 0.3, 0.6]))
def test_nu_bounds_the_outliers(candidate, params, seed, nu):
    """At most a share nu of the training rows is outside, at least that share supports."""
    inputs = parts(seed)
    result = candidate(**inputs, **{**params, "nu": nu})
    rows = len(inputs["train"])
    assert (result.train_scores > 1e-2).sum() <= nu * rows + 1
    assert len(result.state["support_vectors"]) >= nu * rows - 1
    assert abs(np.mean(result.train_scores > 0) - nu) < 0.2


@given(seed=SEEDS)
def test_gamma_is_scaled_to_the_training_values(candidate, params, seed):
    """gamma is 1 / (features * population variance of all training values)."""
    inputs = parts(seed)
    result = candidate(**inputs, **params)
    expected = 1 / (inputs["train"].shape[1] * inputs["train"].var())
    assert abs(result.state["gamma"] / expected - 1) < 1e-9


@given(seed=SEEDS)
def test_fitted_on_training_rows_only(candidate, params, seed):
    """Other test rows change neither the training scores nor the state."""
    inputs = parts(seed)
    first = candidate(**inputs, **params)
    second = candidate(**{**inputs, "test": inputs["test"] * 4 + 9}, **params)
    np.testing.assert_array_equal(first.train_scores, second.train_scores)
    for name in ("support_vectors", "dual_coef", "intercept", "gamma"):
        np.testing.assert_array_equal(first.state[name], second.state[name])
