"""Project rows on the leading principal components of the training rows."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


class Projected(NamedTuple):
    """The three parts in the components' coordinates, and the components."""

    train: FloatArray
    validation: FloatArray
    test: FloatArray
    state: dict[str, FloatArray]


# fxg:hole
def principal_components(
    train: FloatArray, validation: FloatArray, test: FloatArray, *, components: int
) -> Projected:
    """Project every part on the leading principal components of the training rows.

    train, validation, test: [rows, features]; validation may have no rows.
    Returns [rows, components] for each (rows minus the training mean, times the components),
    and state: {"mean": [features], "components": [components, features] with orthonormal rows
    by falling variance, "explained_variance": [components], divisor rows - 1}.
    The sign of a component makes its entry of largest magnitude (the first such) positive.
    Nothing of validation or test enters the state. ValueError when components exceeds the
    number of training rows or of features, or when there are fewer than 2 training rows.
    """
    raise NotImplementedError


# fxg:end
