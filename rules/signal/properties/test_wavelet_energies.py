"""What the energies of a db4 decomposition must be, whoever computes them."""

import numpy as np
import pytest
import pywt
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)
LEVELS = st.integers(1, 5)


def noise(seed, level, channels=2):
    """Windows whose length is a power of two that allows the level."""
    return np.random.default_rng(seed).normal(size=(2, channels, 2 ** (level + 3))) * 10


@given(seed=SEEDS, level=LEVELS)
def test_energy_is_conserved(candidate, params, seed, level):
    """For a length that is a power of two the bands' energies sum to the signal's energy."""
    windows = noise(seed, level)
    result = candidate(windows=windows, **{**params, "level": level})
    assert result.shape == (2, 2, level + 1)
    np.testing.assert_allclose(result.sum(axis=2), (windows**2).sum(axis=2), rtol=1e-9)


def test_the_configured_level_conserves_energy(candidate, params):
    """At the node's own level, too, level + 1 bands hold all of the signal's energy."""
    level = params["level"]
    windows = noise(7, level, channels=1)
    result = candidate(windows=windows, **params)
    assert result.shape == (2, 1, level + 1)
    np.testing.assert_allclose(result.sum(axis=2), (windows**2).sum(axis=2), rtol=1e-9)


@given(level=st.integers(2, 5), value=st.floats(1, 50))
def test_bands_run_from_slow_to_fast(candidate, params, level, value):
    """A constant lies in the first band, an alternation of signs in the last."""
    samples = 2 ** (level + 3)
    slow = np.full(samples, value)
    fast = value * (-1.0) ** np.arange(samples)
    result = candidate(windows=np.stack([slow, fast])[None], **{**params, "level": level})[0]
    energy = value**2 * samples
    np.testing.assert_allclose(result[0, 0], energy, rtol=1e-9)
    np.testing.assert_allclose(result[1, -1], energy, rtol=1e-9)


@given(level=st.integers(2, 5), seed=SEEDS)
def test_details_run_from_coarse_to_fine(candidate, params, level, seed):
    """One level more splits the first band in two and leaves all others in place."""
    windows = noise(seed, level)
    shallow = candidate(windows=windows, **{**params, "level": level - 1})
    deep = candidate(windows=windows, **{**params, "level": level})
    np.testing.assert_allclose(deep[:, :, 2:], shallow[:, :, 1:], rtol=1e-9)


@given(seed=SEEDS, factor=st.floats(0.1, 30), level=LEVELS)
def test_energy_is_quadratic(candidate, params, seed, factor, level):
    """Amplifying the windows by a multiplies every energy by a squared."""
    windows = noise(seed, level)
    expected = candidate(windows=windows, **{**params, "level": level}) * factor**2
    result = candidate(windows=windows * factor, **{**params, "level": level})
    np.testing.assert_allclose(result, expected, rtol=1e-9)


@given(seed=SEEDS, samples=st.integers(28, 61))
def test_the_finest_band_is_one_db4_step(candidate, params, seed, samples):
    """The last band holds the detail of one db4 step with periodization, at any length."""
    windows = np.random.default_rng(seed).normal(size=(1, 2, samples))
    _, detail = pywt.dwt(windows, "db4", mode="periodization", axis=2)
    result = candidate(windows=windows, **{**params, "level": 2})
    np.testing.assert_allclose(result[:, :, -1], (detail**2).sum(axis=2), rtol=1e-9)


def test_silence_has_no_energy(candidate, params):
    """Windows of zeros give zeros, never NaN."""
    result = candidate(windows=np.zeros((2, 3, 64)), **{**params, "level": 3})
    assert np.all(result == 0.0)


@given(seed=SEEDS)
def test_windows_and_channels_do_not_mix(candidate, params, seed):
    """The energies of a channel of a window are the same alone and among others."""
    windows = noise(seed, 3, channels=3)
    together = candidate(windows=windows, **{**params, "level": 3})
    alone = candidate(windows=windows[1:, 2:], **{**params, "level": 3})
    np.testing.assert_allclose(alone[0, 0], together[1, 2], rtol=1e-9)


@given(samples=st.integers(14, 60), deeper=st.integers(1, 3))
def test_too_deep_a_level_is_refused(candidate, params, samples, deeper):
    """A level above pywt.dwt_max_level(samples, "db4") raises ValueError."""
    level = pywt.dwt_max_level(samples, "db4") + deeper
    with pytest.raises(ValueError):  # noqa: PT011  (the wording is free)
        candidate(windows=np.ones((1, 1, samples)), **{**params, "level": level})
