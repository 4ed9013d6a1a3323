"""One right and several plausible wrong ways to compute moments."""

import warnings

import numpy as np
from scipy import stats


def _moments(windows, ddof=0, excess=3.0, centre=None):
    mean = windows.mean(axis=2, keepdims=True)
    centred = windows - (mean if centre is None else centre)
    flat = np.ptp(windows, axis=2) == 0
    deviation = np.where(flat, 0.0, windows.std(axis=2, ddof=ddof))
    divisor = np.where(flat, 1.0, deviation)
    skewness = np.where(flat, 0.0, (centred**3).mean(axis=2) / divisor**3)
    kurtosis = np.where(flat, 0.0, (centred**4).mean(axis=2) / divisor**4 - excess)
    return np.stack([mean[:, :, 0], deviation, skewness, kurtosis], axis=2)


def reference(windows):
    return _moments(windows)


def two_valued_samples(windows):
    """Divides by one sample less."""
    return _moments(windows, ddof=1)


def scaling_and_shifting(windows):
    """Takes the third and fourth moment about zero."""
    return _moments(windows, centre=0.0)


def normal_samples_have_no_excess(windows):
    """Leaves Pearson's kurtosis."""
    return _moments(windows, excess=0.0)


def constant_channels(windows):
    """Trusts the library, which divides zero by zero."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        shape = [stats.skew(windows, axis=2), stats.kurtosis(windows, axis=2)]
    return np.stack([windows.mean(axis=2), windows.std(axis=2), *shape], axis=2)


def repeating_the_samples_changes_nothing(windows):
    """Corrects skewness and kurtosis for bias."""
    result = _moments(windows)
    moving = np.ptp(windows, axis=2) > 0
    result[moving, 2] = stats.skew(windows[moving], axis=1, bias=False)
    result[moving, 3] = stats.kurtosis(windows[moving], axis=1, bias=False)
    return result


def windows_and_channels_do_not_mix(windows):
    """Scales every channel by its largest deviation over all windows."""
    result = _moments(windows)
    result[:, :, 1] = result[:, :, 1].max(axis=0)
    return result
