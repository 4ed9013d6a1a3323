"""One right and several plausible wrong ways to compute wavelet energies."""

import warnings

import numpy as np
import pywt


def _bands(windows, level, wavelet="db4", mode="periodization"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a longer wavelet, a level too deep for it
        return pywt.wavedec(windows, wavelet, mode=mode, level=level, axis=2)


def _energies(bands):
    return np.stack([(band**2).sum(axis=2) for band in bands], axis=2)


def reference(windows, *, level):
    if level > pywt.dwt_max_level(windows.shape[2], "db4"):
        raise ValueError("level is too deep for so few samples")
    approximation, energies = windows, []
    for _ in range(level):
        approximation, detail = pywt.dwt(approximation, "db4", mode="periodization", axis=2)
        energies.append(np.square(detail).sum(axis=2))
    energies.append(np.square(approximation).sum(axis=2))
    return np.stack(energies[::-1], axis=2)


def energy_is_conserved(windows, *, level):
    """Leaves the library's default extension."""
    return _energies(_bands(windows, level, mode="symmetric"))


def the_configured_level_conserves_energy(windows, *, level):
    """Drops the finest band as noise and repeats the coarsest."""
    energies = _energies(_bands(windows, level))
    return np.concatenate([energies[:, :, :1], energies[:, :, :-1]], axis=2)


def bands_run_from_slow_to_fast(windows, *, level):
    """Puts the finest detail first."""
    return _energies(_bands(windows, level)[::-1])


def details_run_from_coarse_to_fine(windows, *, level):
    """Approximation first, but the details from fine to coarse."""
    approximation, *details = _bands(windows, level)
    return _energies([approximation, *details[::-1]])


def energy_is_quadratic(windows, *, level):
    """Sums magnitudes."""
    return np.stack([np.abs(band).sum(axis=2) for band in _bands(windows, level)], axis=2)


def the_finest_band_is_one_db4_step(windows, *, level):
    """Takes the number for the length of the filter."""
    return _energies(_bands(windows, level, wavelet="db2"))


def silence_has_no_energy(windows, *, level):
    """Divides by the total energy."""
    energies = _energies(_bands(windows, level))
    with np.errstate(invalid="ignore"):
        return energies / energies.sum(axis=2, keepdims=True)


def windows_and_channels_do_not_mix(windows, *, level):
    """Averages the energies over the channels."""
    energies = _energies(_bands(windows, level))
    return np.broadcast_to(energies.mean(axis=1, keepdims=True), energies.shape).copy()


def too_deep_a_level_is_refused(windows, *, level):
    """Lets the library go on with a warning."""
    return _energies(_bands(windows, level))
