"""Remove each channel's mean within its window, then the common average reference."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


# fxg:hole
def normalise(windows: FloatArray) -> FloatArray:
    """Centre every channel of every window, then re-reference to the common average.

    windows: [windows, channels, samples] in uV; any count of windows, also none.
    Returns a new array of the same shape, in uV (nothing is divided by a deviation).
    First the mean over the samples of each channel of each window is subtracted; a channel
    whose samples are all equal becomes exactly 0.0 in this step. Then, at each sample of each
    window, the mean over all channels is subtracted. Never NaN for finite input.
    """
    raise NotImplementedError


# fxg:end
