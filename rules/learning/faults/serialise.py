"""Plausible wrong ways to write the states; the template itself is the right one."""

import io
import json
import runpy
import time
import zipfile
from pathlib import Path

import numpy as np

TEMPLATE = runpy.run_path(str(Path(__file__).parents[1] / "templates" / "serialise.py"))
reference = TEMPLATE["serialise"]


def every_value_comes_back(**states):
    """Saves space with half the digits."""
    lean = {
        state_name: {
            name: value.astype(np.float32) if isinstance(value, np.ndarray) else value
            for name, value in state.items()
        }
        for state_name, state in states.items()
    }
    return reference(**lean)


def equal_states_give_equal_bytes(**states):
    """Writes arrays in the order and layout in which they come."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for state_name, state in states.items():
            for name, value in state.items():
                entry = io.BytesIO()
                np.save(entry, np.asarray(value))
                info = zipfile.ZipInfo(f"{state_name}.{name}.npy")
                archive.writestr(info, entry.getvalue())
    return buffer.getvalue()


def nothing_of_the_moment_is_kept(**states):
    """Lets the archive date its entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        note = json.dumps({"format": 1, "numbers": {}})
        archive.writestr(zipfile.ZipInfo("state.json", time.gmtime()[:6]), note)
    return buffer.getvalue()
