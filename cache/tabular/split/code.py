import hashlib
import math

_MAX_SEED = 4294967295
_MATRIX_DIMENSIONS = 2
_LABELS = (0, 1)
_ROUNDING = 0.5
_TOLERANCE = 1e-9


def _check(matrix: FloatArray, labels: IntArray, test_share: float, seed: int) -> None:
    """Raise ValueError if the arguments break the contract."""
    if matrix.ndim != _MATRIX_DIMENSIONS:
        raise ValueError("matrix must have two dimensions")
    if labels.ndim != 1:
        raise ValueError("labels must have one dimension")
    if matrix.shape[0] != labels.shape[0]:
        raise ValueError("matrix and labels must have the same number of rows")
    if bool(np.any(np.isnan(matrix))):
        raise ValueError("matrix must not hold NaN")
    if not bool(np.all(np.isin(labels, _LABELS))):
        raise ValueError("labels must be 0 or 1")
    if not 0.0 <= test_share <= 1.0:
        raise ValueError("test_share must be in [0, 1]")
    if not 0 <= seed <= _MAX_SEED:
        raise ValueError("seed must be in [0, 4294967295]")


def _key(seed: int, row: int) -> str:
    """Return the key of a row: the SHA-256 of "SEED:ROW" as lower-case hexadecimal text."""
    return hashlib.sha256(f"{seed}:{row}".encode("ascii")).hexdigest()


def split_rows(matrix: FloatArray, labels: IntArray, *, test_share: float, seed: int) -> Parts:
    """Take test_share of the rows of each label as test rows, the others as training rows.

    matrix: [rows, encoded]; labels: [rows], 0 or 1; there may be no rows, and test_share may be
    0.0 or 1.0, so a part may be empty.
    Which rows are taken depends on labels, test_share and seed, and on nothing in matrix. In
    both parts the rows keep the order that they have in matrix.
    """
    values = np.asarray(matrix, dtype=np.float64)
    marks = np.asarray(labels, dtype=np.int64)
    _check(values, marks, test_share, seed)
    is_test = np.zeros(marks.shape[0], dtype=np.bool_)
    for label in _LABELS:
        rows = [int(row) for row in np.flatnonzero(marks == label)]
        ordered = sorted((_key(int(seed), row), row) for row in rows)
        count = math.floor(float(test_share) * len(rows) + _ROUNDING + _TOLERANCE)
        for _, row in ordered[:count]:
            is_test[row] = True
    is_train = np.logical_not(is_test)
    return Parts(
        train=np.asarray(values[is_train], dtype=np.float64),
        test=np.asarray(values[is_test], dtype=np.float64),
        train_labels=np.asarray(marks[is_train], dtype=np.int64),
        test_labels=np.asarray(marks[is_test], dtype=np.int64),
    )
