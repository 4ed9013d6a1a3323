"""Port schemas: what a port carries, from shorthand or long form to one canonical form.

The canonical form is JSON Schema with two words of our own, `array` and `table`, and `state` for
fitted states; docs/formats.md lists it. Shorthand reads
`float64[windows, channels, 256] uV nan in [0, 1] ~1e-9`.
"""

from collections.abc import Mapping

from fxgbuild.digest import Json
from fxgbuild.lang import kinds, shorthand
from fxgbuild.lang.kinds import BadSchema, Bounds, Schema, is_optional, required
from fxgbuild.lang.shorthand import show

__all__ = [
    "TYPES",
    "BadSchema",
    "Schema",
    "is_optional",
    "missing_type",
    "parse_schema",
    "required",
    "show",
]

# Every kind of the long form, with what may stand beside it.
_LONG: dict[str, tuple[str, ...]] = {
    "array": ("dims", "unit", "range", "nan", "tolerance"),
    "table": ("rest",),
    "record": (),
    "state": (),
    "list": (),
    "enum": (),
    "optional": (),
    "type": ("unit", "range", "tolerance"),
}


# What a type may begin with, beside the types that a file and its rule sets name.
TYPES = (*sorted(kinds.DTYPES), *kinds.SCALARS, *_LONG)


def missing_type(error: BadSchema) -> str:
    """The name in a type that nothing is called, if that is what is wrong."""
    text = str(error)
    return text.rsplit("`", 2)[1] if "no type is called" in text else ""


def parse_schema(value: Json, types: Mapping[str, Schema]) -> Schema:
    """Read shorthand text or the long form; raises BadSchema."""
    return _read(value, types, 0)


def _read(value: Json, types: Mapping[str, Schema], depth: int) -> Schema:
    if isinstance(value, str):
        return shorthand.read(value, types)
    if not isinstance(value, Mapping):
        raise BadSchema(f"a type is a text or a mapping, found `{str(value)[:80]}`")
    if depth > kinds.MAX_DEPTH:
        raise BadSchema(f"a type is nested deeper than {kinds.MAX_DEPTH}")
    found = [kind for kind in _LONG if kind in value]
    if len(found) != 1:
        raise BadSchema(f"a type in long form has exactly one of {', '.join(_LONG)}")
    for name in value:
        if name not in (found[0], *_LONG[found[0]]):
            known = ", ".join((found[0], *_LONG[found[0]]))
            raise BadSchema(f"`{str(name)[:80]}` is no part of this type; its parts are {known}")
    return _of_kind(found[0], value, types, depth)


def _of_kind(  # noqa: PLR0911 - one return a kind
    kind: str, value: Mapping[str, Json], types: Mapping[str, Schema], depth: int
) -> Schema:
    body = value[kind]
    match kind:
        case "array":
            return _array(value)
        case "enum":
            return _enum(body)
        case "type":
            return _scalar(value, types)
        case "list":
            return {"type": "array", "items": _read(body, types, depth + 1)}
        case "optional":
            return kinds.optional(_read(body, types, depth + 1))
    fields = _fields(body, types, depth)
    if kind == "table":
        return kinds.table(fields, _rest(value))
    return kinds.record(fields) if kind == "record" else kinds.state(fields)


def _fields(body: Json, types: Mapping[str, Schema], depth: int) -> dict[str, Schema]:
    if not isinstance(body, Mapping):
        raise BadSchema("fields are a mapping of name to type")
    return {str(name): _read(item, types, depth + 1) for name, item in body.items()}


def _rest(value: Mapping[str, Json]) -> str:
    rest = value.get("rest", "")
    if not isinstance(rest, str) or (rest and not rest.isidentifier()):
        raise BadSchema("`rest` is the name of a row variable")
    return rest


def _enum(body: Json) -> Schema:
    if not isinstance(body, list) or not all(isinstance(item, str) for item in body) or not body:
        raise BadSchema("`enum` is a list of texts")
    return kinds.enum(body)


def _bounds(value: Mapping[str, Json]) -> Bounds:
    bounds = value.get("range", [None, None])
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise BadSchema("`range` is a list of two numbers")
    for bound in bounds:
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int | float)):
            raise BadSchema(f"`{str(bound)[:80]}` is no bound of a range")
    return kinds.interval(*bounds)


def _array(value: Mapping[str, Json]) -> Schema:
    dtype, dims, nan = value["array"], value.get("dims"), value.get("nan", False)
    if not isinstance(dtype, str) or dtype not in kinds.DTYPES:
        raise BadSchema(f"no dtype is called `{str(dtype)[:80]}`")
    if not isinstance(dims, list):
        raise BadSchema("`dims` is a list of numbers, names and formulas")
    if not isinstance(nan, bool):
        raise BadSchema("`nan` is true or false")
    facts: Schema = {"dtype": dtype, "dims": [kinds.dimension(axis) for axis in dims], "nan": nan}
    facts |= {"unit": kinds.unit(value["unit"])} if "unit" in value else {}
    facts |= {"tolerance": _tolerance(value["tolerance"])} if "tolerance" in value else {}
    return kinds.array(facts, _bounds(value))


def _tolerance(value: Json) -> Json:
    """An absolute tolerance, or absolute and relative by name."""
    if not isinstance(value, Mapping):
        return {"abs": kinds.tolerance(value), "rel": 0}
    if not set(value) <= {"abs", "rel"}:
        raise BadSchema("`tolerance` is a number, or has `abs` and `rel`")
    return {name: kinds.tolerance(value.get(name, 0)) for name in ("abs", "rel")}


def _scalar(value: Mapping[str, Json], types: Mapping[str, Schema]) -> Schema:
    if not isinstance(value["type"], str):
        raise BadSchema("`type` is a text")
    facts: Schema = {"unit": kinds.unit(value["unit"])} if "unit" in value else {}
    facts |= {"tolerance": kinds.tolerance(value["tolerance"])} if "tolerance" in value else {}
    return kinds.scalar(shorthand.read(value["type"], types), facts, _bounds(value))
