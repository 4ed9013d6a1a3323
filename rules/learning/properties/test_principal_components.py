"""What projecting on principal components must do, whoever wrote it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)
FEATURES = 6


def parts(seed, rows=15):
    """Return rows of six correlated features, with distinct variances."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(FEATURES, FEATURES)))
    spread = np.array([9.0, 6.0, 4.0, 2.5, 1.5, 0.8])
    shift = rng.normal(size=FEATURES) * 10
    return {
        name: (rng.normal(size=(count, FEATURES)) * spread) @ turn + shift + bias
        for name, count, bias in (("train", rows, 0), ("validation", 5, 3), ("test", 7, 6))
    }


@given(seed=SEEDS, components=st.integers(1, FEATURES))
def test_components_are_orthonormal(candidate, params, seed, components):
    """The rows of components have length 1 and are perpendicular to one another."""
    axes = candidate(**parts(seed), **{**params, "components": components}).state["components"]
    assert axes.shape == (components, FEATURES)
    np.testing.assert_allclose(axes @ axes.T, np.eye(components), atol=1e-9)


@given(seed=SEEDS, components=st.integers(1, FEATURES))
def test_the_largest_entry_is_positive(candidate, params, seed, components):
    """In every component the entry of largest magnitude is positive."""
    axes = candidate(**parts(seed), **{**params, "components": components}).state["components"]
    largest = axes[np.arange(components), np.abs(axes).argmax(axis=1)]
    assert np.all(largest > 0)


@given(seed=SEEDS)
def test_fitted_on_training_rows_only(candidate, params, seed):
    """Other validation and test rows change neither the training coordinates nor the state."""
    inputs = parts(seed)
    first = candidate(**inputs, **{**params, "components": 3})
    moved = {**inputs, "validation": inputs["validation"] + 50, "test": inputs["test"] * -3}
    second = candidate(**moved, **{**params, "components": 3})
    np.testing.assert_array_equal(first.train, second.train)
    for name in ("mean", "components", "explained_variance"):
        np.testing.assert_array_equal(first.state[name], second.state[name])


@given(seed=SEEDS)
def test_coordinates_follow_from_the_state(candidate, params, seed):
    """In every part the coordinates are (row - training mean) times the components."""
    inputs = parts(seed)
    result = candidate(**inputs, **{**params, "components": 4})
    state = result.state
    np.testing.assert_allclose(state["mean"], inputs["train"].mean(axis=0), atol=1e-9)
    for name in ("train", "validation", "test"):
        expected = (inputs[name] - state["mean"]) @ state["components"].T
        np.testing.assert_allclose(getattr(result, name), expected, atol=1e-9)


@given(seed=SEEDS, components=st.integers(1, FEATURES))
def test_explained_variance_is_that_of_the_coordinates(candidate, params, seed, components):
    """Explained variances are the training coordinates' sample variances (rows - 1), falling."""
    result = candidate(**parts(seed), **{**params, "components": components})
    explained = result.state["explained_variance"]
    np.testing.assert_allclose(explained, result.train.var(axis=0, ddof=1), rtol=1e-9)
    assert np.all(np.diff(explained) <= 0)


@given(seed=SEEDS)
def test_the_first_components_hold_the_most_variance(candidate, params, seed):
    """The kept components explain as much variance as the largest eigenvalues of the covariance."""
    inputs = parts(seed)
    result = candidate(**inputs, **{**params, "components": 2})
    eigenvalues = np.linalg.eigvalsh(np.cov(inputs["train"].T))[::-1]
    np.testing.assert_allclose(result.train.var(axis=0, ddof=1), eigenvalues[:2], rtol=1e-8)


@given(seed=SEEDS)
def test_more_features_than_rows(candidate, params, seed):
    """With fewer training rows than features the components are orthonormal all the same."""
    result = candidate(**parts(seed, rows=4), **{**params, "components": 3})
    axes = result.state["components"]
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(
        result.state["explained_variance"], result.train.var(axis=0, ddof=1), rtol=1e-9
    )


@given(rows=st.integers(1, 8), more=st.integers(1, 3))
def test_too_many_components_are_refused(candidate, params, rows, more):
    """More components than training rows or features, or one row only, raise ValueError."""
    components = 1 if rows == 1 else min(rows, FEATURES) + more
    with pytest.raises(ValueError):  # noqa: PT011  (the wording is free)
        candidate(**parts(1, rows), **{**params, "components": components})
