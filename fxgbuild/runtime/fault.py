"""What is wrong with a value, and where in it: `field a.b, item 3: expected int, found 'x'`."""

import datetime
import decimal
import math
from collections.abc import Callable
from typing import Any

from .schema import Schema, kind

MOST = 5
_WIDEST = 60
_WORDS = {"integer": "int", "number": "float", "boolean": "bool"}
_PLAIN = (str, bytes, bool, int, float, complex, type(None), datetime.date, decimal.Decimal)


class Misfit(ValueError):
    """A value that is not of its schema: a sentence, and the steps that lead to it."""

    def __init__(self, text: str, *path: str) -> None:
        super().__init__(text, *path)
        self.text = text
        self.path = path

    def under(self, *path: str) -> "Misfit":
        return Misfit(self.text, *path, *self.path)

    def __str__(self) -> str:
        place, last = "", ""
        for step in self.path:
            word, _, name = step.partition(" ")
            nested = word == last == "field"
            place += f".{name}" if nested else f", {step}" if place else step
            last = word
        return f"{place}: {self.text}" if place else self.text


def at(step: str, call: Callable[..., Any], *args: Any) -> Any:
    """Call, and say of what goes wrong where it stands."""
    try:
        return call(*args)
    except Misfit as misfit:
        raise misfit.under(step) from None
    except ValueError as error:
        raise Misfit(str(error), step) from None


def shown(value: Any) -> str:
    """A value for a message: short, and by its type where it has no plain form."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if type(value) not in _PLAIN:
        return type(value).__name__
    if isinstance(value, str | bytes):
        value = value[: _WIDEST + 1]
    text = repr(value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def wanted(schema: Schema) -> str:
    """A scalar's schema in words: `float Hz in [0, inf]`."""
    name = kind(schema)
    if name == "enum":
        choices = ", ".join(str(choice) for choice in schema["enum"][:10])
        return f"one of {choices}{', ...' if len(schema['enum']) > 10 else ''}"
    text = _WORDS.get(name, name) + (f" {schema['unit']}" if schema.get("unit") else "")
    return text + interval(schema.get("minimum"), schema.get("maximum"))


def interval(low: float | None, high: float | None) -> str:
    """Bounds as a schema's shorthand writes them; nothing where there are none."""
    if low is None and high is None:
        return ""
    return f" in [{'-inf' if low is None else low}, {'inf' if high is None else high}]"


def outside(value: float, low: float | None, high: float | None) -> bool:
    below = low is not None and value < low
    return below or (high is not None and value > high) or math.isnan(value)


def told(misfits: list[Misfit]) -> list[str]:
    """The first of many, as sentences."""
    more = len(misfits) - MOST
    return [str(misfit) for misfit in misfits[:MOST]] + ([f"and {more} more"] if more > 0 else [])
