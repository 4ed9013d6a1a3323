"""Modules that the tests of the static stages look at: honest ones, and ones with a fault."""

HEAD = '''"""{doc}"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
{imports}
FloatArray = npt.NDArray[np.float64]

'''


def module(doc: str, body: str, imports: str = "") -> str:
    return HEAD.format(doc=doc, imports=f"{imports}\n") + body.lstrip("\n")


WELCH = module(
    "Welch's method.",
    '''
BANDS = {"theta": (4.0, 8.0), "alpha": (8.0, 13.0)}


class Spectrum(NamedTuple):
    """Density and its frequencies."""

    psd: FloatArray
    frequencies: FloatArray


def welch_spectrum(windows: FloatArray, *, segment_s: float, rate_hz: float) -> Spectrum:
    """Power spectral density of every channel."""
    if rate_hz <= 0 or not math.isfinite(rate_hz):
        raise ValueError(f"rate_hz must be positive, got {rate_hz}")
    length = round(segment_s * rate_hz)
    frequencies, psd = signal.welch(
        windows, fs=rate_hz, window=signal.windows.hann(length), nperseg=length, axis=-1
    )
    return Spectrum(np.asarray(psd, dtype=np.float64), np.asarray(frequencies, dtype=np.float64))
''',
    "from scipy import signal\n",
)

PCA = module(
    "Principal components by singular values.",
    '''
class Components(NamedTuple):
    """Axes and explained variance."""

    axes: FloatArray
    variance: FloatArray


def principal_components(features: FloatArray, *, count: int) -> Components:
    """Fit on the rows of `features`, signs fixed by the largest loading."""
    centred = features - features.mean(axis=0)
    _, singular, vt = np.linalg.svd(centred, full_matrices=False)
    largest = np.argmax(np.abs(vt), axis=1)
    signs = np.sign(vt[np.arange(vt.shape[0]), largest])
    axes = vt * signs[:, np.newaxis]
    variance = singular**2 / max(1, features.shape[0] - 1)
    return Components(axes[:count], variance[:count])
''',
)

MLP = module(
    "A small perceptron, trained with Adam.",
    '''
EPSILON = 1e-8
DECAY = math.exp(-1.0)
SHAPES: tuple[int, ...] = (8, 4)


def _relu(x: FloatArray) -> FloatArray:
    return np.maximum(x, 0.0)


def train_mlp(x: FloatArray, y: FloatArray, *, hidden: int, epochs: int, seed: int) -> FloatArray:
    """Weights of the last layer after full-batch descent."""
    rng = np.random.default_rng(seed)
    first = rng.normal(scale=math.sqrt(2.0 / x.shape[1]), size=(x.shape[1], hidden))
    last = rng.normal(scale=math.sqrt(1.0 / hidden), size=(hidden, 1))
    moment = np.zeros_like(last)
    for epoch in range(1, epochs + 1):
        active = _relu(x @ first)
        error = active @ last - y[:, None]
        gradient = active.T @ error / x.shape[0]
        moment = 0.9 * moment + 0.1 * gradient
        last -= 0.01 * moment / (np.sqrt(epoch) + EPSILON)
    weights: FloatArray = last.ravel().astype(np.float64)
    return weights
''',
)

WAVELET = module(
    "Energy of wavelet bands.",
    '''
def wavelet_energy(windows: FloatArray, *, wavelet: str, level: int) -> FloatArray:
    """Relative energy of every detail band."""
    bands = pywt.wavedec(windows, pywt.Wavelet(wavelet), level=level, axis=-1)
    energy = np.stack([np.sum(np.square(band), axis=-1) for band in bands], axis=-1)
    total = np.add.reduce(energy, axis=-1, keepdims=True)
    return np.asarray(energy / np.where(total > 0, total, 1.0), dtype=np.float64)
''',
    "import pywt\n",
)

SVM = module(
    "A support vector classifier.",
    '''
def svm_scores(train: FloatArray, labels: FloatArray, test: FloatArray, *, c: float) -> FloatArray:
    """Decision values on the test rows."""
    model = sklearn.svm.SVC(C=c, kernel="rbf", gamma="scale")
    model.fit(train, labels)
    scores = model.decision_function(test)
    return np.asarray(scores, dtype=np.float64)
''',
    "import sklearn.svm\n",
)

FILTER = module(
    "A band-pass filter.",
    '''
def band_pass(x: FloatArray, *, low_hz: float, high_hz: float, rate_hz: float) -> FloatArray:
    """Zero-phase Butterworth filter along the last axis."""
    sos = scipy.signal.butter(4, (low_hz, high_hz), btype="bandpass", fs=rate_hz, output="sos")
    if not 0 < low_hz < high_hz < rate_hz / 2:
        raise ValueError("the band must lie below half the rate")
    return np.asarray(scipy.signal.sosfiltfilt(sos, x, axis=-1), dtype=np.float64)
''',
    "import scipy.signal\n",
)

