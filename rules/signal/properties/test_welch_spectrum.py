"""What Welch's power spectral density must be, whoever computes it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)
WHOLE = {"segment_s": 0.5, "rate_hz": 128.0, "max_hz": 64.0}  # one segment: 64 samples, 33 bins


def noise(seed, shape=(2, 2, 64)):
    return np.random.default_rng(seed).normal(size=shape) * 10


def sine(cycles, samples, phase=0.0):
    """A sine with so many cycles in 64 samples, as one window of one channel."""
    return np.sin(2 * np.pi * cycles * np.arange(samples) / 64 + phase)[None, None, :]


@given(draw=st.integers(0, 10**6), phase=st.floats(0, 6.28))
def test_a_sine_peaks_in_its_bin(candidate, params, draw, phase):
    """A sine at the frequency of bin k has its largest density in bin k of the result."""
    bins = math.floor(params["max_hz"] * params["segment_s"]) + 1
    samples = round(params["segment_s"] * params["rate_hz"])
    k = 1 + draw % max(1, min(bins - 1, samples // 2 - 1))
    time = np.arange(2 * samples) / params["rate_hz"]
    windows = np.sin(2 * np.pi * k / params["segment_s"] * time + phase)[None, None, :]
    result = candidate(windows=windows, **params)
    assert result.shape == (1, 1, bins)
    if k < bins:
        assert int(np.argmax(result[0, 0])) == k


@given(seed=SEEDS)
def test_the_whole_spectrum_holds_the_whole_power(candidate, params, seed):
    """The bins up to half the rate sum to the mean square of the segment, weighted by Hann^2."""
    windows = noise(seed)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(64) / 64)
    centred = windows - windows.mean(axis=2, keepdims=True)
    power = (hann**2 * centred**2).sum(axis=2) / (hann**2).sum()
    result = candidate(windows=windows, **{**params, **WHOLE})
    assert result.shape == (2, 2, 33)
    np.testing.assert_allclose(result.sum(axis=2) / 0.5, power, rtol=1e-9)


@given(seed=SEEDS, deviation=st.floats(0.1, 50))
def test_white_noise_level(candidate, params, seed, deviation):
    """White noise of variance v has the one-sided density 2 v / rate at every inner bin."""
    windows = np.random.default_rng(seed).normal(size=(4, 4, 640)) * deviation
    result = candidate(windows=windows, **{**params, **WHOLE})
    level = result[:, :, 2:-1].mean()
    assert abs(level / (2 * deviation**2 / 128.0) - 1) < 0.15


@given(cycles=st.integers(3, 29), phase=st.floats(0, 6.28))
def test_the_window_is_the_periodic_hann(candidate, params, cycles, phase):
    """A sine in the middle of a bin leaks into the two neighbouring bins and no further."""
    result = candidate(windows=sine(cycles, 64, phase), **{**params, **WHOLE})[0, 0]
    far = np.abs(np.arange(33) - cycles) > 1
    assert result[far].max() < 1e-12 * result.max()


@given(values=st.lists(st.floats(-100, 100), min_size=3, max_size=3))
def test_constants_give_zero(candidate, params, values):
    """A channel that holds one value has no power at any bin, 0 Hz included, and no NaN."""
    samples = round(params["segment_s"] * params["rate_hz"]) * 2
    windows = np.broadcast_to(np.array(values)[None, :, None], (1, 3, samples)).copy()
    result = candidate(windows=windows, **params)
    assert np.all(np.abs(result) < 1e-18)


@given(seed=SEEDS, size=st.integers(8, 17), rest=st.integers(0, 20))
def test_segments_overlap_by_half(candidate, params, seed, size, rest):
    """The density is the mean over whole segments that each start size - size // 2 later."""
    setting = {**params, "segment_s": 1.0, "rate_hz": float(size), "max_hz": float(size // 2)}
    windows = noise(seed, (1, 2, 2 * size + rest))
    starts = range(0, windows.shape[2] - size + 1, size - size // 2)
    single = [candidate(windows=windows[:, :, at : at + size].copy(), **setting) for at in starts]
    result = candidate(windows=windows, **setting)
    np.testing.assert_allclose(result, np.mean(single, axis=0), rtol=1e-9, atol=1e-12)


@given(seed=SEEDS, factor=st.floats(0.1, 30))
def test_density_is_quadratic(candidate, params, seed, factor):
    """Amplifying the windows by a multiplies the density by a squared."""
    windows = noise(seed)
    expected = candidate(windows=windows, **{**params, **WHOLE}) * factor**2
    result = candidate(windows=windows * factor, **{**params, **WHOLE})
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-15)


@given(seed=SEEDS, max_hz=st.integers(1, 64))
def test_bins_end_at_max_hz(candidate, params, seed, max_hz):
    """The bins are those of the whole spectrum from 0 Hz to max_hz, that one included."""
    windows = noise(seed)
    whole = candidate(windows=windows, **{**params, **WHOLE})
    result = candidate(windows=windows, **{**params, **WHOLE, "max_hz": float(max_hz)})
    np.testing.assert_allclose(result, whole[:, :, : max_hz // 2 + 1], rtol=1e-12)


@given(missing=st.integers(1, 63))
def test_less_than_a_segment_is_refused(candidate, params, missing):
    """Windows shorter than one segment raise ValueError: nothing is padded or shortened."""
    with pytest.raises(ValueError):  # noqa: PT011  (the wording is free)
        candidate(windows=noise(1, (1, 1, 64 - missing)), **{**params, **WHOLE})


@given(max_hz=st.floats(64.5, 1000))
def test_bins_beyond_half_the_rate_are_refused(candidate, params, max_hz):
    """max_hz above half the sampling rate raises ValueError: there are no such bins."""
    with pytest.raises(ValueError):  # noqa: PT011  (the wording is free)
        candidate(windows=noise(1), **{**params, **WHOLE, "max_hz": max_hz})
