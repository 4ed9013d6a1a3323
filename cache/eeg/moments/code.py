_AXES = 3
_NORMAL_KURTOSIS = 3.0


def _mean(values: FloatArray) -> FloatArray:
    """Return the mean over the last axis, which is kept with length one."""
    return np.asarray(np.mean(values, axis=-1, keepdims=True), dtype=np.float64)


def _peak(values: FloatArray) -> FloatArray:
    """Return the largest magnitude over the last axis, which is kept with length one."""
    return np.asarray(np.max(np.abs(values), axis=-1, keepdims=True), dtype=np.float64)


def moments(windows: FloatArray) -> FloatArray:
    """Return the first four moments over the samples of each channel of each window.

    windows: [windows, channels, samples] in uV; any count of windows, also none.
    Returns [windows, channels, 4]: mean (uV), population standard deviation (uV), skewness and
    excess kurtosis (both biased, without unit), in this order.
    Where all samples of a channel are equal, the last three are exactly 0.0; never NaN.
    """
    data: FloatArray = np.ascontiguousarray(windows, dtype=np.float64)
    if data.ndim != _AXES:
        raise ValueError("windows must have the three axes windows, channels and samples")
    count, channels, samples = data.shape
    result: FloatArray = np.zeros((count, channels, 4), dtype=np.float64)
    if count == 0 or channels == 0:
        return result
    if samples == 0:
        raise ValueError("windows must hold at least one sample per channel")
    if not bool(np.all(np.isfinite(data))):
        raise ValueError("windows must hold finite values only")

    # Scaling by a power of two is exact and keeps sums and differences from overflowing.
    exponent = np.frexp(_peak(data))[1]
    scaled: FloatArray = np.asarray(np.ldexp(data, -exponent), dtype=np.float64)
    low: FloatArray = np.asarray(np.min(scaled, axis=-1, keepdims=True), dtype=np.float64)
    high: FloatArray = np.asarray(np.max(scaled, axis=-1, keepdims=True), dtype=np.float64)
    flat = low == high

    # A second pass removes the rounding error of the first mean from the deviations.
    first: FloatArray = np.asarray(np.clip(_mean(scaled), low, high), dtype=np.float64)
    rough: FloatArray = np.asarray(scaled - first, dtype=np.float64)
    shift = _mean(rough)
    centre: FloatArray = np.asarray(np.clip(first + shift, low, high), dtype=np.float64)
    centre = np.asarray(np.where(flat, low, centre), dtype=np.float64)
    deviation: FloatArray = np.asarray(rough - shift, dtype=np.float64)

    # Deviations relative to the largest one: their second moment is at least 1 / samples.
    spread = _peak(deviation)
    flat = flat | (spread == 0.0)
    divisor: FloatArray = np.asarray(np.where(flat, 1.0, spread), dtype=np.float64)
    relative: FloatArray = np.asarray(deviation / divisor, dtype=np.float64)
    square: FloatArray = np.asarray(relative * relative, dtype=np.float64)
    second: FloatArray = np.asarray(np.where(flat, 1.0, _mean(square)), dtype=np.float64)
    third = _mean(np.asarray(square * relative, dtype=np.float64))
    fourth = _mean(np.asarray(square * square, dtype=np.float64))

    root: FloatArray = np.asarray(np.sqrt(second), dtype=np.float64)
    deviation_std = np.ldexp(spread * root, exponent)
    skewness = third / (second * root)
    kurtosis = fourth / (second * second) - _NORMAL_KURTOSIS

    result[:, :, 0] = np.ldexp(centre, exponent)[:, :, 0]
    result[:, :, 1] = np.where(flat, 0.0, deviation_std)[:, :, 0]
    result[:, :, 2] = np.where(flat, 0.0, skewness)[:, :, 0]
    result[:, :, 3] = np.where(flat, 0.0, kurtosis)[:, :, 0]
    return result
