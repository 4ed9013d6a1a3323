"""Mean, standard deviation, skewness and excess kurtosis of every channel of every window."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


# fxg:hole
def moments(windows: FloatArray) -> FloatArray:
    """Return the first four moments over the samples of each channel of each window.

    windows: [windows, channels, samples] in uV; any count of windows, also none.
    Returns [windows, channels, 4]: mean (uV), population standard deviation (uV), skewness and
    excess kurtosis (both biased, without unit), in this order.
    Where all samples of a channel are equal, the last three are exactly 0.0; never NaN.
    """
    raise NotImplementedError


# fxg:end
