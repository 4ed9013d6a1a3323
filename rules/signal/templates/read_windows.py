"""Cut a recording at rest and one during a task, both EDF, into windows of equal length."""

import io
from typing import NamedTuple, TypeAlias

import edfio
import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

FIXED_HEADER = 256  # bytes before the signals' own headers
SIGNAL_HEADER = 256  # bytes of header per signal
BEFORE_SAMPLE_COUNTS = 216  # bytes per signal that come before the counts of samples per record


class LabelledWindows(NamedTuple):
    """Windows of both recordings, those at rest first, each recording in time order."""

    windows: FloatArray
    labels: IntArray
    usable: BoolArray


def read_windows(
    rest: bytes, task: bytes, *, window_s: float, rate_hz: float, flat_s: float
) -> LabelledWindows:
    """Read the scalp channels of two EDF recordings and cut them into whole windows.

    rest, task: the bytes of an EDF or EDF+C file each, with the same scalp channels. A scalp
    channel is one labelled "EEG ..." that is not a difference of electrodes ("EEG A2-A1").
    windows: [windows, channels, window_s * rate_hz] in uV, channels in the file's order.
    labels: 0 for rest, 1 for task. usable: False where a channel holds one value for flat_s or
    longer (or for the whole window), as in the held samples and zero padding that end a recording.
    ValueError when a file is truncated or discontinuous, has no scalp channel, or one that is
    not in uV at rate_hz; or when it is shorter than one window.
    """
    samples = _whole(window_s * rate_hz)
    flat = min(samples, max(2, round(flat_s * rate_hz)))
    names_rest, rested = _read(rest, "rest", samples, rate_hz)
    names_task, tasked = _read(task, "task", samples, rate_hz)
    if names_rest != names_task:
        raise ValueError(f"channels differ: {names_rest} at rest, {names_task} during the task")
    windows = np.concatenate([rested, tasked])
    labels = np.repeat(np.array([0, 1], dtype=np.int64), [len(rested), len(tasked)])
    usable = ~np.any(_longest_runs(windows) >= flat, axis=1)
    return LabelledWindows(windows, labels, usable)


def _longest_runs(windows: FloatArray) -> IntArray:
    """Return for each channel of each window the length of its longest run of equal samples."""
    longest = np.ones(windows.shape[:2], dtype=np.int64)
    run = np.ones_like(longest)
    for at in range(1, windows.shape[2]):
        run = np.where(windows[:, :, at] == windows[:, :, at - 1], run + 1, 1)
        longest = np.maximum(longest, run)
    return longest


def _whole(samples: float) -> int:
    count = round(samples)
    if count < 1 or abs(samples - count) > 1e-6:
        raise ValueError(f"window_s * rate_hz is {samples}, not a whole number of samples")
    return count


def _read(
    data: bytes, name: str, samples: int, rate_hz: float
) -> tuple[tuple[str, ...], FloatArray]:
    """Return the labels of the scalp channels and their windows."""
    _check_header(data, name)
    edf = edfio.read_edf(io.BytesIO(data))
    scalp = [s for s in edf.signals if s.label.startswith("EEG ") and "-" not in s.label]
    if not scalp:
        raise ValueError(f"{name}: no scalp channel (a label that begins with 'EEG ')")
    for signal in scalp:
        if abs(signal.sampling_frequency - rate_hz) > 1e-6:
            rate = signal.sampling_frequency
            raise ValueError(f"{name}: {signal.label} is sampled at {rate} Hz, not {rate_hz} Hz")
        if signal.physical_dimension != "uV":
            unit = signal.physical_dimension
            raise ValueError(f"{name}: {signal.label} is in {unit!r}, not in 'uV'")
    recording = np.stack([np.asarray(signal.data, dtype=np.float64) for signal in scalp])
    count = recording.shape[1] // samples
    if count == 0:
        raise ValueError(f"{name}: {recording.shape[1]} samples, one window needs {samples}")
    cut = recording[:, : count * samples].reshape(len(scalp), count, samples)
    labels = tuple(signal.label for signal in scalp)
    return labels, np.ascontiguousarray(cut.transpose(1, 0, 2))


def _check_header(data: bytes, name: str) -> None:
    """Raise ValueError unless the file is as long as its header says and has no gaps."""
    try:
        header, records, signals = int(data[184:192]), int(data[236:244]), int(data[252:256])
        counts = data[FIXED_HEADER + signals * BEFORE_SAMPLE_COUNTS :][: signals * 8]
        per_record = sum(int(counts[at : at + 8]) for at in range(0, signals * 8, 8))
    except ValueError:
        raise ValueError(f"{name}: not an EDF file, or truncated in its header") from None
    if header != FIXED_HEADER + signals * SIGNAL_HEADER:
        raise ValueError(f"{name}: the EDF header contradicts itself about its length")
    if data[192:197] == b"EDF+D":
        raise ValueError(f"{name}: a discontinuous recording (EDF+D) has no equal windows")
    expected = header + records * per_record * 2
    if records < 0 or len(data) != expected:
        raise ValueError(f"{name}: truncated, {len(data)} bytes where the header says {expected}")
