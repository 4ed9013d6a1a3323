"""What ports carry: the parts of a canonical schema, each checked where it is made.

Both notations, shorthand and long form, build their schemas here and nowhere else.
"""

import math
import re
from collections.abc import Mapping

from fxgbuild.digest import Json
from fxgbuild.runtime import dims as formulas

Schema = dict[str, Json]

DTYPES = frozenset(
    {"bool", "float32", "float64", "complex64", "complex128"}
    | {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
)
SCALARS: dict[str, Schema] = {
    "bytes": {"type": "string", "contentEncoding": "base64"},
    "text": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "decimal": {"type": "string", "format": "decimal"},
}
MAX_DEPTH = 12

UNIT = re.compile(r"(1(?![0-9.])|%|[A-Za-z][A-Za-z0-9^*/%._]*(?:-[0-9]+)?[A-Za-z0-9^*/%._]*)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LENGTH = re.compile(r"[0-9]{1,15}")

Bounds = tuple[Json, Json]


class BadSchema(ValueError):
    """A port's type cannot be read; the message says why."""


def dimension(axis: Json) -> int | str:
    """One axis: a fixed length, a name, or a formula of parameters and names."""
    if isinstance(axis, str):
        words = " ".join(axis.split())
        if _LENGTH.fullmatch(words):
            return int(words)
        if _NAME.fullmatch(words) or _is_formula(words):
            return words
    elif isinstance(axis, int) and not isinstance(axis, bool) and axis >= 0:
        return axis
    raise BadSchema(f"`{str(axis)[:80]}` is no dimension: a number, a name or a formula")


def _is_formula(words: str) -> bool:
    try:
        return bool(formulas.names(words))
    except ValueError:
        return False


def number(value: Json) -> int | float:
    """A finite number in its one form; raises BadSchema."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadSchema(f"`{str(value)[:80]}` is no finite number")
    return int(value) if isinstance(value, int) or value.is_integer() else value


def interval(low: Json, high: Json) -> Bounds:
    """Two bounds as JSON has them: an infinity is no bound."""
    found = [None if x is None or x in (math.inf, -math.inf) else number(x) for x in (low, high)]
    if None not in (low, high) and low > high:
        raise BadSchema(f"no value is in [{low}, {high}]")
    return found[0], found[1]


def tolerance(value: Json) -> int | float:
    found = number(value)
    if found < 0:
        raise BadSchema(f"the tolerance {found} is negative")
    return found


def unit(value: Json) -> str:
    if not isinstance(value, str) or not UNIT.fullmatch(value) or value in ("nan", "in"):
        raise BadSchema(f"`{str(value)[:80]}` is no unit")
    return value


def array(facts: Schema, bounds: Bounds) -> Schema:
    """An array of a dtype and dims; unit, nan and tolerance where they say something."""
    kept = {name: facts[name] for name in ("dtype", "dims", "unit", "nan") if facts.get(name)}
    kept |= {"dims": facts["dims"]}
    kept |= {"range": list(bounds)} if bounds != (None, None) else {}
    kept |= {"tolerance": facts["tolerance"]} if facts.get("tolerance") is not None else {}
    return {"array": kept}


def scalar(schema: Schema, facts: Schema, bounds: Bounds) -> Schema:
    """A scalar; only numbers have a unit, a range and a tolerance."""
    extra = {"unit": facts.get("unit") or None, "tolerance": facts.get("tolerance")}
    extra |= {"minimum": bounds[0], "maximum": bounds[1]}
    extra = {name: item for name, item in extra.items() if item is not None}
    if extra and schema.get("type") not in ("integer", "number"):
        raise BadSchema("only `int` and `float` have a unit, a range or a tolerance")
    return schema | extra


def enum(values: list[str]) -> Schema:
    if len(set(values)) != len(values):
        raise BadSchema(f"a value stands twice in `{'|'.join(values)[:80]}`")
    return {"enum": values}


def optional(schema: Schema) -> Schema:
    return schema if is_optional(schema) else {"anyOf": [schema, {"type": "null"}]}


def is_optional(schema: Schema) -> bool:
    return "anyOf" in schema


def required(schema: Schema) -> Schema:
    """The schema of a value that is there."""
    inner: Schema = schema["anyOf"][0] if is_optional(schema) else schema
    return inner


def record(fields: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": dict(fields),
        "required": sorted(name for name, field in fields.items() if not is_optional(field)),
        "additionalProperties": False,
    }


def state(fields: Mapping[str, Schema]) -> Schema:
    """A fitted state: arrays and scalars by name; the names become file names."""
    for name, field in fields.items():
        if not _NAME.fullmatch(name):
            raise BadSchema(f"`{name[:80]}` is no name for a part of a state")
        if "array" not in field and not _is_plain(field):
            raise BadSchema(f"`{name}`: a state holds arrays and scalars")
    return {"state": dict(fields)}


def table(columns: Mapping[str, Schema], rest: str = "") -> Schema:
    for name, column in columns.items():
        if not _is_plain(column):
            raise BadSchema(f"`{name[:80]}`: a column of a table holds scalars")
    return {"table": {"columns": dict(columns)} | ({"rest": rest} if rest else {})}


def _is_plain(schema: Schema) -> bool:
    schema = required(schema)
    types = ("boolean", "integer", "number", "string")
    return "enum" in schema or (schema.get("type") in types and "contentEncoding" not in schema)
