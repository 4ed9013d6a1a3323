"""One right and several plausible wrong ways to standardise."""

from typing import NamedTuple

import numpy as np


class Standardised(NamedTuple):
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    state: dict


def _scaled(train, validation, test, *, rows=None, ddof=0, least=1e-9, constant=1.0):
    rows = train if rows is None else rows
    mean, scale = rows.mean(axis=0), rows.std(axis=0, ddof=ddof)
    scale = np.where(scale <= least, constant, scale)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = [(part - mean) / scale for part in (train, validation, test)]
    return Standardised(*parts, {"mean": mean, "scale": scale})


def reference(train, validation, test, *, least_deviation):
    return _scaled(train, validation, test, least=least_deviation)


def training_columns_are_standard(train, validation, test, *, least_deviation):
    """Divides by one row less."""
    return _scaled(train, validation, test, ddof=1, least=least_deviation)


def fitted_on_training_rows_only(train, validation, test, *, least_deviation):
    """Fits on all rows there are."""
    rows = np.concatenate([train, validation, test])
    return _scaled(train, validation, test, rows=rows, least=least_deviation)


def one_scale_for_all_parts(train, validation, test, *, least_deviation):
    """Fits every part anew."""
    own = [_scaled(part, part, part).train for part in (train, validation, test)]
    return Standardised(*own, _scaled(train, validation, test).state)


def constant_columns(train, validation, test, *, least_deviation):
    """Divides zero by zero."""
    return _scaled(train, validation, test, constant=0.0)


def rounding_noise_stays_negligible(train, validation, test, *, least_deviation):
    """Asks only whether the deviation is exactly zero."""
    return _scaled(train, validation, test, least=0.0)


def validation_may_be_empty(train, validation, test, *, least_deviation):
    """Merges what is to be scaled and takes the split from the wrong count."""
    result = _scaled(train, validation, test, least=least_deviation)
    both = np.concatenate([result.validation, result.test])
    return result._replace(validation=both[: len(test) - 2], test=both[len(test) - 2 :])
