"""Gives each receiver of a value its own view of it: arrays read-only, containers copied.

A node can thus change nothing that another one sees.
"""

import sys
from collections.abc import Mapping
from typing import Any

from .schema import Schema, kind, stripped


def freeze(value: Any) -> Any:
    """Give an equal value whose arrays refuse to be written and whose containers are new."""
    if isinstance(value, dict):
        return {name: freeze(item) for name, item in value.items()}
    if isinstance(value, list):
        return [freeze(item) for item in value]
    if isinstance(value, tuple):
        items = [freeze(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if _is_a(value, "numpy", "ndarray"):
        view = value.view()
        view.flags.writeable = False
        return view
    if _is_a(value, "pandas", "DataFrame"):
        copies_on_write = int(sys.modules["pandas"].__version__.split(".")[0]) >= 3
        return value.copy(deep=not copies_on_write)
    return value


def scale(value: Any, factor: float) -> Any:
    """Convert a unit: multiply a float array or a number, in its own dtype."""
    if factor == 1 or value is None:
        return value
    if _is_a(value, "numpy", "ndarray"):
        return (value * factor).astype(value.dtype, copy=False)
    return value * factor


def scalable(schema: Schema) -> bool:
    """Whether values of this schema can be converted to another unit."""
    plain = stripped(schema)
    if kind(plain) == "array":
        return str(plain["array"]["dtype"]).startswith(("float", "complex"))
    return kind(plain) == "number"


def fields(value: Any, ports: Mapping[str, Schema]) -> dict[str, Any]:
    """Take a function's result apart into its output ports."""
    if len(ports) == 1:
        return {next(iter(ports)): value}
    if not ports:
        return {}
    found = getattr(value, "_fields", None)
    if found is None or set(found) != set(ports):
        shown = f"fields {list(found)}" if found is not None else type(value).__name__
        raise ValueError(f"expected a NamedTuple with the fields {list(ports)}, found {shown}")
    return {port: getattr(value, port) for port in ports}


def _is_a(value: Any, module: str, name: str) -> bool:
    """Whether the value is of a library's class, without importing the library."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(value, getattr(loaded, name))
