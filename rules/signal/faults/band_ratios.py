"""One right and several plausible wrong ways to share power among bands."""

import numpy as np
from scipy import signal

BANDS = ((1, 4), (4, 8), (8, 13), (13, 30), (30, 45))


def _power(windows, rate_hz, window="boxcar"):
    return signal.periodogram(windows, rate_hz, window=window, detrend="constant", axis=2)


def _bands(frequency, power, bands=BANDS):
    inside = [(frequency >= low) & (frequency < high) for low, high in bands]
    return np.stack([power[:, :, at].sum(axis=2) for at in inside], axis=2)


def _shares(windows, bands, total=None):
    total = bands.sum(axis=2) if total is None else total
    flat = ((np.ptp(windows, axis=2) == 0) | (total == 0))[:, :, None]
    return np.where(flat, 0.0, bands / np.where(flat, 1.0, total[:, :, None]))


def reference(windows, *, rate_hz):
    centred = windows - windows.mean(axis=2, keepdims=True)
    power = np.abs(np.fft.rfft(centred, axis=2)) ** 2
    frequency = np.arange(power.shape[2]) * rate_hz / windows.shape[2]
    return _shares(windows, _bands(frequency, power))


def a_sine_lies_in_one_band(windows, *, rate_hz):
    """Tapers the window, so that edges leak into the next band."""
    return _shares(windows, _bands(*_power(windows, rate_hz, "hann")))


def a_sine_at_the_configured_rate(windows, *, rate_hz):
    """Ends alpha at 12 Hz."""
    bands = ((1, 4), (4, 8), (8, 12), (12, 30), (30, 45))
    return _shares(windows, _bands(*_power(windows, rate_hz), bands))


def shares_sum_to_one(windows, *, rate_hz):
    """Divides by the power of the whole spectrum."""
    frequency, power = _power(windows, rate_hz)
    return _shares(windows, _bands(frequency, power), power.sum(axis=2))


def amplitude_does_not_matter(windows, *, rate_hz):
    """Avoids the division by zero with a small number."""
    bands = _bands(*_power(windows, rate_hz))
    return bands / (bands.sum(axis=2, keepdims=True) + 1e-12)


def constants_give_zeros(windows, *, rate_hz):
    """Divides rounding noise by rounding noise, or zero by zero."""
    bands = _bands(*_power(windows, rate_hz))
    with np.errstate(invalid="ignore"):
        return bands / bands.sum(axis=2, keepdims=True)


def outside_counts_nowhere(windows, *, rate_hz):
    """Begins delta at 0.5 Hz."""
    bands = ((0.5, 4), *BANDS[1:])
    return _shares(windows, _bands(*_power(windows, rate_hz), bands))


def shares_are_of_power(windows, *, rate_hz):
    """Sums amplitudes."""
    frequency, power = _power(windows, rate_hz)
    return _shares(windows, _bands(frequency, np.sqrt(power)))
