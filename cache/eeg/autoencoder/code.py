import sklearn.neural_network

_MATRIX_DIMS = 2
_MIN_FEATURES = 2
_MAX_HIDDEN = 200
_MAX_ALPHA = 10.0
_MAX_ITERATIONS = 10000
_MAX_SEED = 4294967295


def _checked_rows(rows: FloatArray, name: str) -> FloatArray:
    """Return a C-ordered float64 copy of a valid matrix, or raise ValueError."""
    matrix: FloatArray = np.array(rows, dtype=np.float64, order="C")
    if matrix.ndim != _MATRIX_DIMS:
        raise ValueError(f"{name} must have two dimensions: rows and features")
    if matrix.shape[0] < 1:
        raise ValueError(f"{name} must have at least one row")
    if matrix.shape[1] < _MIN_FEATURES:
        raise ValueError(f"{name} must have at least two features")
    if not bool(np.all(np.isfinite(matrix))):
        raise ValueError(f"{name} must hold only finite values")
    return matrix


def _check_parameters(hidden: int, alpha: float, max_iter: int, seed: int) -> None:
    """Raise ValueError if a parameter is outside its range."""
    if not 1 <= hidden <= _MAX_HIDDEN:
        raise ValueError(f"hidden must be in [1, {_MAX_HIDDEN}]")
    if not 0.0 <= alpha <= _MAX_ALPHA:
        raise ValueError(f"alpha must be in [0, {_MAX_ALPHA}]")
    if not 1 <= max_iter <= _MAX_ITERATIONS:
        raise ValueError(f"max_iter must be in [1, {_MAX_ITERATIONS}]")
    if not 0 <= seed <= _MAX_SEED:
        raise ValueError(f"seed must be in [0, {_MAX_SEED}]")


def _row_scores(rows: FloatArray, state: dict[str, FloatArray]) -> FloatArray:
    """Return the mean squared reproduction error of each row."""
    activation = np.tanh(rows @ state["hidden_weights"] + state["hidden_bias"])
    reproduction = activation @ state["output_weights"] + state["output_bias"]
    return np.asarray(np.mean(np.square(reproduction - rows), axis=1), dtype=np.float64)


def autoencoder(
    train: FloatArray,
    test: FloatArray,
    *,
    hidden: int,
    alpha: float,
    max_iter: int,
    seed: int,
) -> AutoencoderScores:
    """Fit a one-hidden-layer network that reproduces the training rows, and score both parts.

    train, test: [rows, features]; at least one row each, at least two features.
    train_scores, test_scores: [rows], the mean over the features of the squared difference
    between a row and its reproduction.
    state: {"hidden_weights": [features, hidden], "hidden_bias": [hidden], "output_weights":
    [hidden, features], "output_bias": [features]}, such that the reproduction of a row is
    tanh(row @ hidden_weights + hidden_bias) @ output_weights + output_bias.
    Equal arguments give equal results. Stopping at max_iter is no error. Nothing of test
    enters the state.
    """
    _check_parameters(hidden, alpha, max_iter, seed)
    train_rows = _checked_rows(train, "train")
    test_rows = _checked_rows(test, "test")
    if train_rows.shape[1] != test_rows.shape[1]:
        raise ValueError("train and test must have the same number of features")

    model = sklearn.neural_network.MLPRegressor(
        hidden_layer_sizes=(int(hidden),),
        activation="tanh",
        solver="lbfgs",
        alpha=float(alpha),
        max_iter=int(max_iter),
        random_state=int(seed),
    )
    model.fit(train_rows, train_rows.copy())

    state: dict[str, FloatArray] = {
        "hidden_weights": np.array(model.coefs_[0], dtype=np.float64, order="C"),
        "hidden_bias": np.array(model.intercepts_[0], dtype=np.float64, order="C"),
        "output_weights": np.array(model.coefs_[1], dtype=np.float64, order="C"),
        "output_bias": np.array(model.intercepts_[1], dtype=np.float64, order="C"),
    }
    return AutoencoderScores(
        train_scores=_row_scores(train_rows, state),
        test_scores=_row_scores(test_rows, state),
        state=state,
    )
