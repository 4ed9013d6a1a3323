"""An example's folder as its tests read it: modules by path, hidden cases, values that agree."""

import importlib.util
import json

import numpy as np


def load(path, name):
    """A module by its path, under a name of its own."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def made_cases(folder):
    """The lines of every case file, made anew."""
    path = folder / "acceptance" / "make_cases.py"
    return load(path, f"{folder.name}_make_cases").make_cases()


def lines_of(folder, node):
    text = (folder / "acceptance" / f"{node}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def same(first, second, **within):
    """Whether two JSON values agree, numbers up to what rounding on another machine may do."""
    if isinstance(first, dict):
        parts = (same(first[k], second.get(k), **within) for k in first)
        return first.keys() == second.keys() and all(parts)
    if isinstance(first, str) or (isinstance(first, list) and first and isinstance(first[0], str)):
        return first == second
    first, second = np.asarray(first), np.asarray(second)
    return first.shape == second.shape and np.allclose(first, second, **within)
