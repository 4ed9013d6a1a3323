"""What scaling to the training rows must do, whoever wrote it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)


def parts(seed, features=4):
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.uniform(-2, 3, size=features)
    shift = rng.normal(size=features) * scale
    return {
        name: rng.normal(size=(rows, features)) * scale + shift + bias * scale
        for name, rows, bias in (("train", 12, 0), ("validation", 5, 1), ("test", 7, 2))
    }


@given(seed=SEEDS)
def test_training_columns_are_standard(candidate, params, seed):
    """Every column of the scaled training rows has mean 0 and population deviation 1."""
    result = candidate(**parts(seed), **params)
    np.testing.assert_allclose(result.train.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(result.train.std(axis=0), 1, rtol=1e-9)


@given(seed=SEEDS)
def test_fitted_on_training_rows_only(candidate, params, seed):
    """Other validation and test rows change neither the scaled training rows nor the state."""
    inputs = parts(seed)
    first = candidate(**inputs, **params)
    moved = {**inputs, "validation": inputs["validation"] + 5, "test": inputs["test"] * 3}
    second = candidate(**moved, **params)
    np.testing.assert_array_equal(first.train, second.train)
    for name in ("mean", "scale"):
        np.testing.assert_array_equal(first.state[name], second.state[name])


@given(seed=SEEDS)
def test_one_scale_for_all_parts(candidate, params, seed):
    """A row is scaled alike in whichever part it stands, by the mean and scale of the state."""
    inputs = parts(seed)
    result = candidate(**inputs, **params)
    for name in ("train", "validation", "test"):
        expected = (inputs[name] - result.state["mean"]) / result.state["scale"]
        np.testing.assert_allclose(getattr(result, name), expected, rtol=1e-9, atol=1e-9)


@given(seed=SEEDS, value=st.floats(-100, 100))
def test_constant_columns(candidate, params, seed, value):
    """A column that is constant in training has scale 1: zeros in train, distances elsewhere."""
    inputs = {name: part.copy() for name, part in parts(seed).items()}
    inputs["train"][:, 1] = value
    inputs["test"][:, 1] = value + 2
    result = candidate(**inputs, **params)
    assert result.state["scale"][1] == 1.0
    np.testing.assert_allclose(result.train[:, 1], 0, atol=1e-9)
    np.testing.assert_allclose(result.test[:, 1], 2, atol=1e-9)


@given(seed=SEEDS)
def test_rounding_noise_stays_negligible(candidate, params, seed):
    """A column that deviates by no more than least_deviation is left at its size."""
    inputs = {name: part.copy() for name, part in parts(seed).items()}
    noise = np.random.default_rng(seed).uniform(-1, 1, size=12) * params["least_deviation"] / 2
    inputs["train"][:, 2] = noise
    result = candidate(**inputs, **params)
    assert result.state["scale"][2] == 1.0
    np.testing.assert_allclose(result.train[:, 2], noise - noise.mean(), atol=1e-15)


@given(seed=SEEDS)
def test_validation_may_be_empty(candidate, params, seed):
    """Without validation rows the other parts come out as ever."""
    inputs = parts(seed)
    expected = candidate(**inputs, **params)
    result = candidate(**{**inputs, "validation": inputs["validation"][:0]}, **params)
    assert result.validation.shape == (0, 4)
    np.testing.assert_array_equal(result.test, expected.test)
