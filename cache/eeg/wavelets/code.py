import pywt

_WAVELET = "db4"
_MODE = "periodization"
_MIN_LEVEL = 1
_MAX_LEVEL = 12


def wavelet_energies(windows: FloatArray, *, level: int) -> FloatArray:
    """Return the energy of each band of a discrete wavelet decomposition along the samples.

    windows: [windows, channels, samples] in uV; any count of windows, also none.
    Returns [windows, channels, level + 1] in uV^2: the sum of the squared coefficients of the
    approximation first, then of the details from the coarsest (level) to the finest (1).
    ValueError when level exceeds pywt.dwt_max_level(samples, "db4").
    """
    if windows.ndim != 3:
        raise ValueError("windows must have three dimensions: windows, channels, samples")
    if level < _MIN_LEVEL or level > _MAX_LEVEL:
        raise ValueError(f"level must lie in [{_MIN_LEVEL}, {_MAX_LEVEL}], got {level}")
    n_windows, n_channels, n_samples = windows.shape
    deepest = int(pywt.dwt_max_level(n_samples, _WAVELET))
    if level > deepest:
        raise ValueError(
            f"level {level} exceeds the maximum of {deepest} for {n_samples} samples and {_WAVELET}"
        )
    energies = np.zeros((n_windows, n_channels, level + 1), dtype=np.float64)
    if n_windows == 0 or n_channels == 0:
        return energies
    data = np.ascontiguousarray(windows, dtype=np.float64)
    if not bool(np.all(np.isfinite(data))):
        raise ValueError("windows must hold finite values only")
    bands = pywt.wavedec(data, _WAVELET, mode=_MODE, level=level, axis=-1)
    for index, band in enumerate(bands):
        coefficients = np.ascontiguousarray(band, dtype=np.float64)
        energies[:, :, index] = np.sum(np.square(coefficients), axis=-1)
    return energies
