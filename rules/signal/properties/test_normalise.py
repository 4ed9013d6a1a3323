"""What centring and common average referencing must do, whoever wrote them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 999)
SCALES = st.floats(0.01, 1000.0)


def noise(seed, scale=10.0, shape=(3, 4, 77)):
    rng = np.random.default_rng(seed)
    offsets = rng.normal(size=(*shape[:2], 1)) * 5
    return (rng.normal(size=shape) + offsets) * scale


@given(seed=SEEDS, scale=SCALES)
def test_channel_means_vanish(candidate, params, seed, scale):
    """The mean over time of every channel of every window of the result is zero."""
    result = candidate(windows=noise(seed, scale), **params)
    assert np.abs(result.mean(axis=2)).max() < 1e-10 * scale


@given(seed=SEEDS, scale=SCALES)
def test_common_average_vanishes(candidate, params, seed, scale):
    """At every sample of every window of the result, the mean over the channels is zero."""
    result = candidate(windows=noise(seed, scale), **params)
    assert np.abs(result.mean(axis=1)).max() < 1e-10 * scale


@given(seed=SEEDS, factor=st.floats(0.1, 100.0))
def test_amplitudes_are_kept(candidate, params, seed, factor):
    """Amplifying the windows amplifies the result by the same factor: the unit stays uV."""
    windows = noise(seed)
    expected = candidate(windows=windows, **params) * factor
    result = candidate(windows=windows * factor, **params)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-9 * factor)


@given(values=st.lists(st.floats(-100.0, 100.0), min_size=4, max_size=4))
def test_flat_windows_become_exact_zeros(candidate, params, values):
    """Windows in which every channel holds one value come out as exact zeros, no residue."""
    windows = np.broadcast_to(np.array(values)[None, :, None], (2, 4, 77)).copy()
    result = candidate(windows=windows, **params)
    assert result.shape == windows.shape
    assert np.all(result == 0.0)


@given(seed=SEEDS)
def test_windows_do_not_mix(candidate, params, seed):
    """A window gives the same result alone and among others."""
    windows = noise(seed)
    together = candidate(windows=windows, **params)
    for at in range(len(windows)):
        alone = candidate(windows=windows[at : at + 1], **params)
        np.testing.assert_allclose(alone[0], together[at], rtol=0, atol=1e-10)


@given(seed=SEEDS)
def test_twice_is_once(candidate, params, seed):
    """Normalising what is normalised changes nothing."""
    once = candidate(windows=noise(seed), **params)
    twice = candidate(windows=once, **params)
    np.testing.assert_allclose(twice, once, rtol=0, atol=1e-10)


@given(seed=SEEDS, order=st.permutations(range(4)))
def test_channels_are_equals(candidate, params, seed, order):
    """Reordering the channels reorders the result: none of them is the reference."""
    windows = noise(seed)
    expected = candidate(windows=windows, **params)[:, order]
    result = candidate(windows=windows[:, order], **params)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-10)
