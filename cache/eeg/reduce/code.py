_MATRIX_DIMS = 2
_MIN_TRAIN_ROWS = 2
_MAX_COMPONENTS = 1000


def _as_matrix(values: FloatArray, name: str) -> FloatArray:
    """Return values as a row-major matrix of finite numbers, or raise ValueError."""
    matrix: FloatArray = np.asarray(values, dtype=np.float64)
    if matrix.ndim != _MATRIX_DIMS:
        raise ValueError(f"{name} must have two dimensions, got {matrix.ndim}")
    if not bool(np.all(np.isfinite(matrix))):
        raise ValueError(f"{name} must hold finite numbers only")
    return np.ascontiguousarray(matrix, dtype=np.float64)


def _column_means(matrix: FloatArray) -> FloatArray:
    """Return the column means; a constant column's mean is exactly its value."""
    constant = np.all(matrix == matrix[0], axis=0)
    return np.asarray(np.where(constant, matrix[0], np.mean(matrix, axis=0)), dtype=np.float64)


def _orient(axes: FloatArray) -> FloatArray:
    """Return the rows with the first entry of largest magnitude made positive."""
    positions = np.argmax(np.abs(axes), axis=1)
    leading = axes[np.arange(axes.shape[0]), positions]
    signs = np.where(leading < 0.0, -1.0, 1.0)
    return np.ascontiguousarray(axes * signs[:, np.newaxis], dtype=np.float64)


def _project(matrix: FloatArray, mean: FloatArray, axes: FloatArray) -> FloatArray:
    """Return the coordinates of the centred rows on the axes."""
    return np.asarray((matrix - mean) @ axes.T, dtype=np.float64)


def principal_components(
    train: FloatArray,
    validation: FloatArray,
    test: FloatArray,
    *,
    components: int,
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
    train_rows = _as_matrix(train, "train")
    validation_rows = _as_matrix(validation, "validation")
    test_rows = _as_matrix(test, "test")
    rows = int(train_rows.shape[0])
    features = int(train_rows.shape[1])
    if int(validation_rows.shape[1]) != features:
        raise ValueError("validation must have as many features as train")
    if int(test_rows.shape[1]) != features:
        raise ValueError("test must have as many features as train")
    if rows < _MIN_TRAIN_ROWS:
        raise ValueError(f"at least {_MIN_TRAIN_ROWS} training rows are needed, got {rows}")
    if components < 1 or components > _MAX_COMPONENTS:
        raise ValueError(f"components must be in [1, {_MAX_COMPONENTS}], got {components}")
    if components > rows:
        raise ValueError(f"components ({components}) exceeds the training rows ({rows})")
    if components > features:
        raise ValueError(f"components ({components}) exceeds the features ({features})")

    mean = _column_means(train_rows)
    _, singular, right = np.linalg.svd(train_rows - mean, full_matrices=False)
    kept: FloatArray = np.asarray(singular[:components], dtype=np.float64)
    axes = _orient(np.asarray(right[:components], dtype=np.float64))
    explained: FloatArray = np.asarray(kept * kept / float(rows - 1), dtype=np.float64)
    state: dict[str, FloatArray] = {
        "mean": mean,
        "components": axes,
        "explained_variance": explained,
    }
    return Projected(
        train=_project(train_rows, mean, axes),
        validation=_project(validation_rows, mean, axes),
        test=_project(test_rows, mean, axes),
        state=state,
    )
