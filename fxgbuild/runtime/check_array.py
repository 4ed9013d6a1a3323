"""Checks an array: dtype, axes, and every element's range and NaN."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import dims as formulas
from .npy import Array, as_array

Params = Mapping[str, object]


def check_array(
    value: Any, spec: Mapping[str, Any], dims: dict[str, int], params: Params
) -> list[str]:
    """Give one sentence per fault of an array against `{"dtype", "dims", ...}`."""
    try:
        array = as_array(value, spec["dtype"])
    except ValueError as error:
        return [str(error)]
    wanted = spec["dims"]
    if array.ndim != len(wanted):
        text = ", ".join(str(dim) for dim in wanted)
        return [f"expected {len(wanted)} axes [{text}], found shape {list(array.shape)}"]
    bind(array, spec, dims, params)
    found = [_axis_fault(n, array.shape[n], wanted[n], dims, params) for n in range(array.ndim)]
    return [fault for fault in found if fault] + _element_faults(array, spec)


def bind(value: Any, spec: Mapping[str, Any], dims: dict[str, int], params: Params) -> None:
    """Bind the axes that are one unknown name to the lengths they have here."""
    shape = np.shape(value) if isinstance(value, np.ndarray) else ()
    if len(shape) != len(spec["dims"]):
        return
    for length, dim in zip(shape, spec["dims"], strict=True):
        if isinstance(dim, str) and dim.isidentifier() and dim not in dims and dim not in params:
            dims[dim] = length


def _axis_fault(
    axis: int, length: int, dim: int | str, dims: Mapping[str, int], params: Params
) -> str:
    if isinstance(dim, int):
        return "" if length == dim else f"axis {axis} is {length}, expected {dim}"
    try:
        wanted = formulas.evaluate(dim, {**params, **dims})
    except ValueError as error:
        return f"axis {axis}: {error}"
    if wanted is None or wanted == length:
        return ""
    return f"axis {axis} is {length}, expected {dim} = {wanted}"


def _element_faults(array: Array, spec: Mapping[str, Any]) -> list[str]:
    faults = []
    if array.dtype.kind in "fc" and not spec.get("nan", False):
        bad = np.isnan(array)
        if bad.any():
            faults.append(f"{_count(bad)} NaN, the first at {_first(bad)}, and NaN is not allowed")
    low, high = spec.get("range") or (None, None)
    if array.dtype.kind in "fiu":
        if low is not None and (bad := array < low).any():
            faults.append(_outside(array, bad, f"below {low}"))
        if high is not None and (bad := array > high).any():
            faults.append(_outside(array, bad, f"above {high}"))
    return faults


def _outside(array: Array, bad: Any, what: str) -> str:
    first = array[bad].reshape(-1)[0]
    return f"{_count(bad)} elements {what}, the first {first} at {_first(bad)}"


def _count(bad: Any) -> str:
    return f"{int(np.count_nonzero(bad))} of {bad.size}"


def _first(bad: Any) -> list[int]:
    return [int(n) for n in np.argwhere(bad)[0]]
