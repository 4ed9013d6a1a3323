"""What fitting a logistic regression must do, whoever wrote it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)
STRENGTHS = st.sampled_from([0.01, 0.1, 1.0, 10.0, 100.0])


def sample(seed, rows=60, columns=4):
    """Return rows on many scales, and labels that depend on them, more ones than zeros."""
    rng = np.random.default_rng(seed)
    plain = rng.normal(size=(rows, columns))
    odds = plain @ rng.normal(size=columns) + rng.normal(size=rows) + 1
    labels = (odds > 0).astype(np.int64)
    labels[:2] = 0, 1
    scale = 10.0 ** rng.uniform(-3, 3, size=columns)
    return {"train": plain * scale + rng.normal(size=columns) * scale, "labels": labels}


def standardised(train, model):
    return (train - model["mean"]) / model["scale"]


def gradient(inputs, model, strength):
    """Return the objective's slope at the model, by weight and for the intercept."""
    x = standardised(inputs["train"], model)
    chance = 1 / (1 + np.exp(-(x @ model["weights"] + model["intercept"])))
    slope = strength * (chance - inputs["labels"])
    return x.T @ slope + model["weights"], slope.sum()


@given(seed=SEEDS)
def test_columns_are_standardised(candidate, params, seed):
    """mean and scale are the training columns' mean and population deviation."""
    inputs = sample(seed)
    model = candidate(**inputs, **params)
    np.testing.assert_allclose(model["mean"], inputs["train"].mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(model["scale"], inputs["train"].std(axis=0), rtol=1e-9)


@given(seed=SEEDS)
def test_the_gradient_vanishes(candidate, params, seed):
    """At the weights the objective is flat, to rounding: they are its one minimum."""
    inputs = sample(seed)
    by_weight, _ = gradient(inputs, candidate(**inputs, **params), params["strength"])
    np.testing.assert_allclose(by_weight / len(inputs["train"]), 0, atol=1e-9)


@given(seed=SEEDS)
def test_the_intercept_is_free(candidate, params, seed):
    """The intercept is not penalised: chances add up to the number of ones."""
    inputs = sample(seed)
    _, free = gradient(inputs, candidate(**inputs, **params), params["strength"])
    assert abs(free) / len(inputs["train"]) < 1e-9


@given(seed=SEEDS)
def test_noise_is_not_scaled(candidate, params, seed):
    """A column that deviates by no more than least_deviation has scale 1 and next to no weight."""
    inputs = sample(seed)
    noise = np.random.default_rng(seed).uniform(-1, 1, size=60) * params["least_deviation"] / 2
    train = np.column_stack([inputs["train"], np.full(60, 0.1), noise])
    model = candidate(train=train, labels=inputs["labels"], **params)
    assert model["scale"][4:].tolist() == [1.0, 1.0]
    np.testing.assert_allclose(model["weights"][4:], 0, atol=1e-6)
    alone = candidate(**inputs, **params)
    np.testing.assert_allclose(model["weights"][:4], alone["weights"], atol=1e-6)


@given(seed=SEEDS)
def test_units_do_not_matter(candidate, params, seed):
    """Columns in other units, shifted, have the same weights."""
    inputs = sample(seed)
    other = inputs["train"] * np.array([10.0, 0.5, 3.0, -1.0]) + np.array([0.0, 1.0, -2.0, 0.0])
    first = candidate(**inputs, **params)
    second = candidate(train=other, labels=inputs["labels"], **params)
    turned = second["weights"] * np.array([1, 1, 1, -1])
    np.testing.assert_allclose(turned, first["weights"], rtol=1e-6, atol=1e-7)
    assert second["intercept"] == pytest.approx(first["intercept"], rel=1e-6, abs=1e-7)


@given(seed=SEEDS, strength=STRENGTHS)
def test_strength_is_what_it_says(candidate, params, seed, strength):
    """The objective that is flat is that of the strength given, whatever it is."""
    inputs = sample(seed)
    model = candidate(**inputs, **params | {"strength": strength})
    by_weight, _ = gradient(inputs, model, strength)
    np.testing.assert_allclose(by_weight / strength / len(inputs["train"]), 0, atol=1e-9)


def test_one_label_is_refused(candidate, params):
    """Rows of one label, or without columns, are an error."""
    inputs = sample(0)
    with pytest.raises(ValueError, match=r"\S"):
        candidate(train=inputs["train"], labels=np.ones(60, dtype=np.int64), **params)
    with pytest.raises(ValueError, match=r"\S"):
        candidate(train=np.zeros((60, 0)), labels=inputs["labels"], **params)
