"""What a shallow auto-encoder's scores must be, whoever fits it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 7)
STATE = ("hidden_weights", "hidden_bias", "output_weights", "output_bias")
SMALL = {"hidden": 2, "max_iter": 60}


def parts(seed, rows=20):
    """Return rows of four features that lie near a plane."""
    rng = np.random.default_rng(seed)
    plane = rng.normal(size=(2, 4))
    train, test = (rng.normal(size=(n, 2)) @ plane for n in (rows, 6))
    return {"train": train + 0.05 * rng.normal(size=train.shape), "test": test + 1.0}


def errors(rows, state):
    """Return the mean squared error of the reproduction that the state spells out."""
    hidden = np.tanh(rows @ state["hidden_weights"] + state["hidden_bias"])
    reproduced = hidden @ state["output_weights"] + state["output_bias"]
    return ((reproduced - rows) ** 2).mean(axis=1)


@given(seed=SEEDS)
def test_scores_follow_from_the_state(candidate, params, seed):
    """A score is the mean over the features of the squared error of the state's tanh network."""
    inputs = parts(seed)
    result = candidate(**inputs, **{**params, **SMALL})
    assert result.state["hidden_weights"].shape == (4, 2)
    assert result.state["output_weights"].shape == (2, 4)
    np.testing.assert_allclose(
        result.train_scores, errors(inputs["train"], result.state), atol=1e-9
    )
    np.testing.assert_allclose(result.test_scores, errors(inputs["test"], result.state), atol=1e-9)


@given(seed=SEEDS)
def test_it_learns_the_training_rows(candidate, params, seed):
    """The mean training score is well below the error of always answering the column means."""
    inputs = parts(seed)
    result = candidate(**inputs, **{**params, **SMALL, "max_iter": 200, "alpha": 1e-4})
    assert result.train_scores.mean() < 0.5 * inputs["train"].var(axis=0).mean()


@given(seed=SEEDS, state_seed=st.sampled_from([0, 3]))
def test_equal_seeds_give_equal_results(candidate, params, seed, state_seed):
    """Two calls with the same rows and the same seed give the same scores and state."""
    inputs = parts(seed)
    setting = {**params, **SMALL, "max_iter": 5, "seed": state_seed}
    first = candidate(**inputs, **setting)
    second = candidate(**inputs, **setting)
    np.testing.assert_array_equal(first.test_scores, second.test_scores)
    for name in STATE:
        np.testing.assert_array_equal(first.state[name], second.state[name])


@given(seed=SEEDS, state_seed=st.sampled_from([0, 3]))
def test_the_seed_matters(candidate, params, seed, state_seed):
    """Another seed starts from other weights."""
    inputs = parts(seed)
    setting = {**params, **SMALL, "max_iter": 1}
    first = candidate(**inputs, **{**setting, "seed": state_seed})
    second = candidate(**inputs, **{**setting, "seed": state_seed + 1})
    assert not np.allclose(first.state["hidden_weights"], second.state["hidden_weights"])


@given(seed=SEEDS)
def test_fitted_on_training_rows_only(candidate, params, seed):
    """Other test rows change neither the training scores nor the state."""
    inputs = parts(seed)
    setting = {**params, **SMALL, "max_iter": 20}
    first = candidate(**inputs, **setting)
    second = candidate(**{**inputs, "test": inputs["test"] * 4 + 9}, **setting)
    np.testing.assert_array_equal(first.train_scores, second.train_scores)
    for name in STATE:
        np.testing.assert_array_equal(first.state[name], second.state[name])


@given(seed=SEEDS)
def test_the_penalty_shrinks_the_weights(candidate, params, seed):
    """A strong penalty leaves smaller weights than none."""
    inputs = parts(seed)
    free = candidate(**inputs, **{**params, **SMALL, "alpha": 0.0})
    held = candidate(**inputs, **{**params, **SMALL, "alpha": 10.0})
    assert np.abs(held.state["output_weights"]).sum() < np.abs(free.state["output_weights"]).sum()
