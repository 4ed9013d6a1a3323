"""Checks a scalar: its kind, and the range of a number."""

from typing import Any

from . import document
from .fault import Misfit, outside, shown, wanted
from .schema import BINARY, Schema, kind


def check_scalar(value: Any, schema: Schema) -> list[Misfit]:
    """Check a value that is neither an array, a table, a state, a record nor a list."""
    name = kind(schema)
    if name in BINARY:
        return [] if isinstance(value, bytes) else [Misfit(f"expected bytes, found {shown(value)}")]
    try:
        plain = document.to_json(value, schema, lambda item, _: item)
    except Misfit as misfit:
        return [misfit]
    if name in ("integer", "number") and outside(
        plain, schema.get("minimum"), schema.get("maximum")
    ):
        return [Misfit(f"expected {wanted(schema)}, found {shown(plain)}")]
    return []
