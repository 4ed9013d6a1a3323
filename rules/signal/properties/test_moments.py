"""What the four moments must be, whoever computes them."""

from statistics import NormalDist

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)


def skewed(seed, shape=(2, 3, 40)):
    return np.random.default_rng(seed).gamma(2.0, size=shape) * 10


@given(low=st.floats(-50, 50), gap=st.floats(0.5, 50), high=st.integers(1, 11))
def test_two_valued_samples(candidate, params, low, gap, high):
    """Of 12 samples of two values the population moments are known in closed form."""
    samples = np.array([low + gap] * high + [low] * (12 - high))
    p = high / 12
    q = 1 - p
    expected = [
        low + gap * p,
        gap * np.sqrt(p * q),
        (q - p) / np.sqrt(p * q),
        (1 - 6 * p * q) / (p * q),
    ]
    result = candidate(windows=samples[None, None, :], **params)
    assert result.shape == (1, 1, 4)
    np.testing.assert_allclose(result[0, 0], expected, rtol=1e-8, atol=1e-8)


@given(
    seed=SEEDS, factor=st.floats(-20, 20).filter(lambda f: abs(f) > 0.1), shift=st.floats(-99, 99)
)
def test_scaling_and_shifting(candidate, params, seed, factor, shift):
    """Under a*x + b the mean follows, the deviation scales by |a|, the shape keeps but for sign."""
    windows = skewed(seed)
    mean, deviation, skewness, kurtosis = np.moveaxis(candidate(windows=windows, **params), 2, 0)
    moved = candidate(windows=windows * factor + shift, **params)
    expected = [
        mean * factor + shift,
        deviation * abs(factor),
        skewness * np.sign(factor),
        kurtosis,
    ]
    np.testing.assert_allclose(moved, np.stack(expected, axis=2), rtol=1e-6, atol=1e-6)


def test_normal_samples_have_no_excess(candidate, params):
    """Normal samples have skewness and excess kurtosis near 0."""
    quantiles = [NormalDist().inv_cdf((i + 0.5) / 2000) for i in range(2000)]
    result = candidate(windows=np.array(quantiles)[None, None, :], **params)[0, 0]
    np.testing.assert_allclose(result, [0, 1, 0, 0], atol=0.05)


@given(values=st.lists(st.floats(-100, 100), min_size=3, max_size=3))
def test_constant_channels(candidate, params, values):
    """Of a constant channel the mean is its value, the other three are exactly 0, never NaN."""
    windows = np.broadcast_to(np.array(values)[None, :, None], (2, 3, 37)).copy()
    result = candidate(windows=windows, **params)
    np.testing.assert_allclose(result[0, :, 0], values, rtol=1e-12, atol=1e-12)
    assert np.all(result[:, :, 1:] == 0.0)


@given(seed=SEEDS, times=st.integers(2, 4))
def test_repeating_the_samples_changes_nothing(candidate, params, seed, times):
    """Biased moments depend on the distribution alone, not on how many samples there are."""
    windows = skewed(seed, (2, 2, 12))
    expected = candidate(windows=windows, **params)
    result = candidate(windows=np.tile(windows, (1, 1, times)), **params)
    np.testing.assert_allclose(result, expected, rtol=1e-8, atol=1e-8)


@given(seed=SEEDS)
def test_windows_and_channels_do_not_mix(candidate, params, seed):
    """The moments of a channel of a window are the same alone and among others."""
    windows = skewed(seed) * np.array([1.0, 5.0])[:, None, None]
    together = candidate(windows=windows, **params)
    alone = candidate(windows=windows[:1, 2:], **params)
    np.testing.assert_allclose(alone[0, 0], together[0, 2], rtol=1e-9, atol=1e-9)
