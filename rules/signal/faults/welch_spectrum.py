"""One right and several plausible wrong ways to compute Welch's density."""

import math

import numpy as np
from scipy import signal


def _welch(windows, segment_s, rate_hz, max_hz, **changes):
    size = round(segment_s * rate_hz)
    plain = {"window": "hann", "nperseg": size, "noverlap": size // 2, "detrend": "constant"}
    _, density = signal.welch(windows, rate_hz, axis=2, **{**plain, **changes})
    return density[:, :, : math.floor(max_hz * segment_s + 1e-9) + 1]


def reference(windows, *, segment_s, rate_hz, max_hz):
    size = round(segment_s * rate_hz)
    if windows.shape[2] < size or max_hz > rate_hz / 2:
        raise ValueError("segments or bins do not fit")
    bins = math.floor(max_hz * segment_s + 1e-9) + 1
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    starts = range(0, windows.shape[2] - size + 1, size - size // 2)
    total = np.zeros((*windows.shape[:2], size // 2 + 1))
    for start in starts:
        segment = windows[:, :, start : start + size]
        flat = np.ptp(segment, axis=2, keepdims=True) == 0
        centred = np.where(flat, 0.0, segment - segment.mean(axis=2, keepdims=True))
        total += np.abs(np.fft.rfft(centred * hann, axis=2)) ** 2
    density = total / len(starts) / (rate_hz * np.sum(hann**2))
    density[:, :, 1 : (size + 1) // 2] *= 2
    return density[:, :, :bins]


def a_sine_peaks_in_its_bin(windows, *, segment_s, rate_hz, max_hz):
    """Drops the bin at 0 Hz, so that all bins are off by one."""
    wide = _welch(windows, segment_s, rate_hz, rate_hz / 2)[:, :, 1:]
    return wide[:, :, : math.floor(max_hz * segment_s + 1e-9) + 1]


def the_whole_spectrum_holds_the_whole_power(windows, *, segment_s, rate_hz, max_hz):
    """Doubles the bin at half the rate as well."""
    density = _welch(windows, segment_s, rate_hz, max_hz, return_onesided=False)
    return density * np.where(np.arange(density.shape[2]) == 0, 1.0, 2.0)


def white_noise_level(windows, *, segment_s, rate_hz, max_hz):
    """Forgets to double the bins of the one-sided spectrum."""
    return _welch(windows, segment_s, rate_hz, max_hz, return_onesided=False)


def the_window_is_the_periodic_hann(windows, *, segment_s, rate_hz, max_hz):
    """Uses the symmetric window of filter design."""
    window = np.hanning(round(segment_s * rate_hz))
    return _welch(windows, segment_s, rate_hz, max_hz, window=window)


def constants_give_zero(windows, *, segment_s, rate_hz, max_hz):
    """Does not detrend."""
    return _welch(windows, segment_s, rate_hz, max_hz, detrend=False)


def segments_overlap_by_half(windows, *, segment_s, rate_hz, max_hz):
    """Puts the segments side by side."""
    return _welch(windows, segment_s, rate_hz, max_hz, noverlap=0)


def density_is_quadratic(windows, *, segment_s, rate_hz, max_hz):
    """Returns the amplitude's density."""
    return np.sqrt(_welch(windows, segment_s, rate_hz, max_hz))


def bins_end_at_max_hz(windows, *, segment_s, rate_hz, max_hz):
    """Leaves out the bin at max_hz itself."""
    bins = math.ceil(max_hz * segment_s)
    return _welch(windows, segment_s, rate_hz, rate_hz / 2)[:, :, :bins]


def less_than_a_segment_is_refused(windows, *, segment_s, rate_hz, max_hz):
    """Pads with zeros."""
    missing = round(segment_s * rate_hz) - windows.shape[2]
    padded = np.pad(windows, ((0, 0), (0, 0), (0, max(0, missing))))
    return _welch(padded, segment_s, rate_hz, max_hz)


def bins_beyond_half_the_rate_are_refused(windows, *, segment_s, rate_hz, max_hz):
    """Fills the bins that there are not with zeros."""
    density = _welch(windows, segment_s, rate_hz, max_hz)
    missing = math.floor(max_hz * segment_s) + 1 - density.shape[2]
    return np.pad(density, ((0, 0), (0, 0), (0, max(0, missing))))
