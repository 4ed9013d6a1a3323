"""Units of measurement: whether one converts to another, and by what factor.

Equal texts need no library; only differing units load pint.
"""

import functools
import warnings
from typing import Any


class BadUnit(ValueError):
    """A unit nobody knows, or two that measure different things."""


@functools.cache
def factor(source: str, target: str) -> float:
    """By what to multiply a quantity in `source` to have it in `target`; raises BadUnit."""
    if source == target:
        return 1.0
    registry = _registry()
    try:
        ratio = registry.parse_units(_spelled(source)), registry.parse_units(_spelled(target))
    except Exception as error:  # noqa: BLE001 - pint raises many kinds; all mean "no such unit"
        raise BadUnit(f"unknown unit: {error}") from None
    try:
        zero = registry.Quantity(0.0, ratio[0]).to(ratio[1]).magnitude
        one = registry.Quantity(1.0, ratio[0]).to(ratio[1]).magnitude
    except Exception:  # noqa: BLE001 - the same
        raise BadUnit(f"`{source}` does not convert to `{target}`") from None
    if zero != 0.0:
        raise BadUnit(f"`{source}` and `{target}` differ by an offset; convert in a node")
    return float(one)


def _spelled(unit: str) -> str:
    return "dimensionless" if unit == "1" else unit.replace("%", "percent")


@functools.cache
def _registry() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pint  # noqa: PLC0415 - a third of a second that most builds never need

        return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
