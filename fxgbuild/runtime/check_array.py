"""Checks an array: dtype, axes, and every element's range and NaN."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import dims as formulas
from .fault import Misfit, interval, shown
from .npy import Array, as_array

Params = Mapping[str, object]


def check_array(
    value: Any, spec: Mapping[str, Any], dims: dict[str, Any], params: Params
) -> list[Misfit]:
    """Give the faults of an array against `{"dtype", "dims", ...}`."""
    try:
        array = as_array(value, spec["dtype"])
    except ValueError as error:
        return [Misfit(str(error))]
    wanted = spec["dims"]
    if array.ndim != len(wanted):
        text = ", ".join(str(dim) for dim in wanted)
        count = f"{len(wanted)} axes" if len(wanted) != 1 else "1 axis"
        return [Misfit(f"expected {count} [{text}], found shape {list(array.shape)}")]
    bind(array, spec, dims, params)
    found = [_axis_fault(n, array.shape[n], wanted[n], dims, params) for n in range(array.ndim)]
    return [Misfit(fault) for fault in found if fault] + _element_faults(array, spec)


def bind(value: Any, spec: Mapping[str, Any], dims: dict[str, Any], params: Params) -> None:
    """Bind the axes that are one unknown name to the lengths they have here."""
    shape = np.shape(value) if isinstance(value, np.ndarray) else ()
    if len(shape) != len(spec["dims"]):
        return
    for length, dim in zip(shape, spec["dims"], strict=True):
        if isinstance(dim, str) and dim.isidentifier() and dim not in dims and dim not in params:
            dims[dim] = length


def _axis_fault(
    axis: int, length: int, dim: int | str, dims: Mapping[str, Any], params: Params
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


def _element_faults(array: Array, spec: Mapping[str, Any]) -> list[Misfit]:
    faults: list[Misfit | None] = []
    if array.dtype.kind in "fc" and not spec.get("nan", False):
        faults.append(_element(array, np.isnan(array), f"expected {_wanted(spec)} without NaN"))
    low, high = spec.get("range") or (None, None)
    if array.dtype.kind in "fiu" and (low is not None or high is not None):
        bad = array < low if low is not None else np.zeros(array.shape, dtype=bool)
        bad = bad | (array > high) if high is not None else bad
        faults.append(_element(array, bad, f"expected {_wanted(spec)}"))
    return [fault for fault in faults if fault]


def _wanted(spec: Mapping[str, Any]) -> str:
    unit = f" {spec['unit']}" if spec.get("unit") else ""
    return f"{spec['dtype']}{unit}{interval(*(spec.get('range') or (None, None)))}"


def _element(array: Array, bad: Any, expected: str) -> Misfit | None:
    """The first of the elements that are wrong, and how many there are."""
    if not bad.any():
        return None
    first = [int(n) for n in np.argwhere(bad)[0]]
    count = int(np.count_nonzero(bad))
    many = f" ({count} of {bad.size} elements)" if count > 1 else ""
    return Misfit(f"{expected}, found {shown(array[tuple(first)])}{many}", f"element {first}")
