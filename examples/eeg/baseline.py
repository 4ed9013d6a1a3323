"""The whole EEG pipeline by hand, in NumPy, SciPy and scikit-learn: what the graph is held to.

    python examples/eeg/baseline.py

It shares no code with the rule sets or the graph and reads the files with another library.
"""

import io
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pyedflib
import pywt
from scipy import signal, stats
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.neural_network import MLPRegressor
from sklearn.svm import OneClassSVM

HERE = Path(__file__).parent
PEOPLE = ("subject00", "subject01")
BANDS = ((1, 4), (4, 8), (8, 13), (13, 30), (30, 45))


# --- windows ---------------------------------------------------------------------------------


def load(path, window_s=1.0, rate_hz=500.0):
    """Windows [n, channels, samples] in uV of the scalp channels of one EDF file."""
    with pyedflib.EdfReader(str(path)) as reader:
        names = reader.getSignalLabels()
        keep = [i for i, name in enumerate(names) if name[:4] == "EEG " and "-" not in name]
        x = np.array([reader.readSignal(i) for i in keep])
    size = round(window_s * rate_hz)
    n = x.shape[1] // size
    return np.array([x[:, i * size : (i + 1) * size] for i in range(n)])


def longest_hold(channel):
    """How many samples in a row the channel keeps one value."""
    ends = np.flatnonzero(np.diff(channel) != 0)
    return np.diff(np.r_[-1, ends, len(channel) - 1]).max()


def windows(rest_path, task_path, flat=50):
    rest, task = load(rest_path), load(task_path)
    x = np.concatenate([rest, task])
    y = np.array([0] * len(rest) + [1] * len(task))
    usable = np.array([max(map(longest_hold, window)) < flat for window in x])
    return x, y, usable


def normalise(x):
    flat = x.max(axis=2, keepdims=True) == x.min(axis=2, keepdims=True)
    x = np.where(flat, 0.0, x - x.mean(axis=2, keepdims=True))
    return x - x.mean(axis=1, keepdims=True)


# --- features --------------------------------------------------------------------------------


