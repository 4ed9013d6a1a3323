"""Ports side by side: what an output may now be that it could not be before."""

from collections.abc import Iterator, Mapping

from fxgbuild.digest import Json
from fxgbuild.lang.schema import Schema
from fxgbuild.review.gate import Gate, stronger, weaker

INFINITY = float("inf")
MOST_DEEP = 64


def compare_outputs(where: str, old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[Gate]:
    """Checks of output ports that are looser or tighter; a port that is new or gone is none."""
    found = []
    for port in sorted(old.keys() & new.keys()):
        for path, text, loose in _moved(old[port], new[port], port, 0):
            kind = weaker if loose else stronger
            found.append(kind(where, f"outputs.{path}", text))
    return found


def _moved(old: Json, new: Json, path: str, depth: int) -> Iterator[tuple[str, str, bool]]:
    """(path, what moved, is it looser) for two schemas and all that they have in common."""
    if old == new or depth > MOST_DEEP:
        return
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return
    before, after = _present(old), _present(new)
    if ("anyOf" in old) != ("anyOf" in new):
        loose = "anyOf" in new
        yield path, f"may be absent: {_yes(not loose)} → {_yes(loose)}", loose
    yield from _facts(before, after, path)
    for name in sorted(before.keys() & after.keys() - {"range", "tolerance", "nan", "enum"}):
        inner = (
            path
            if name in ("array", "table", "state", "properties", "columns", "items")
            else f"{path}.{name}"
        )
        yield from _moved(before[name], after[name], inner, depth + 1)


def _present(schema: Json) -> Json:
    """What an optional carries when it carries something."""
    options = schema.get("anyOf")
    if isinstance(options, list):
        some = [x for x in options if isinstance(x, dict) and x.get("type") != "null"]
        return some[0] if some else {}
    return schema


def _facts(old: Json, new: Json, path: str) -> Iterator[tuple[str, str, bool]]:
    nan = bool(old.get("nan")), bool(new.get("nan"))
    if nan[0] != nan[1]:
        yield f"{path}.nan", f"{_yes(nan[0])} → {_yes(nan[1])}", nan[1]
    low, high = _bounds(old), _bounds(new)
    for place, sign in ((0, -1), (1, 1)):
        if low[place] != high[place]:
            name = ("lowest", "highest")[place]
            wider = (high[place] - low[place]) * sign > 0
            yield (
                f"{path}.range",
                f"{name} value {_bound(low[place])} → {_bound(high[place])}",
                wider,
            )
    near = _tolerance(old), _tolerance(new)
    for place, name in enumerate(("absolute", "relative")):
        if near[0][place] != near[1][place]:
            text = f"{name} {near[0][place]:g} → {near[1][place]:g}"
            yield f"{path}.tolerance", text, near[1][place] > near[0][place]
    values = old.get("enum"), new.get("enum")
    if isinstance(values[0], list) and isinstance(values[1], list) and values[0] != values[1]:
        gained = len([v for v in values[1] if v not in values[0]])
        lost = len([v for v in values[0] if v not in values[1]])
        yield f"{path}.enum", f"{gained} values added, {lost} removed", gained > 0


def _bounds(schema: Json) -> tuple[float, float]:
    span = schema.get("range")
    low, high = span if isinstance(span, list | tuple) and len(span) == 2 else (None, None)
    low = schema.get("minimum", low) if low is None else low
    high = schema.get("maximum", high) if high is None else high
    return (-INFINITY if low is None else low), (INFINITY if high is None else high)


def _bound(value: float) -> str:
    return "none" if value in (INFINITY, -INFINITY) else f"{value:g}"


def _tolerance(schema: Json) -> tuple[float, float]:
    """Absolute and relative; where a port says nothing, floats are compared within 1e-9 of both."""
    near = schema.get("tolerance")
    return (near.get("abs", 0.0), near.get("rel", 0.0)) if isinstance(near, dict) else (1e-9, 1e-9)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
