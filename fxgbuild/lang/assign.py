"""Assignability: whether what one port carries fits what another declares.

Also `project`, the part of a producer's schema that a consumer's declaration can see: all that
enters the consumer's key.
"""

import math
from collections.abc import Mapping

from fxgbuild.digest import Json
from fxgbuild.lang.schema import Schema, is_optional, required, show
from fxgbuild.lang.units import BadUnit, factor


def mismatches(  # noqa: PLR0911 - one return a kind
    source: Schema, target: Schema
) -> list[str]:
    """Say all that keeps a value of `source` from being one of `target`; [] when it fits."""
    if is_optional(target):
        return mismatches(required(source), required(target))
    if is_optional(source):
        return [f"may be absent, but `{show(target)}` is required"]
    if "array" in source and "array" in target:
        return _arrays(source["array"], target["array"])
    if "table" in source and "table" in target:
        return _tables(source["table"], target["table"])
    if "state" in source and "state" in target:
        return _fields(source["state"], target["state"], "")
    if source.get("type") == target.get("type") == "object":
        return _fields(source["properties"], target["properties"], "")
    if source.get("type") == target.get("type") == "array":
        return [f"items: {text}" for text in _inside(source["items"], target["items"])]
    return _scalars(source, target)


def _inside(source: Schema, target: Schema) -> list[str]:
    """Mismatches of a part of a port: an edge converts whole ports, never parts of them."""
    found = mismatches(source, target)
    if not found and scale(source, target) != 1.0:
        return [f"unit `{_unit(source)}` is not `{_unit(target)}`; only whole ports are converted"]
    return found


def _unit(schema: Schema) -> str | None:
    plain = required(schema)
    unit: str | None = plain.get("array", plain).get("unit")
    return unit


def _kind(schema: Schema) -> str:
    return show(schema).split("<")[0].split("[")[0].split(" ")[0]


def _scalars(source: Schema, target: Schema) -> list[str]:
    if "enum" in source and "enum" in target:
        extra = [value for value in source["enum"] if value not in target["enum"]]
        return [f"may be `{extra[0]}`, which is not in `{show(target)}`"] if extra else []
    if "enum" in source and target == {"type": "string"}:
        return []
    types = source.get("type"), target.get("type")
    if types in (("number", "number"), ("integer", "integer"), ("integer", "number")):
        bounds = [source.get("minimum"), source.get("maximum")]
        wanted = [target.get("minimum"), target.get("maximum")]
        out, scale = _units(source.get("unit"), target.get("unit"), types[1] == "number")
        return out + _ranges(bounds, wanted, scale)
    same = all(source.get(key) == target.get(key) for key in ("type", "format", "contentEncoding"))
    if same and "enum" not in target and "array" not in source and "array" not in target:
        return [] if set(source) & {"type"} else [f"is `{_kind(source)}`, not `{_kind(target)}`"]
    return [f"is `{_kind(source)}`, not `{_kind(target)}`"]


def _arrays(source: Schema, target: Schema) -> list[str]:
    out = []
    if source["dtype"] != target["dtype"]:
        out.append(f"dtype is {source['dtype']}, not {target['dtype']}")
    ranks = len(source["dims"]), len(target["dims"])
    if ranks[0] != ranks[1]:
        out.append(f"rank is {ranks[0]}, not {ranks[1]}")
    unit, scale = _units(source.get("unit"), target.get("unit"), source["dtype"].startswith("f"))
    out += unit
    out += _ranges(source.get("range"), target.get("range"), scale)
    if source.get("nan") and not target.get("nan"):
        out.append("may hold NaN, which is not allowed there")
    return out


def _units(source: str | None, target: str | None, floats: bool) -> tuple[list[str], float]:
    if not target or source == target:
        return [], 1.0
    if not source:
        return [f"declares no unit, `{target}` is wanted"], 1.0
    try:
        scale = factor(source, target)
    except BadUnit as error:
        return [f"unit: {error}"], 1.0
    if scale != 1.0 and not floats:
        return [f"unit `{source}` would need scaling to `{target}`; only floats are scaled"], scale
    return [], scale


