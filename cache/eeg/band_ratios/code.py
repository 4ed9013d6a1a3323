from typing import Final

import scipy.fft

_BANDS_HZ: Final[tuple[tuple[float, float], ...]] = (
    (1.0, 4.0),
    (4.0, 8.0),
    (8.0, 13.0),
    (13.0, 30.0),
    (30.0, 45.0),
)
_MIN_RATE_HZ: Final = 90.0
_MAX_RATE_HZ: Final = 20000.0
_WINDOW_DIMENSIONS: Final = 3
# Band power below this share of the whole power is rounding of the transform, hence zero.
_ROUNDING_SHARE: Final = (4.0 * 2.0**-52) ** 2


def _centered(data: FloatArray) -> FloatArray:
    """Scale each channel by a power of two to a peak of at most one and take its mean away."""
    peak = np.max(np.abs(data), axis=-1, keepdims=True)
    exponent = np.asarray(np.frexp(peak)[1], dtype=np.int32)
    scaled = np.asarray(np.ldexp(data, -exponent), dtype=np.float64)
    first = np.asarray(scaled - np.mean(scaled, axis=-1, keepdims=True), dtype=np.float64)
    return np.asarray(first - np.mean(first, axis=-1, keepdims=True), dtype=np.float64)


def band_ratios(windows: FloatArray, *, rate_hz: float) -> FloatArray:
    """Return how the power of each channel of each window is shared among five bands.

    windows: [windows, channels, samples] in uV, sampled at rate_hz; any count of windows.
    Returns [windows, channels, 5] in [0, 1]: delta [1, 4), theta [4, 8), alpha [8, 13),
    beta [13, 30) and gamma [30, 45) Hz, in this order, each divided by the sum of the five.
    Where all samples of a channel are equal, or the sum is 0, all five are 0.0; never NaN.
    """
    if not _MIN_RATE_HZ <= rate_hz <= _MAX_RATE_HZ:
        raise ValueError("rate_hz must lie in [90, 20000]")
    data = np.asarray(windows, dtype=np.float64)
    if data.ndim != _WINDOW_DIMENSIONS:
        raise ValueError("windows must have the dimensions [windows, channels, samples]")
    n_windows, n_channels, n_samples = data.shape
    if n_samples == 0:
        raise ValueError("windows must hold at least one sample")
    if not bool(np.all(np.isfinite(data))):
        raise ValueError("windows must hold finite values only")
    if data.size == 0:
        return np.zeros((n_windows, n_channels, len(_BANDS_HZ)), dtype=np.float64)

    varies = np.asarray(np.max(data, axis=-1) > np.min(data, axis=-1), dtype=np.bool_)
    centered = _centered(data)
    spectrum = np.asarray(scipy.fft.rfft(centered, axis=-1), dtype=np.complex128)
    power = np.asarray(spectrum.real**2 + spectrum.imag**2, dtype=np.float64)
    bins = np.arange(n_samples // 2 + 1, dtype=np.float64)
    frequency = np.asarray(bins * float(rate_hz) / float(n_samples), dtype=np.float64)

    bands = np.zeros((n_windows, n_channels, len(_BANDS_HZ)), dtype=np.float64)
    for index, (low, high) in enumerate(_BANDS_HZ):
        inside = (frequency >= low) & (frequency < high)
        bands[:, :, index] = np.sum(power[:, :, inside], axis=-1)

    total = np.asarray(np.sum(bands, axis=-1), dtype=np.float64)
    whole = np.asarray(np.sum(centered**2, axis=-1) * float(n_samples), dtype=np.float64)
    valid = varies & (total > _ROUNDING_SHARE * whole)
    divisor = np.where(valid, total, 1.0)
    ratios = np.where(valid[:, :, np.newaxis], bands / divisor[:, :, np.newaxis], 0.0)
    return np.asarray(np.clip(ratios, 0.0, 1.0), dtype=np.float64)
