import math

import sklearn.svm

_NU_LOW = 0.001
_NU_HIGH = 1.0
_NU_ALL_BOUND = 1.0 - 1e-12


def _checked(values: FloatArray, name: str) -> FloatArray:
    """Return a contiguous copy of a finite, non-empty matrix."""
    rows: FloatArray = np.array(values, dtype=np.float64, order="C")
    if rows.ndim != 2 or rows.shape[0] < 1 or rows.shape[1] < 1:
        raise ValueError(f"{name} must be a matrix with at least one row and one feature")
    if not bool(np.all(np.isfinite(rows))):
        raise ValueError(f"{name} must hold finite values only")
    return rows


def _scale_gamma(train: FloatArray) -> float:
    """Return 1 / (features * population variance), 1.0 where the variance is 0."""
    if float(np.min(train)) == float(np.max(train)):
        return 1.0
    with np.errstate(all="ignore"):
        spread = train.shape[1] * float(np.var(train))
    if not math.isfinite(spread):
        raise ValueError("train holds values too large for a finite variance")
    if spread <= 0.0:
        return 1.0
    gamma = 1.0 / spread
    return gamma if math.isfinite(gamma) else 1.0


def _kernel_sum(
    rows: FloatArray, vectors: FloatArray, weights: FloatArray, gamma: float
) -> FloatArray:
    """Return for each row the weighted sum of its Gaussian kernels with the vectors."""
    total: FloatArray = np.zeros(rows.shape[0], dtype=np.float64)
    with np.errstate(over="ignore", under="ignore"):
        for index in range(vectors.shape[0]):
            squared = np.sum((rows - vectors[index]) ** 2, axis=1)
            total += float(weights[index]) * np.exp(-gamma * squared)
    return total


def _library_fit(
    train: FloatArray, nu: float, gamma: float
) -> tuple[FloatArray, FloatArray, float]:
    """Return support vectors, dual coefficients and intercept as the library finds them."""
    model = sklearn.svm.OneClassSVM(kernel="rbf", nu=nu, gamma=gamma)
    model.fit(train)
    vectors: FloatArray = np.array(model.support_vectors_, dtype=np.float64)
    weights: FloatArray = np.array(model.dual_coef_, dtype=np.float64).reshape(-1)
    intercept = float(model.intercept_[0])
    if not math.isfinite(intercept):
        raise ValueError("the fitted intercept is not finite")
    return vectors, weights, intercept


def _fit(train: FloatArray, nu: float, gamma: float) -> tuple[FloatArray, FloatArray, float]:
    """Fit the machine; where nu is 1 and the library has no finite offset, use the limit.

    With nu = 1 every dual coefficient is at its bound 1, and any offset from the largest kernel
    sum upwards is optimal. The smallest of them is the limit of the offset as nu goes to 1.
    """
    if nu < _NU_ALL_BOUND:
        return _library_fit(train, nu, gamma)
    try:
        return _library_fit(train, nu, gamma)
    except ValueError:
        vectors: FloatArray = train.copy()
        weights: FloatArray = np.ones(train.shape[0], dtype=np.float64)
        intercept = -float(np.max(_kernel_sum(train, vectors, weights, gamma)))
        return vectors, weights, intercept


def one_class_svm(train: FloatArray, test: FloatArray, *, nu: float) -> SvmScores:
    """Fit a one-class SVM to the training rows and score both parts.

    train, test: [rows, features]; at least one row each.
    train_scores, test_scores: [rows], the negated decision function, so that larger is more
    anomalous and a score above 0 is outside.
    state: {"support_vectors": [support, features], "dual_coef": [support], "intercept": float,
    "gamma": float}, such that a row's score is
    -(sum(dual_coef * exp(-gamma * |row - support_vectors|^2)) + intercept).
    gamma is 1 / (features * population variance of all training values), 1.0 if that is 0.
    Nothing of test enters the state.
    """
    share = float(nu)
    if not _NU_LOW <= share <= _NU_HIGH:
        raise ValueError("nu must be in [0.001, 1]")
    train_rows = _checked(train, "train")
    test_rows = _checked(test, "test")
    if train_rows.shape[1] != test_rows.shape[1]:
        raise ValueError("train and test must have the same number of features")
    gamma = _scale_gamma(train_rows)
    vectors, weights, intercept = _fit(train_rows, share, gamma)
    train_scores: FloatArray = np.asarray(
        -(_kernel_sum(train_rows, vectors, weights, gamma) + intercept), dtype=np.float64
    )
    test_scores: FloatArray = np.asarray(
        -(_kernel_sum(test_rows, vectors, weights, gamma) + intercept), dtype=np.float64
    )
    state: dict[str, FloatArray | float] = {
        "support_vectors": vectors,
        "dual_coef": weights,
        "intercept": intercept,
        "gamma": gamma,
    }
    return SvmScores(train_scores=train_scores, test_scores=test_scores, state=state)
