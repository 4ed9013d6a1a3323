"""Share of each classical EEG band in the power between 1 and 45 Hz, for every channel."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


# fxg:hole
def band_ratios(windows: FloatArray, *, rate_hz: float) -> FloatArray:
    """Return how the power of each channel of each window is shared among five bands.

    windows: [windows, channels, samples] in uV, sampled at rate_hz; any count of windows.
    Returns [windows, channels, 5] in [0, 1]: delta [1, 4), theta [4, 8), alpha [8, 13),
    beta [13, 30) and gamma [30, 45) Hz, in this order, each divided by the sum of the five.
    Where all samples of a channel are equal, or the sum is 0, all five are 0.0; never NaN.
    """
    raise NotImplementedError


# fxg:end
