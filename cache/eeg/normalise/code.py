_HUGE: float = 1e290
_SCALE_DOWN: float = 2.0**-64
_SCALE_UP: float = 2.0**64
_SCALED_LIMIT: float = float(np.finfo(np.float64).max) * _SCALE_DOWN


def _normalise_window(window: FloatArray) -> FloatArray:
    """Centre the channels of one [channels, samples] window and re-reference it."""
    flat = np.all(window == window[:, :1], axis=1)
    centred: FloatArray = np.asarray(
        window - np.mean(window, axis=1, keepdims=True), dtype=np.float64
    )
    # A second pass removes the rounding error of the first mean (large constant offsets).
    centred = np.asarray(centred - np.mean(centred, axis=1, keepdims=True), dtype=np.float64)
    centred[flat] = 0.0
    return np.asarray(centred - np.mean(centred, axis=0, keepdims=True), dtype=np.float64)


def normalise(windows: FloatArray) -> FloatArray:
    """Centre every channel of every window, then re-reference to the common average.

    windows: [windows, channels, samples] in uV; any count of windows, also none.
    Returns a new array of the same shape, in uV (nothing is divided by a deviation).
    First the mean over the samples of each channel of each window is subtracted; a channel
    whose samples are all equal becomes exactly 0.0 in this step. Then, at each sample of each
    window, the mean over all channels is subtracted. Never NaN for finite input.
    """
    result: FloatArray = np.array(windows, dtype=np.float64, order="C")
    if result.ndim != 3:
        raise ValueError("windows must have three dimensions [windows, channels, samples]")
    if result.size == 0:
        return result
    if not bool(np.all(np.isfinite(result))):
        raise ValueError("windows must hold finite values only")
    # One window at a time on a C-ordered copy: the order of summation, and so every bit of
    # the result, depends neither on the other windows nor on the memory layout of the input.
    for index in range(result.shape[0]):
        window: FloatArray = np.asarray(result[index], dtype=np.float64)
        if float(np.max(np.abs(window))) > _HUGE:
            # Sums could overflow: work on a scaled window and saturate at the largest float.
            scaled = _normalise_window(np.asarray(window * _SCALE_DOWN, dtype=np.float64))
            result[index] = np.clip(scaled, -_SCALED_LIMIT, _SCALED_LIMIT) * _SCALE_UP
        else:
            result[index] = _normalise_window(window)
    return result