STATISTICS = module(
    "A paired test.",
    '''
def paired_p(before: FloatArray, after: FloatArray) -> float:
    """Two-sided p of Student's paired t."""
    change = after - before
    count = change.size
    spread = float(np.std(change, ddof=1))
    if spread == 0.0:
        return 1.0
    t = float(change.mean()) / (spread / math.sqrt(count))
    return float(2.0 * stats.t.sf(abs(t), count - 1))
''',
    "from scipy import stats\n",
)

WINDOWS = module(
    "Windows over a recording.",
    '''
def cut_windows(signal: FloatArray, *, length: int, step: int) -> FloatArray:
    """Overlapping windows, channels second."""
    if length < 1 or step < 1:
        raise ValueError(f"length {length} and step {step} must be at least 1")
    view = np.lib.stride_tricks.sliding_window_view(signal, length, axis=-1)
    picked = view[:, ::step, :]
    return np.ascontiguousarray(np.moveaxis(picked, 1, 0), dtype=np.float64)
''',
)

PHASE = module(
    "Phase locking of two channels.",
    '''
def phase_locking(x: FloatArray, y: FloatArray) -> float:
    """Mean resultant length of the phase difference."""

    def analytic(values: FloatArray) -> npt.NDArray[np.complex128]:
        spectrum = np.fft.fft(values)
        gain = np.zeros(values.size)
        gain[0] = 1.0
        gain[1 : (values.size + 1) // 2] = 2.0
        if values.size % 2 == 0:
            gain[values.size // 2] = 1.0
        return np.asarray(np.fft.ifft(spectrum * gain), dtype=np.complex128)

    difference = np.angle(analytic(x)) - np.angle(analytic(y))
    return float(np.abs(np.exp(1j * difference).mean()))
''',
)

SCALER = module(
    "A robust scaler and its folds.",
    '''
@dataclass(frozen=True)
class Fold:
    """Rows of one fold."""

    train: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.test.size)


class State(NamedTuple):
    """Centre and scale by column."""

    centre: FloatArray
    scale: FloatArray


def fit_scaler(features: FloatArray, *, folds: int, seed: int) -> State:
    """Medians over the training rows of every fold, averaged."""
    order = np.random.default_rng(seed).permutation(features.shape[0])
    parts = np.array_split(order, folds)
    made = [
        Fold(np.concatenate([p for j, p in enumerate(parts) if j != i]), part)
        for i, part in enumerate(parts)
    ]
    sizes = Counter(len(fold) for fold in made)
    weight = np.array([sizes[len(fold)] for fold in made], dtype=np.float64)
    centres = np.stack([np.median(features[fold.train], axis=0) for fold in made])
    centre = np.average(centres, axis=0, weights=weight)
    low, high = np.percentile(features, [25.0, 75.0], axis=0)
    spread = np.maximum(high - low, np.finfo(np.float64).eps)
    names = ", ".join(f"{size}:{count}" for size, count in sizes.items())
    if not math.isfinite(float(centre.sum())):
        raise ValueError(f"not finite in folds {names}")
    return State(np.asarray(centre, dtype=np.float64), np.asarray(spread, dtype=np.float64))
''',
    "",
).replace(
    "import math\n",
    "import math\nfrom collections import Counter\nfrom dataclasses import dataclass\n",
)

IMPORTS = (
    "math",
    "collections",
    "dataclasses",
    "numpy",
    "scipy.signal",
    "scipy.stats",
    "sklearn.svm",
    "pywt",
)


def _trimmed(code: str) -> str:
    """Leave out of the head what a module does not use, as a template would."""
    code = code if "math." in code else code.replace("import math\n", "")
    if "(NamedTuple)" not in code:
        code = code.replace("from typing import NamedTuple\n\n", "\n").replace(
            '"""\n\n\n', '"""\n\n'
        )
    if "import math\n" not in code and "from typing" not in code:
        code = code.replace('"""\n\n\nimport numpy', '"""\n\nimport numpy')
    return code


HONEST = {
    name.lower(): _trimmed(code)
    for name, code in {
        "WELCH": WELCH,
        "PCA": PCA,
        "MLP": MLP,
        "WAVELET": WAVELET,
        "SVM": SVM,
        "FILTER": FILTER,
        "STATISTICS": STATISTICS,
        "WINDOWS": WINDOWS,
        "PHASE": PHASE,
        "SCALER": SCALER,
    }.items()
}