def _ranges(source: Json, target: Json, scale: float) -> list[str]:
    wanted = target or [None, None]
    given = source or [None, None]
    low, high = (None if bound is None else bound * scale for bound in given)
    low_fits = wanted[0] is None or (low is not None and _at_least(low, wanted[0], scale))
    high_fits = wanted[1] is None or (high is not None and _at_least(wanted[1], high, scale))
    if low_fits and high_fits:
        return []
    return [f"range {_interval(given)} is not inside {_interval(wanted)}"]


def _at_least(value: float, bound: float, scale: float) -> bool:
    """Compare bounds; a conversion may have rounded."""
    return value >= bound or (scale != 1.0 and math.isclose(value, bound, rel_tol=1e-12))


def _interval(bounds: Json) -> str:
    low, high = bounds
    return f"[{'-inf' if low is None else low}, {'inf' if high is None else high}]"


def _tables(source: Schema, target: Schema) -> list[str]:
    out = []
    for name, schema in target["columns"].items():
        if name not in source["columns"]:
            out.append(f"column `{name}` is missing")
        else:
            out += [f"column `{name}`: {x}" for x in _inside(source["columns"][name], schema)]
    if "rest" not in target:
        extra = sorted(set(source["columns"]) - set(target["columns"]))
        out += [f"column `{name}` is not declared there" for name in extra]
        if "rest" in source:
            out.append(f"further columns `...{source['rest']}` are not declared there")
    return out


def _fields(source: Mapping[str, Schema], target: Mapping[str, Schema], prefix: str) -> list[str]:
    out = []
    for name in sorted(set(source) | set(target)):
        if name not in target:
            out.append(f"field `{prefix}{name}` is not declared there")
        elif name not in source:
            if not is_optional(target[name]):
                out.append(f"field `{prefix}{name}` is missing")
        else:
            out += [f"field `{name}`: {x}" for x in _inside(source[name], target[name])]
    return out


def scale(source: Schema, target: Schema) -> float:
    """The factor an edge applies so that the consumer gets its own unit."""
    wanted, given = _unit(target), _unit(source)
    if not wanted or not given or wanted == given:
        return 1.0
    return factor(given, wanted)


def payload(port: Schema, join: Json, edges: int) -> Schema | None:
    """What each of a port's edges carries: the items of a list where `all` or a quorum joins them.

    None when several values would reach a port that takes one.
    """
    if edges < 2 or join in (None, "any"):
        return port
    plain = required(port)
    items: Schema | None = plain["items"] if plain.get("type") == "array" else None
    return items


def project(  # noqa: PLR0911 - one return a kind
    source: Schema, target: Schema
) -> Schema:
    """Keep of a producer's schema what the consumer's declaration mentions, and nothing else.

    An axis is kept as `*` unless both fix its length: rank is visible, upstream names are not.
    """
    if is_optional(source) and is_optional(target):
        return {"anyOf": [project(source["anyOf"][0], target["anyOf"][0]), {"type": "null"}]}
    if is_optional(target):
        return project(source, target["anyOf"][0])
    if "array" in source and "array" in target:
        return {"array": _project_array(source["array"], target["array"])}
    for kind in ("table", "state"):
        if kind in source and kind in target:
            deeper = kind == "table"
            given = source[kind]["columns"] if deeper else source[kind]
            wanted = target[kind]["columns"] if deeper else target[kind]
            fields = {name: project(given[name], wanted[name]) for name in wanted if name in given}
            return {kind: {"columns": fields} if deeper else fields}
    if source.get("type") == target.get("type") == "object":
        given, wanted = source["properties"], target["properties"]
        fields = {name: project(given[name], wanted[name]) for name in wanted if name in given}
        return {"type": "object", "properties": fields}
    if source.get("type") == target.get("type") == "array":
        return {"type": "array", "items": project(source["items"], target["items"])}
    if "enum" in source and "enum" not in target:
        return dict(target)
    hidden = {"unit", "minimum", "maximum", "tolerance"} - set(target)
    return {name: item for name, item in source.items() if name not in hidden}


def _project_array(source: Schema, target: Schema) -> Schema:
    pairs = zip(source["dims"], target["dims"], strict=False)
    dims = [
        axis if isinstance(axis, int) and isinstance(wanted, int) else "*" for axis, wanted in pairs
    ]
    seen = {
        name: source[name]
        for name in ("unit", "range", "nan")
        if target.get(name) and name in source
    }
    return {"dtype": source["dtype"], "dims": dims} | seen
