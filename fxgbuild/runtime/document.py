"""JSON kinds as bytes: canonical JSON, typed by the schema.

Keys are sorted, numbers are the shortest that read back, -0.0 is 0.0, a float stays a float.
Inside JSON, bytes, arrays, tables and states are the base64 of their own canonical bytes.
"""

import base64
import binascii
import datetime
import decimal
import json
import math
import numbers
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from .fault import Misfit, at, shown, wanted
from .schema import BINARY, Schema, inner, kind

Json: TypeAlias = Any
Embed: TypeAlias = Callable[[Any, Schema], Any]

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,6})?\Z", re.ASCII)
_MAX_PLAIN_DIGITS = 21


class NotJson(Misfit):
    """Text that is no JSON, and the line and column where it stops being so."""

    def __init__(self, text: str, line: int, column: int) -> None:
        super().__init__(text)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.text} at line {self.line}, column {self.column}"


def dumps(value: Json) -> bytes:
    """Write what `to_json` gave."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return utf8(text)


def utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("the text holds a lone surrogate, which UTF-8 has no bytes for") from None


def loads(data: bytes) -> Json:
    """Read JSON strictly: UTF-8, no duplicate keys, no NaN or infinity."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise ValueError("not JSON: nested too deeply") from None


def to_json(value: Any, schema: Schema, embed: Embed) -> Json:
    """Give a value as plain JSON, or say why it is not of this schema."""
    name = kind(schema)
    if name in BINARY:
        return base64.b64encode(embed(value, schema)).decode("ascii")
    if name == "optional":
        return None if value is None else to_json(value, inner(schema), embed)
    if name == "list":
        found = enumerate(items(value))
        return [at(f"item {n}", to_json, item, schema["items"], embed) for n, item in found]
    if name == "record":
        given, of = fields(value, schema), schema["properties"]
        return {key: at(f"field {key}", to_json, given[key], of[key], embed) for key in given}
    return _SCALAR_TO_JSON[name](value, schema)


def from_json(value: Json, schema: Schema, embed: Embed) -> Any:
    """Give plain JSON as the value that code sees, or say why it is not of this schema."""
    name = kind(schema)
    if name in BINARY:
        return embed(_base64(value), schema)
    if name == "optional":
        return None if value is None else from_json(value, inner(schema), embed)
    if name == "list":
        found = enumerate(items(value))
        return [at(f"item {n}", from_json, item, schema["items"], embed) for n, item in found]
    if name == "record":
        given, of = fields(value, schema), schema["properties"]
        return {key: at(f"field {key}", from_json, given[key], of[key], embed) for key in given}
    return _SCALAR_FROM_JSON[name](value, schema)


def decimal_text(value: decimal.Decimal) -> str:
    """Write a decimal so that equal values are equal texts: no trailing zeros, no negative zero."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise Misfit(f"expected a finite decimal, found {value}")
    significant = list(digits)
    while len(significant) > 1 and significant[-1] == 0:
        significant.pop()
        exponent += 1
    if not any(significant):
        return "0"
    if 0 < exponent <= _MAX_PLAIN_DIGITS - len(significant):
        significant += [0] * exponent
        exponent = 0
    return str(decimal.Decimal((sign, tuple(significant), exponent)))


def parse_decimal(text: object) -> decimal.Decimal:
    if not isinstance(text, str) or not _DECIMAL.match(text):
        raise Misfit(f"expected a decimal as a text such as '12.5', found {shown(text)}")
    return decimal.Decimal(text)


def parse_date(text: object) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(str(text))
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise Misfit(f"expected a date such as 2026-01-31, found {shown(text)}")
    return day


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("not JSON: a key stands twice in one object")
    return found


def _no_constant(name: str) -> Json:
    raise ValueError(f"not JSON: {name} is not a number")


def items(value: object) -> list[Any]:
    """Give the items of a list, or of what serves as one."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise Misfit(f"expected a list, found {shown(value)}")
    return list(value)


def fields(value: Any, schema: Schema) -> dict[str, Any]:
    """Give the fields of a record by name, sorted; a NamedTuple serves as one."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if not isinstance(value, Mapping):
        raise Misfit(f"expected a record, found {shown(value)}")
    known = schema.get("properties", {})
    for name in value:
        if name not in known:
            raise Misfit(f"the record has no field {shown(name)}")
    for name in schema.get("required", []):
        if name not in value:
            raise Misfit(f"the record lacks the field {name!r}")
    return {name: value[name] for name in sorted(value)}


def _base64(value: object) -> bytes:
    try:
        if isinstance(value, str):
            return base64.b64decode(value, validate=True)
    except binascii.Error:
        pass
    raise ValueError("expected base64 text")


def _unfit(value: Any, schema: Schema) -> Misfit:
    return Misfit(f"expected {wanted(schema)}, found {shown(value)}")


def _text(value: Any, schema: Schema) -> str:
    if not isinstance(value, str):
        raise _unfit(value, schema)
    return str(value)


def _boolean(value: Any, schema: Schema) -> bool:
    if isinstance(value, bool):
        return value
    if type(value).__module__ == "numpy" and str(getattr(value, "dtype", "")) == "bool":
        return bool(value)
    raise _unfit(value, schema)


def _integer(value: Any, schema: Schema) -> int:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise _unfit(value, schema)
    return int(value)


def _number(value: Any, schema: Schema) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise _unfit(value, schema)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Misfit(f"expected a finite {wanted(schema)}, found {number}")
    return number + 0.0


def _enum(value: Any, schema: Schema) -> Json:
    for choice in schema["enum"]:
        if type(choice) is type(value) and choice == value:
            return choice
    raise _unfit(value, schema)


def _date(value: Any, schema: Schema) -> str:
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise _unfit(value, schema)
    return value.isoformat()


def _decimal(value: Any, schema: Schema) -> str:
    if not isinstance(value, decimal.Decimal):
        raise _unfit(value, schema)
    return decimal_text(value)


_SCALAR_TO_JSON: dict[str, Callable[[Any, Schema], Json]] = {
    "text": _text,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "enum": _enum,
    "date": _date,
    "decimal": _decimal,
}
_SCALAR_FROM_JSON: dict[str, Callable[[Json, Schema], Any]] = {
    "text": _text,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "enum": _enum,
    "date": lambda value, _: parse_date(value),
    "decimal": lambda value, _: parse_decimal(value),
}
