"""Energy in each band of a db4 discrete wavelet decomposition of every channel."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


# fxg:hole
def wavelet_energies(windows: FloatArray, *, level: int) -> FloatArray:
    """Return the energy of each band of a discrete wavelet decomposition along the samples.

    windows: [windows, channels, samples] in uV; any count of windows, also none.
    Returns [windows, channels, level + 1] in uV^2: the sum of the squared coefficients of the
    approximation first, then of the details from the coarsest (level) to the finest (1).
    ValueError when level exceeds pywt.dwt_max_level(samples, "db4").
    """
    raise NotImplementedError


# fxg:end
