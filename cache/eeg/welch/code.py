import math

import scipy.fft


def _check_parameters(segment_s: float, rate_hz: float, max_hz: float) -> None:
    """Raise ValueError for parameters no spectrum can be computed with."""
    if not (math.isfinite(segment_s) and segment_s > 0.0):
        raise ValueError("segment_s must be a positive finite number")
    if not (math.isfinite(rate_hz) and rate_hz > 0.0):
        raise ValueError("rate_hz must be a positive finite number")
    if not (math.isfinite(max_hz) and max_hz >= 0.0):
        raise ValueError("max_hz must be a finite number that is not negative")
    if max_hz > rate_hz / 2.0:
        raise ValueError("max_hz must not exceed half of rate_hz")


def _check_windows(values: FloatArray, length: int) -> None:
    """Raise ValueError unless the windows are finite and hold at least one segment."""
    if values.ndim != 3:
        raise ValueError("windows must have the dimensions [windows, channels, samples]")
    if length < 1:
        raise ValueError("segment_s * rate_hz gives a segment without samples")
    if values.shape[2] < length:
        raise ValueError("windows have fewer samples than one segment")
    if not bool(np.all(np.isfinite(values))):
        raise ValueError("windows must hold finite values only")


def _periodic_hann(length: int) -> FloatArray:
    """Return the Hann window of period length."""
    phase = 2.0 * np.pi * np.arange(length, dtype=np.float64) / float(length)
    return np.asarray(0.5 - 0.5 * np.cos(phase), dtype=np.float64)


def _segment_power(segment: FloatArray, taper: FloatArray, bins: int) -> FloatArray:
    """Return the squared magnitude of the transform of each centred, tapered segment."""
    mean = np.mean(segment, axis=-1, keepdims=True)
    low = np.min(segment, axis=-1, keepdims=True)
    high = np.max(segment, axis=-1, keepdims=True)
    centred = np.where(low == high, 0.0, segment - mean)
    spectrum = np.asarray(scipy.fft.rfft(centred * taper, axis=-1), dtype=np.complex128)
    kept = spectrum[..., :bins]
    return np.asarray(kept.real**2 + kept.imag**2, dtype=np.float64)


def welch_spectrum(
    windows: FloatArray, *, segment_s: float, rate_hz: float, max_hz: float
) -> FloatArray:
    """Return the one-sided power spectral density of each channel of each window.

    windows: [windows, channels, samples] in uV, sampled at rate_hz; any count of windows.
    A segment has segment_s * rate_hz samples (nearest whole number), bins are 1 / segment_s Hz
    apart. Returns [windows, channels, bins] in uV^2/Hz, bins = floor(max_hz * segment_s) + 1:
    from 0 Hz to the last bin that does not exceed max_hz. Constant channels give 0, never NaN.
    ValueError when samples < one segment, or when max_hz > rate_hz / 2.
    """
    _check_parameters(segment_s, rate_hz, max_hz)
    values: FloatArray = np.asarray(windows, dtype=np.float64)
    length = int(round(segment_s * rate_hz))
    _check_windows(values, length)

    bins = math.floor(max_hz * segment_s) + 1
    total: FloatArray = np.zeros((values.shape[0], values.shape[1], bins), dtype=np.float64)
    if total.size == 0 or length == 1:
        return total

    taper = _periodic_hann(length)
    density = 1.0 / (rate_hz * float(np.sum(taper**2)))
    scale: FloatArray = np.full(bins, 2.0 * density, dtype=np.float64)
    scale[0] = density
    if length % 2 == 0 and bins > length // 2:
        scale[length // 2] = density

    step = length - length // 2
    starts = range(0, values.shape[2] - length + 1, step)
    for start in starts:
        segment = np.ascontiguousarray(values[:, :, start : start + length])
        total += _segment_power(segment, taper, bins)
    return np.asarray(total / float(len(starts)) * scale, dtype=np.float64)
