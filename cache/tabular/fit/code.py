import sklearn.linear_model

_MATRIX_AXES = 2


def _check_parameters(strength: float, least_deviation: float) -> None:
    """Raise ValueError for parameters with which no model can be fitted."""
    if not np.isfinite(strength) or strength <= 0.0:
        raise ValueError("strength must be a finite number above 0")
    if not np.isfinite(least_deviation) or least_deviation < 0.0:
        raise ValueError("least_deviation must be a finite number, not below 0")


def _check_data(train: FloatArray, labels: IntArray) -> None:
    """Raise ValueError for rows and labels to which no model can be fitted."""
    if train.ndim != _MATRIX_AXES or train.shape[1] == 0:
        raise ValueError("train must be two-dimensional and have at least one column")
    if labels.ndim != 1 or labels.shape[0] != train.shape[0]:
        raise ValueError("labels must be one-dimensional, with one label for each row of train")
    zeros = int(np.count_nonzero(labels == 0))
    ones = int(np.count_nonzero(labels == 1))
    if zeros + ones != labels.shape[0]:
        raise ValueError("labels must be 0 or 1")
    if zeros == 0 or ones == 0:
        raise ValueError("labels must have both a 0 and a 1")
    if not bool(np.all(np.isfinite(train))):
        raise ValueError("train must be finite")


def fit_logistic(
    train: FloatArray, labels: IntArray, *, strength: float, least_deviation: float
) -> Model:
    """Standardise the columns of train and fit a logistic regression to them.

    train: [rows, encoded], finite; labels: [rows], 0 or 1.
    Returns mean, scale, weights: float64, [encoded] each, and intercept: a Python float. The
    log-odds of a row are ((row - mean) / scale) @ weights + intercept. scale is the population
    standard deviation of the column, and 1.0 where that does not exceed least_deviation.
    ValueError when train has no columns, or labels has not both a 0 and a 1.
    """
    _check_parameters(strength, least_deviation)
    _check_data(train, labels)
    rows: FloatArray = np.ascontiguousarray(train, dtype=np.float64)
    # In a column of equal values a rounded mean would leave a false deviation.
    constant = rows.max(axis=0) == rows.min(axis=0)
    mean: FloatArray = np.asarray(
        np.where(constant, rows[0], np.mean(rows, axis=0)), dtype=np.float64
    )
    deviation: FloatArray = np.asarray(
        np.where(constant, 0.0, np.std(rows, axis=0)), dtype=np.float64
    )
    scale: FloatArray = np.asarray(
        np.where(deviation > least_deviation, deviation, 1.0), dtype=np.float64
    )
    standardised: FloatArray = np.asarray((rows - mean) / scale, dtype=np.float64)
    regression = sklearn.linear_model.LogisticRegression(
        C=float(strength), solver="newton-cholesky", tol=1e-12, max_iter=1000
    )
    regression.fit(standardised, np.array(labels, dtype=np.int64))
    return {
        "mean": mean,
        "scale": scale,
        "weights": np.array(regression.coef_[0], dtype=np.float64),
        "intercept": float(regression.intercept_[0]),
    }
