def _checked(scores: FloatArray, name: str) -> FloatArray:
    """Return the scores as a one-dimensional array of finite floats."""
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1:
        msg = f"{name} must be one-dimensional"
        raise ValueError(msg)
    if not bool(np.all(np.isfinite(values))):
        msg = f"{name} must hold finite numbers only"
        raise ValueError(msg)
    return values


def _standardised(train: FloatArray, test: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Standardise both parts by the mean and population deviation of the training part."""
    origin = float(train[0])
    shifted_train = np.asarray(train - origin, dtype=np.float64)
    shifted_test = np.asarray(test - origin, dtype=np.float64)
    if bool(np.all(train == origin)):
        return shifted_train, shifted_test
    # Shifting and scaling first keeps the deviation exact for nearly equal or tiny scores.
    mean = float(np.mean(shifted_train))
    centred_train = np.asarray(shifted_train - mean, dtype=np.float64)
    centred_test = np.asarray(shifted_test - mean, dtype=np.float64)
    peak = float(np.max(np.abs(centred_train)))
    scaled_train = np.asarray(centred_train / peak, dtype=np.float64)
    scaled_test = np.asarray(centred_test / peak, dtype=np.float64)
    deviation = float(np.sqrt(np.mean(scaled_train * scaled_train)))
    return (
        np.asarray(scaled_train / deviation, dtype=np.float64),
        np.asarray(scaled_test / deviation, dtype=np.float64),
    )


def average_scores(
    svm_train: FloatArray,
    svm_test: FloatArray,
    autoencoder_train: FloatArray,
    autoencoder_test: FloatArray,
) -> AveragedScores:
    """Standardise each detector's scores by its own training scores and average the two.

    svm_train, autoencoder_train: [train]; svm_test, autoencoder_test: [test]; larger is more
    anomalous. Each detector's scores, of both parts, lose the mean of its training scores and
    are divided by their population standard deviation (by 1.0 if all of them are equal).
    Returns train: [train] and test: [test], the plain average of the two. Never NaN.
    """
    first_train = _checked(svm_train, "svm_train")
    first_test = _checked(svm_test, "svm_test")
    second_train = _checked(autoencoder_train, "autoencoder_train")
    second_test = _checked(autoencoder_test, "autoencoder_test")
    if first_train.size != second_train.size:
        msg = "svm_train and autoencoder_train must have equal lengths"
        raise ValueError(msg)
    if first_test.size != second_test.size:
        msg = "svm_test and autoencoder_test must have equal lengths"
        raise ValueError(msg)
    if first_train.size == 0:
        msg = "at least one training score is needed"
        raise ValueError(msg)
    svm_parts = _standardised(first_train, first_test)
    autoencoder_parts = _standardised(second_train, second_test)
    return AveragedScores(
        train=np.asarray(0.5 * svm_parts[0] + 0.5 * autoencoder_parts[0], dtype=np.float64),
        test=np.asarray(0.5 * svm_parts[1] + 0.5 * autoencoder_parts[1], dtype=np.float64),
    )
