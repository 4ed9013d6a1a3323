"""One right and several plausible wrong ways to project on principal components."""

from typing import NamedTuple

import numpy as np


class Projected(NamedTuple):
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    state: dict


def _fit(rows, components, ddof=1, signs=True):
    mean = rows.mean(axis=0)
    _, singular, axes = np.linalg.svd(rows - mean, full_matrices=False)
    axes = axes[:components]
    if signs:
        axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    explained = singular[:components] ** 2 / (len(rows) - ddof)
    return {"mean": mean, "components": axes, "explained_variance": explained}


def _project(parts, state):
    rows = [(part - state["mean"]) @ state["components"].T for part in parts]
    return Projected(*rows, state)


def reference(train, validation, test, *, components):
    if components > min(train.shape) or len(train) < 2:
        raise ValueError("too few rows or features for so many components")
    return _project((train, validation, test), _fit(train, components))


def components_are_orthonormal(train, validation, test, *, components):
    """Keeps the deviations in the axes, as loadings do."""
    state = _fit(train, components)
    loadings = state["components"] * np.sqrt(state["explained_variance"])[:, None]
    return _project((train, validation, test), {**state, "components": loadings})


def the_largest_entry_is_positive(train, validation, test, *, components):
    """Leaves the signs to the library."""
    return _project((train, validation, test), _fit(train, components, signs=False))


def fitted_on_training_rows_only(train, validation, test, *, components):
    """Fits on training and validation rows."""
    rows = np.concatenate([train, validation])
    return _project((train, validation, test), _fit(rows, components))


def coordinates_follow_from_the_state(train, validation, test, *, components):
    """Centres every part by its own mean."""
    state = _fit(train, components)
    parts = [part - part.mean(axis=0) + state["mean"] for part in (train, validation, test)]
    return _project(parts, state)


def explained_variance_is_that_of_the_coordinates(train, validation, test, *, components):
    """Divides by the number of rows."""
    return _project((train, validation, test), _fit(train, components, ddof=0))


def the_first_components_hold_the_most_variance(train, validation, test, *, components):
    """Takes the eigenvectors in the order that eigh returns them, the least first."""
    state = _fit(train, min(train.shape))
    last = {name: state[name][::-1][:components] for name in ("components", "explained_variance")}
    return _project((train, validation, test), {**state, **last})


def more_features_than_rows(train, validation, test, *, components):
    """Adds a ridge to the covariance so that it can be inverted."""
    mean = train.mean(axis=0)
    ridge = 1e-3 * np.eye(train.shape[1])
    values, vectors = np.linalg.eigh(np.cov(train.T) + ridge)
    axes = vectors.T[::-1][:components]
    explained = values[::-1][:components]
    state = {"mean": mean, "components": axes, "explained_variance": explained}
    return _project((train, validation, test), state)


def too_many_components_are_refused(train, validation, test, *, components):
    """Keeps as many as there are."""
    return _project((train, validation, test), _fit(train, components, ddof=min(1, len(train) - 1)))
