"""Plausible wrong ways to read windows; the template itself is the right one."""

import io
import runpy
import warnings
from pathlib import Path

import edfio
import numpy as np

TEMPLATE = runpy.run_path(str(Path(__file__).parents[1] / "templates" / "read_windows.py"))
reference = TEMPLATE["read_windows"]


def _all_eeg(data, window_s, rate_hz):
    """Return the windows of every channel that calls itself EEG, without any check."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a truncated file, which it takes
        edf = edfio.read_edf(io.BytesIO(data))
    rows = np.stack([signal.data for signal in edf.signals if signal.label.startswith("EEG")])
    size = round(window_s * rate_hz)
    count = rows.shape[1] // size
    return rows[:, : count * size].reshape(len(rows), count, size).transpose(1, 0, 2)


def _careless(rest, task, window_s, rate_hz):
    parts = [_all_eeg(data, window_s, rate_hz) for data in (rest, task)]
    windows = np.concatenate(parts)
    labels = np.repeat([0, 1], [len(part) for part in parts])
    return type("Result", (), {"windows": windows, "labels": labels})


def samples_come_back(rest, task, *, window_s, rate_hz, flat_s):
    """Keeps the difference of the ears as a channel."""
    return _careless(rest, task, window_s, rate_hz)


def rest_comes_first(rest, task, *, window_s, rate_hz, flat_s):
    """Puts the task first."""
    return reference(task, rest, window_s=window_s, rate_hz=rate_hz, flat_s=flat_s)


def flat_windows_are_unusable(rest, task, *, window_s, rate_hz, flat_s):
    """Looks only for windows that are zero throughout."""
    result = reference(rest, task, window_s=window_s, rate_hz=rate_hz, flat_s=flat_s)
    return result._replace(usable=np.abs(result.windows).max(axis=(1, 2)) > 0.01)


def a_truncated_file_is_refused(rest, task, *, window_s, rate_hz, flat_s):
    """Takes what is there."""
    return _careless(rest, task[: len(task) // 2 * 2], window_s, rate_hz)


def another_rate_is_refused(rest, task, *, window_s, rate_hz, flat_s):
    """Takes every rate for the expected one."""
    return _careless(rest, task, window_s, rate_hz)
