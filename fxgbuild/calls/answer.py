"""Answers: the port type that fits every answer, and the answers as values of it.

Objects become a record, anything else an enum where few answers recur, else text.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fxgbuild.calls.log import Unreadable
from fxgbuild.digest import Json

MOST_LABELS = 12  # an enum has at most so many values ...
RECURRENCE = 3  # ... each used so often on average
LONGEST_LABEL = 40

_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?```\s*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Answers:
    """The type in long form, every answer as a value, and which could not be read (by place)."""

    type: Json
    values: tuple[Json, ...]
    bad: Mapping[int, str]


def infer(texts: Sequence[str]) -> Answers:
    """Find the type of the answers; an answer of another form than most is bad."""
    objects = [_object(text) for text in texts]
    if sum(value is not None for value in objects) * 2 <= len(texts):
        values = tuple(text.strip() for text in texts)
        return Answers(_type_of("the answer", list(values)), values, {})
    bad = {
        place: "the answer is no JSON object, as the others are"
        for place, value in enumerate(objects)
        if value is None
    }
    good = [value for value in objects if value is not None]
    type_ = _record("", good)
    filled = tuple(None if value is None else _filled(value, type_) for value in objects)
    return Answers(type_, filled, bad)


def _object(text: str) -> dict[str, Json] | None:
    fenced = _FENCED.fullmatch(text)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _filled(value: Json, type_: Json) -> Json:
    """A record with every field: what is absent is null; a whole number where numbers are due."""
    if value is None or not isinstance(type_, Mapping):
        whole = type_ in ("float", "float?") and isinstance(value, int)
        return float(value) if whole else value
    if "optional" in type_:
        return _filled(value, type_["optional"])
    if "list" in type_:
        return [_filled(item, type_["list"]) for item in value]
    if "record" in type_:
        return {name: _filled(value.get(name), field) for name, field in type_["record"].items()}
    return value


def _record(where: str, values: Sequence[Mapping[str, Json]]) -> Json:
    names = list(dict.fromkeys(name for value in values for name in value))
    for name in names:
        if not _NAME.fullmatch(name):
            raise Unreadable(
                f"a field cannot be called `{name[:40]}`; names are letters and digits"
            )
    return {
        "record": {
            name: _field(f"{where}.{name}".lstrip("."), [value.get(name) for value in values])
            for name in names
        }
    }


def _field(where: str, values: Sequence[Json]) -> Json:
    given = [value for value in values if value is not None]
    type_ = _type_of(f"the field `{where}`", given)
    if len(given) == len(values):
        return type_
    return f"{type_}?" if isinstance(type_, str) else {"optional": type_}


def _type_of(what: str, values: Sequence[Json]) -> Json:
    """The one type of values that are there."""
    kinds = {_kind(value) for value in values}
    if kinds <= {"text"}:
        return _labels([str(value) for value in values])
    if kinds == {"int", "float"}:
        return "float"
    if len(kinds) > 1:
        raise Unreadable(f"{what} is of several kinds: {', '.join(sorted(kinds))}")
    (kind,) = kinds
    if kind == "record":
        return _record(what.removeprefix("the field `").rstrip("`"), list(values))
    if kind == "list":
        items = [item for value in values for item in value]
        return {"list": _field(what, items) if items else "text"}
    return kind


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return "bool"
    for kind, name in ((int, "int"), (float, "float"), (str, "text"), (list, "list")):
        if isinstance(value, kind):
            return name
    return "record"


def _labels(values: Sequence[str]) -> Json:
    labels = sorted(set(values))
    short = all(0 < len(label) <= LONGEST_LABEL and "\n" not in label for label in labels)
    if labels and short and len(labels) <= MOST_LABELS and len(labels) * RECURRENCE <= len(values):
        return {"enum": labels}
    return "text"