def moments(x):
    flat = x.max(axis=2) == x.min(axis=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # flat windows, replaced below
        shape = [x.std(axis=2), stats.skew(x, axis=2), stats.kurtosis(x, axis=2)]
    return np.stack([x.mean(axis=2)] + [np.where(flat, 0.0, s) for s in shape], axis=2)


def welch(x, segment_s=0.5, rate_hz=500.0, max_hz=45.0):
    n = round(segment_s * rate_hz)
    f, psd = signal.welch(x, rate_hz, window="hann", nperseg=n, noverlap=n // 2, axis=2)
    return psd[:, :, f <= max_hz + 1e-9]


def wavelets(x, level=6):
    parts = pywt.wavedec(x, "db4", mode="periodization", level=level, axis=2)
    return np.stack([(c**2).sum(axis=2) for c in parts], axis=2)


def band_ratios(x, rate_hz=500.0):
    flat = (x.max(axis=2) == x.min(axis=2))[:, :, None]
    f, p = signal.periodogram(x, rate_hz, window="boxcar", detrend="constant", axis=2)
    power = np.stack([p[:, :, (f >= lo) & (f < hi)].sum(axis=2) for lo, hi in BANDS], axis=2)
    total = power.sum(axis=2, keepdims=True)
    bad = flat | (total == 0)
    return np.where(bad, 0.0, power / np.where(bad, 1.0, total))


# --- learning --------------------------------------------------------------------------------


def split(parts, y, usable, train_share=0.6, validation_share=0.2):
    rows = np.hstack([p.reshape(len(p), -1) for p in parts])[usable]
    y = y[usable]
    rest, task = rows[y == 0], rows[y == 1]
    a = int(train_share * len(rest) + 1e-9)
    b = int((train_share + validation_share) * len(rest) + 1e-9)
    test = np.vstack([rest[b:], task])
    return rest[:a], rest[a:b], test, np.r_[np.zeros(len(rest) - b, int), np.ones(len(task), int)]


def scale(train, validation, test, least_deviation=1e-9):
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation[deviation <= least_deviation] = 1.0  # the means of centred channels: rounding noise
    parts = [(p - mean) / deviation for p in (train, validation, test)]
    return *parts, {"mean": mean, "scale": deviation}


def reduce(train, validation, test, components=10):
    pca = PCA(components, svd_solver="full").fit(train)
    axes = pca.components_
    biggest = axes[np.arange(components), np.abs(axes).argmax(axis=1)]
    axes = axes * np.sign(biggest)[:, None]
    parts = [(p - pca.mean_) @ axes.T for p in (train, validation, test)]
    state = {
        "mean": pca.mean_,
        "components": axes,
        "explained_variance": pca.explained_variance_,
    }
    return *parts, state


def svm(train, test, nu=0.1):
    machine = OneClassSVM(nu=nu, gamma="scale").fit(train)
    spread = train.var()
    state = {
        "support_vectors": machine.support_vectors_,
        "dual_coef": machine.dual_coef_[0],
        "intercept": float(machine.intercept_[0]),
        "gamma": float(1 / (train.shape[1] * spread)) if spread > 0 else 1.0,
    }
    return -machine.decision_function(train), -machine.decision_function(test), state


def autoencoder(train, test, hidden=5, alpha=1.0, max_iter=10, seed=0):
    net = MLPRegressor(
        hidden_layer_sizes=(hidden,),
        activation="tanh",
        solver="lbfgs",
        alpha=alpha,
        max_iter=max_iter,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(train, train)
    error = [((net.predict(p) - p) ** 2).mean(axis=1) for p in (train, test)]
    state = {
        "hidden_weights": net.coefs_[0],
        "hidden_bias": net.intercepts_[0],
        "output_weights": net.coefs_[1],
        "output_bias": net.intercepts_[1],
    }
    return *error, state


def ensemble(svm_train, svm_test, autoencoder_train, autoencoder_test):
    train, test = [], []
    for fitted, judged in ((svm_train, svm_test), (autoencoder_train, autoencoder_test)):
        spread = fitted.std() if fitted.max() > fitted.min() else 1.0
        train.append((fitted - fitted.mean()) / spread)
        test.append((judged - fitted.mean()) / spread)
    return (train[0] + train[1]) / 2, (test[0] + test[1]) / 2


def evaluate(train, test, labels, quantile=0.95):
    threshold = float(np.quantile(train, quantile))
    flagged = test > threshold
    return {
        "roc_auc": float(roc_auc_score(labels, test)) if len(set(labels)) == 2 else 0.5,
        "precision": float(precision_score(labels, flagged, zero_division=0)),
        "recall": float(recall_score(labels, flagged, zero_division=0)),
        "f1": float(f1_score(labels, flagged, zero_division=0)),
        "accuracy": float(accuracy_score(labels, flagged)),
        "threshold": threshold,
        "normals": int((labels == 0).sum()),
        "anomalies": int((labels == 1).sum()),
    }


def serialise(states):
    """The fitted states as an .npz file."""
    flat = {f"{s}.{k}": v for s, state in states.items() for k, v in state.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(flat):
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, np.asarray(flat[name]), allow_pickle=False)
    return buffer.getvalue()


# --- all of it -------------------------------------------------------------------------------


def run(rest_path, task_path):
    """Every intermediate value, by the names that the graph gives its nodes."""
    v = {}
    v["windows"], v["labels"], v["usable"] = windows(rest_path, task_path)
    v["normalise"] = normalise(v["windows"])
    extractors = (moments, welch, wavelets, band_ratios)
    for extract in extractors:
        v[extract.__name__] = extract(v["normalise"])
    features = [v[extract.__name__] for extract in extractors]
    v["split"] = split(features, v["labels"], v["usable"])
    v["scale"] = scale(*v["split"][:3])
    v["reduce"] = reduce(*v["scale"][:3])
    train, _, test, _ = v["reduce"]
    v["svm"] = svm(train, test)
    v["autoencoder"] = autoencoder(train, test)
    v["ensemble"] = ensemble(*v["svm"][:2], *v["autoencoder"][:2])
    v["evaluate"] = evaluate(*v["ensemble"], v["split"][3])
    states = {
        "scaler": v["scale"][3],
        "projection": v["reduce"][3],
        "svm": v["svm"][2],
        "autoencoder": v["autoencoder"][2],
    }
    v["serialise"] = serialise(states)
    return v


def run_person(person):
    stem = person.replace("subject", "Subject")
    return run(HERE / "data" / f"{stem}_1.edf", HERE / "data" / f"{stem}_2.edf")


def main():
    start = time.perf_counter()
    results = {person: run_person(person)["evaluate"] for person in PEOPLE}
    wall = time.perf_counter() - start
    print(f"{'':12}" + "".join(f"{person:>12}" for person in PEOPLE))
    for name in results[PEOPLE[0]]:
        cells = [results[person][name] for person in PEOPLE]
        print(
            f"{name:12}"
            + "".join(f"{c:12d}" if isinstance(c, int) else f"{c:12.3f}" for c in cells)
        )
    print(f"{'wall':12}{wall:12.2f} s")


if __name__ == "__main__":
    main()
