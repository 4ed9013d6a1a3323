"""Write the four fitted states into one file that NumPy alone can read."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
State: TypeAlias = Mapping[str, FloatArray | float]

FORMAT = 1
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold
MODE = 0o644 << 16


def serialise(scaler: State, projection: State, svm: State, autoencoder: State) -> bytes:
    """Return the states as an uncompressed zip, the same bytes for the same states.

    Array NAME of state STATE is the entry STATE.NAME.npy (little-endian float64, C order);
    the plain numbers are in state.json, {"format": 1, "numbers": {"STATE.NAME": number}}.
    `numpy.load(file, allow_pickle=False)` reads it. Entries are sorted by name and dated 1980.
    """
    states: dict[str, State] = {
        "autoencoder": autoencoder,
        "projection": projection,
        "scaler": scaler,
        "svm": svm,
    }
    entries: dict[str, bytes] = {}
    numbers: dict[str, float] = {}
    for state_name, state in states.items():
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                entries[f"{state_name}.{name}.npy"] = _npy(value)
            else:
                numbers[f"{state_name}.{name}"] = float(value)
    index = {"format": FORMAT, "numbers": numbers}
    entries["state.json"] = json.dumps(
        index, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()
    return _zip(entries)


def _npy(array: FloatArray) -> bytes:
    buffer = io.BytesIO()
    plain = np.ascontiguousarray(array, dtype="<f8")
    np.lib.format.write_array(buffer, plain, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _zip(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(entries.items()):
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3
            info.external_attr = MODE
            archive.writestr(info, data)
    return buffer.getvalue()
