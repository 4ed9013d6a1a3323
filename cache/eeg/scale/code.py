_LARGEST = float(np.finfo(np.float64).max)
_SAFE_EXPONENT = 400
_LOWEST_LEAST = 1e-12
_HIGHEST_LEAST = 0.001


def _checked(name: str, part: FloatArray) -> FloatArray:
    """Return the part as a C-ordered float64 array; refuse a wrong shape or values not finite."""
    rows: FloatArray = np.ascontiguousarray(part, dtype=np.float64)
    if rows.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, rows and features")
    if not bool(np.isfinite(rows).all()):
        raise ValueError(f"{name} must hold finite values only")
    return rows


def _guard_factor(peak: FloatArray) -> FloatArray:
    """Powers of two that keep squares of huge columns finite; exactly 1.0 for ordinary ones."""
    exponent = np.asarray(np.frexp(peak)[1], dtype=np.int32)
    shift = np.asarray(np.maximum(exponent - _SAFE_EXPONENT, 0), dtype=np.int32)
    return np.asarray(np.ldexp(np.ones_like(peak), -shift), dtype=np.float64)


def _apply(part: FloatArray, mean: FloatArray, scale: FloatArray, factor: FloatArray) -> FloatArray:
    """Centre and scale a part; a quotient beyond the float range becomes the largest float."""
    result = (part * factor - mean * factor) / (scale * factor)
    return np.asarray(np.clip(result, -_LARGEST, _LARGEST), dtype=np.float64)


def standardise(
    train: FloatArray,
    validation: FloatArray,
    test: FloatArray,
    *,
    least_deviation: float,
) -> Standardised:
    """Subtract the training rows' mean from every part and divide by their deviation.

    train, validation, test: [rows, features]; validation may have no rows.
    Returns new arrays of the same shapes, and state: {"mean": [features], "scale": [features]},
    where scale is the population standard deviation over the training rows, and 1.0 for a
    column in which that does not exceed least_deviation (constant, or rounding noise).
    Nothing of validation or test enters the state. Never NaN for finite input.
    """
    if not _LOWEST_LEAST <= least_deviation <= _HIGHEST_LEAST:
        raise ValueError("least_deviation must lie in [1e-12, 0.001]")
    train_rows = _checked("train", train)
    validation_rows = _checked("validation", validation)
    test_rows = _checked("test", test)
    if train_rows.shape[0] == 0:
        raise ValueError("train must have at least one row")
    features = train_rows.shape[1]
    if validation_rows.shape[1] != features or test_rows.shape[1] != features:
        raise ValueError("train, validation and test must have the same number of features")

    with np.errstate(over="ignore", under="ignore"):
        peak: FloatArray = np.asarray(np.abs(train_rows).max(axis=0), dtype=np.float64)
        factor = _guard_factor(peak)
        guarded: FloatArray = np.asarray(train_rows * factor, dtype=np.float64)
        # Offsets from the first row are exactly zero in a constant column of any size.
        origin: FloatArray = np.asarray(guarded[0], dtype=np.float64)
        offset: FloatArray = np.asarray(guarded - origin, dtype=np.float64)
        centre: FloatArray = np.asarray(
            np.clip(origin + offset.mean(axis=0), guarded.min(axis=0), guarded.max(axis=0)),
            dtype=np.float64,
        )
        spread: FloatArray = np.asarray(
            np.minimum(offset.std(axis=0), peak * factor), dtype=np.float64
        )
        mean: FloatArray = np.asarray(centre / factor, dtype=np.float64)
        deviation: FloatArray = np.asarray(spread / factor, dtype=np.float64)
        scale: FloatArray = np.asarray(
            np.where(deviation > least_deviation, deviation, 1.0), dtype=np.float64
        )
        return Standardised(
            train=_apply(train_rows, mean, scale, factor),
            validation=_apply(validation_rows, mean, scale, factor),
            test=_apply(test_rows, mean, scale, factor),
            state={"mean": mean, "scale": scale},
        )
