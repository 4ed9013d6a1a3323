"""One right and several plausible wrong ways to normalise windows."""

import numpy as np


def _centred(windows):
    flat = np.ptp(windows, axis=2, keepdims=True) == 0
    return np.where(flat, 0.0, windows - np.mean(windows, axis=2, keepdims=True))


def _common_average(windows):
    return windows - np.mean(windows, axis=1, keepdims=True)


def reference(windows):
    return _common_average(_centred(windows))


def channel_means_vanish(windows):
    """Forgets to centre the channels."""
    return _common_average(windows)


def common_average_vanishes(windows):
    """Forgets the reference."""
    return _centred(windows)


def amplitudes_are_kept(windows):
    """Divides by the deviation, as most normalisations do."""
    centred = _centred(windows)
    deviation = np.std(centred, axis=2, keepdims=True)
    return _common_average(centred / np.where(deviation == 0, 1.0, deviation))


def flat_windows_become_exact_zeros(windows):
    """Leaves the rounding error of the mean of equal values."""
    return _common_average(windows - np.mean(windows, axis=2, keepdims=True))


def windows_do_not_mix(windows):
    """Takes each channel's mean over all windows."""
    return _common_average(windows - np.mean(windows, axis=(0, 2), keepdims=True))


def twice_is_once(windows):
    """References each channel to the average of the others."""
    centred = _centred(windows)
    channels = centred.shape[1]
    others = (centred.sum(axis=1, keepdims=True) - centred) / (channels - 1)
    return centred - others


def channels_are_equals(windows):
    """References to the last channel."""
    centred = _centred(windows)
    return centred - centred[:, -1:]
