"""What averaging two detectors' scores must do, whoever wrote it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)


def scores(seed):
    rng = np.random.default_rng(seed)
    return {
        "svm_train": rng.normal(size=12) * 0.3 - 1,
        "svm_test": rng.normal(size=5) + 1,
        "autoencoder_train": rng.gamma(2.0, size=12) * 40,
        "autoencoder_test": rng.gamma(2.0, size=5) * 90,
    }


@given(seed=SEEDS)
def test_training_scores_average_to_zero(candidate, params, seed):
    """The averaged training scores have mean 0."""
    result = candidate(**scores(seed), **params)
    assert abs(result.train.mean()) < 1e-9


@given(seed=SEEDS, factor=st.floats(0.1, 100), shift=st.floats(-50, 50))
def test_a_detectors_own_scale_does_not_matter(candidate, params, seed, factor, shift):
    """Scaling and shifting all scores of one detector changes nothing."""
    inputs = scores(seed)
    expected = candidate(**inputs, **params)
    moved = {n: v * factor + shift if n.startswith("svm") else v for n, v in inputs.items()}
    result = candidate(**moved, **params)
    np.testing.assert_allclose(result.train, expected.train, atol=1e-8)
    np.testing.assert_allclose(result.test, expected.test, atol=1e-8)


@given(seed=SEEDS)
def test_two_equal_detectors(candidate, params, seed):
    """If both detectors agree, the average has population deviation 1 over the training rows."""
    inputs = scores(seed)
    both = {name.replace("svm", "autoencoder"): v for name, v in inputs.items() if "svm" in name}
    result = candidate(**{**inputs, **both}, **params)
    assert abs(result.train.std() - 1) < 1e-9


@given(seed=SEEDS)
def test_test_scores_are_judged_one_by_one(candidate, params, seed):
    """A test row's average depends on the training scores and its own scores alone."""
    inputs = scores(seed)
    together = candidate(**inputs, **params)
    first = {n: v[:1] if n.endswith("test") else v for n, v in inputs.items()}
    alone = candidate(**first, **params)
    np.testing.assert_allclose(alone.test, together.test[:1], atol=1e-9)
    np.testing.assert_array_equal(alone.train, together.train)


@given(seed=SEEDS, value=st.floats(-50, 50))
def test_a_constant_detector(candidate, params, seed, value):
    """A detector with equal training scores adds half a test score's distance, never NaN."""
    inputs = {**scores(seed), "svm_train": np.full(12, value)}
    lower = candidate(**{**inputs, "svm_test": np.full(5, value)}, **params)
    upper = candidate(**{**inputs, "svm_test": np.full(5, value + 3)}, **params)
    np.testing.assert_allclose(upper.test - lower.test, 1.5, atol=1e-9)
    assert np.all(np.isfinite(upper.train))


@given(seed=SEEDS)
def test_both_detectors_weigh_the_same(candidate, params, seed):
    """Exchanging the detectors changes nothing."""
    inputs = scores(seed)
    names = {"svm_train": "autoencoder_train", "svm_test": "autoencoder_test"}
    names |= {other: name for name, other in names.items()}
    expected = candidate(**inputs, **params)
    result = candidate(**{names[name]: v for name, v in inputs.items()}, **params)
    np.testing.assert_allclose(result.test, expected.test, atol=1e-9)
