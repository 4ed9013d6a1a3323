"""What the shares of the EEG bands must be, whoever computes them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)
EDGES = np.array([1, 4, 8, 13, 30, 45])
AT_EDGES = [2, 3, 5, 7, 8, 9, 15, 16, 20, 25, 26, 40, 59, 60, 88, 89]  # in half hertz
RATE = 128  # bins of 0.5 Hz in windows of two seconds


def sine(hertz, phase=0.0):
    """Two seconds of a sine, as one window of one channel."""
    return np.sin(2 * np.pi * hertz * np.arange(2 * RATE) / RATE + phase)[None, None, :]


def noise(seed, shape=(2, 3, 2 * RATE)):
    return np.random.default_rng(seed).normal(size=shape) * 10


@given(half_hertz=st.sampled_from(AT_EDGES), phase=st.floats(0, 6.28))
def test_a_sine_lies_in_one_band(candidate, params, half_hertz, phase):
    """A sine at f Hz gives 1 to the band with low <= f < high and 0 to the others."""
    hertz = half_hertz / 2
    expected = (hertz >= EDGES[:-1]) & (hertz < EDGES[1:])
    result = candidate(windows=sine(hertz, phase), **{**params, "rate_hz": float(RATE)})
    assert result.shape == (1, 1, 5)
    np.testing.assert_allclose(result[0, 0], expected, atol=1e-9)


@given(hertz=st.sampled_from([1, 3, 4, 7, 8, 12, 13, 20, 29, 30, 44]))
def test_a_sine_at_the_configured_rate(candidate, params, hertz):
    """At the node's own rate, too, a sine gives 1 to the band with low <= f < high."""
    samples = round(params["rate_hz"])
    windows = np.sin(2 * np.pi * hertz * np.arange(samples) / samples + 0.3)[None, None, :]
    expected = (hertz >= EDGES[:-1]) & (hertz < EDGES[1:])
    result = candidate(windows=windows, **params)
    np.testing.assert_allclose(result[0, 0], expected, atol=1e-9)


@given(seed=SEEDS)
def test_shares_sum_to_one(candidate, params, seed):
    """Whatever the signal, the five shares lie in [0, 1] and sum to 1."""
    result = candidate(windows=noise(seed), **{**params, "rate_hz": float(RATE)})
    assert result.min() >= 0.0
    assert result.max() <= 1.0
    np.testing.assert_allclose(result.sum(axis=2), 1.0, rtol=1e-9)


@given(seed=SEEDS, exponent=st.integers(-9, 9))
def test_amplitude_does_not_matter(candidate, params, seed, exponent):
    """Amplifying the windows changes no share, however weak or strong the signal is."""
    windows = noise(seed)
    expected = candidate(windows=windows, **{**params, "rate_hz": float(RATE)})
    result = candidate(windows=windows * 10.0**exponent, **{**params, "rate_hz": float(RATE)})
    np.testing.assert_allclose(result, expected, atol=1e-9)


@given(values=st.lists(st.floats(-100, 100), min_size=3, max_size=3))
def test_constants_give_zeros(candidate, params, values):
    """A channel that holds one value gives five exact zeros, never NaN."""
    windows = np.broadcast_to(np.array(values)[None, :, None], (2, 3, 250)).copy()
    result = candidate(windows=windows, **{**params, "rate_hz": 250.0})
    assert np.all(result == 0.0)


@given(hertz=st.sampled_from([0.5, 45.0, 45.5, 50.0, 60.0]), amplitude=st.floats(0.1, 20))
def test_outside_counts_nowhere(candidate, params, hertz, amplitude):
    """Power below 1 Hz or from 45 Hz on changes no share."""
    inside = sine(2.0) + sine(10.0) + sine(20.0)
    expected = candidate(windows=inside, **{**params, "rate_hz": float(RATE)})
    both = inside + amplitude * sine(hertz)
    result = candidate(windows=both, **{**params, "rate_hz": float(RATE)})
    np.testing.assert_allclose(result, expected, atol=1e-9)


@given(theta=st.floats(0.5, 20), beta=st.floats(0.5, 20))
def test_shares_are_of_power(candidate, params, theta, beta):
    """Two sines share as the squares of their amplitudes."""
    windows = theta * sine(6.0) + beta * sine(20.0)
    result = candidate(windows=windows, **{**params, "rate_hz": float(RATE)})[0, 0]
    total = theta**2 + beta**2
    np.testing.assert_allclose(result, [0, theta**2 / total, 0, beta**2 / total, 0], atol=1e-9)
