"""Checks a scalar: its kind, and the range of a number."""

from typing import Any

from . import document
from .schema import BINARY, Schema, kind


def check_scalar(value: Any, schema: Schema) -> list[str]:
    """Check a value that is neither an array, a table, a state, a record nor a list."""
    name = kind(schema)
    if name in BINARY:
        right = isinstance(value, bytes)
        return [] if right else [f"expected bytes, found {type(value).__name__}"]
    try:
        plain = document.to_json(value, schema, lambda item, _: item)
    except ValueError as error:
        return [str(error)]
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and plain < low:
        return [f"{plain} is below the minimum {low}"]
    if high is not None and plain > high:
        return [f"{plain} is above the maximum {high}"]
    return []
