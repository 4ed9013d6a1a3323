"""Power spectral density of every channel by Welch's method, up to a highest frequency."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


# fxg:hole
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
    raise NotImplementedError


# fxg:end
