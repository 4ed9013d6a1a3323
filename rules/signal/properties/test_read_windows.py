"""What reading EDF files into windows must do."""

import edfio
import numpy as np
import pytest

SCALP = ("EEG Fp1", "EEG Cz", "EEG O2")
LABELS = ("EEG Fp1", "ECG ECG", "EEG Cz", "EEG A2-A1", "EEG O2")
STEP = 200 / 65535  # uV per digital step of the files made here


def samples_of(params):
    return round(params["window_s"] * params["rate_hz"])


def recording(params, seed, windows):
    """Return uV samples [channels, windows * samples] for every label."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-90, 90, size=(len(LABELS), windows * samples_of(params)))


def edf(data, params, rate_factor=1.0):
    rate = params["rate_hz"] * rate_factor
    signals = [
        edfio.EdfSignal(row, rate, label=label, physical_dimension="uV", physical_range=(-100, 100))
        for label, row in zip(LABELS, data, strict=True)
    ]
    length = params["window_s"] / rate_factor
    return edfio.Edf(signals, data_record_duration=length).to_bytes()


def cut(data, params):
    """Return the scalp channels' windows [windows, channels, samples] of the samples."""
    scalp = data[[LABELS.index(label) for label in SCALP]]
    return scalp.reshape(len(SCALP), -1, samples_of(params)).transpose(1, 0, 2)


def test_samples_come_back(candidate, params):
    """Windows hold the scalp channels' samples in uV, in the file's order, to one digital step."""
    rest, task = recording(params, 1, 3), recording(params, 2, 2)
    result = candidate(rest=edf(rest, params), task=edf(task, params), **params)
    expected = np.concatenate([cut(rest, params), cut(task, params)])
    assert result.windows.shape == expected.shape
    np.testing.assert_allclose(result.windows, expected, atol=STEP)


def test_rest_comes_first(candidate, params):
    """Labels are 0 for the windows at rest, which come first, and 1 for those of the task."""
    rest, task = recording(params, 3, 2), recording(params, 4, 3)
    result = candidate(rest=edf(rest, params), task=edf(task, params), **params)
    assert result.labels.tolist() == [0, 0, 1, 1, 1]
    np.testing.assert_allclose(result.windows[0], cut(rest, params)[0], atol=STEP)


def test_flat_windows_are_unusable(candidate, params):
    """A window in which one scalp channel holds one value is unusable, all others are usable."""
    rest, task = recording(params, 5, 3), recording(params, 6, 2)
    rest[:, 2 * samples_of(params) :] = 0.0
    task[LABELS.index("EEG Cz"), : samples_of(params)] = 7.0
    task[LABELS.index("ECG ECG"), samples_of(params) :] = 0.0
    result = candidate(rest=edf(rest, params), task=edf(task, params), **params)
    assert result.usable.tolist() == [True, True, False, False, True]


def test_a_truncated_file_is_refused(candidate, params):
    """A file shorter than its header says raises an error that says so."""
    whole = edf(recording(params, 7, 3), params)
    with pytest.raises(ValueError, match="truncated"):
        candidate(rest=whole, task=whole[:-100], **params)


def test_another_rate_is_refused(candidate, params):
    """A scalp channel at another sampling rate raises an error that names the rate."""
    data = recording(params, 8, 2)
    with pytest.raises(ValueError, match="sampled at"):
        candidate(rest=edf(data, params), task=edf(data, params, rate_factor=2.0), **params)
