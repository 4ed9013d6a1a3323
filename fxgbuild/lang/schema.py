"""Port schemas: what a port carries, from shorthand or long form to one canonical form.

The canonical form is JSON Schema with two words of our own, `array` and `table`, and `state` for
fitted states; docs/formats.md lists it. Shorthand reads
`float64[windows, channels, 256] uV nan in [0, 1] ~1e-9`.
"""

import re
from collections.abc import Mapping

from fxgbuild.digest import Json

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
GENERICS = frozenset({"list", "enum", "record", "state", "table"})
MAX_DEPTH = 12

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_UNIT = re.compile(r"(1(?![0-9.])|%|[A-Za-z][A-Za-z0-9^*/%._]*(?:-[0-9]+)?[A-Za-z0-9^*/%._]*)")
_NUMBER = re.compile(r"[-+]?(inf|\d+(\.\d*)?([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?)")
_DIMENSION = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class BadSchema(ValueError):
    """A port's type cannot be read; the message says why."""


def parse_schema(value: Json, types: Mapping[str, Schema]) -> Schema:
    """Read shorthand text or the long form; raises BadSchema."""
    return _long(value, types, 0) if isinstance(value, Mapping) else _shorthand(value, types)


def _shorthand(value: Json, types: Mapping[str, Schema]) -> Schema:
    if not isinstance(value, str):
        raise BadSchema(f"a type is a text or a mapping, found `{value}`")
    reader = _Reader(value, types)
    schema = reader.type(0)
    reader.skip()
    if reader.at != len(value):
        raise BadSchema(f"`{value[reader.at :]}` is left over after the type in `{value}`")
    return schema


class _Reader:
    def __init__(self, text: str, types: Mapping[str, Schema]) -> None:
        self.text = text
        self.types = types
        self.at = 0

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1

    def take(self, mark: str) -> bool:
        self.skip()
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def need(self, mark: str) -> None:
        if not self.take(mark):
            raise BadSchema(f"`{mark}` should stand at character {self.at + 1} of `{self.text}`")

    def match(self, pattern: re.Pattern[str]) -> str:
        self.skip()
        found = pattern.match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found[0]

    def word(self) -> str:
        found = self.match(_WORD)
        if not found:
            raise BadSchema(f"a name should stand at character {self.at + 1} of `{self.text}`")
        return found

    def type(self, depth: int) -> Schema:
        if depth > MAX_DEPTH:
            raise BadSchema(f"`{self.text[:40]}…` is nested deeper than {MAX_DEPTH}")
        name = self.word()
        schema = self._named(name, depth)
        while self.take("?"):
            schema = optional(schema)
        return schema

    def _named(self, name: str, depth: int) -> Schema:
        if name in GENERICS:
            self.need("<")
            schema: Schema = getattr(self, f"_{name}")(depth)
            self.need(">")
            return schema
        if name in DTYPES and self.take("["):
            return self._array(name)
        if name in SCALARS:
            return self._scalar(dict(SCALARS[name]))
        if name in self.types:
            return dict(self.types[name])
        raise BadSchema(f"no type is called `{name}`")

    def _array(self, dtype: str) -> Schema:
        end = self.text.find("]", self.at)
        if end < 0:
            raise BadSchema(f"`]` is missing in `{self.text}`")
        body, self.at = self.text[self.at : end], end + 1
        dims = [dimension(part) for part in body.split(",")] if body.strip() else []
        array: Schema = {"dtype": dtype, "dims": dims}
        unit, low, high, nan, tolerance = self._tail()
        if unit:
            array["unit"] = unit
        if low is not None or high is not None:
            array["range"] = [low, high]
        if nan:
            array["nan"] = True
        if tolerance is not None:
            array["tolerance"] = {"abs": tolerance, "rel": 0}
        return {"array": array}

    def _scalar(self, schema: Schema) -> Schema:
        if schema["type"] not in ("integer", "number"):
            return schema
        unit, low, high, _, tolerance = self._tail()
        extra = {"unit": unit or None, "minimum": low, "maximum": high, "tolerance": tolerance}
        return schema | {name: item for name, item in extra.items() if item is not None}

    def _tail(self) -> tuple[str, Json, Json, bool, float | None]:
        unit, low, high, nan, tolerance = "", None, None, False, None
        while True:
            start = self.at
            word = self.match(_UNIT)
            if word == "nan":
                nan = True
            elif word == "in":
                self.need("[")
                low = self.number()
                self.need(",")
                high = self.number()
                self.need("]")
            elif word and not unit:
                unit = word
            elif word:
                self.at = start
                raise BadSchema(f"`{word}` after the unit `{unit}` in `{self.text}`")
            elif self.take("~"):
                tolerance = self.number()
            else:
                return unit, low, high, nan, tolerance

    def number(self) -> Json:
        text = self.match(_NUMBER)
        if not text:
            raise BadSchema(f"a number should stand at character {self.at + 1} of `{self.text}`")
        return number(float(text))

    def _list(self, depth: int) -> Schema:
        return {"type": "array", "items": self.type(depth + 1)}

    def _enum(self, _depth: int) -> Schema:
        values = [self.word()]
        while self.take("|"):
            values.append(self.word())
        return {"enum": values}

    def _fields(self, depth: int) -> dict[str, Schema]:
        fields: dict[str, Schema] = {}
        while True:
            self.skip()
            if self.text.startswith(("...", ">"), self.at):
                return fields
            name = self.word()
            self.need(":")
            if name in fields:
                raise BadSchema(f"`{name}` stands twice in `{self.text}`")
            fields[name] = self.type(depth + 1)
            if not self.take(","):
                return fields

    def _record(self, depth: int) -> Schema:
        return record(self._fields(depth))

    def _state(self, depth: int) -> Schema:
        return {"state": self._fields(depth)}

    def _table(self, depth: int) -> Schema:
        table: Schema = {"columns": self._fields(depth)}
        if self.take("..."):
            table["rest"] = self.word()
        return {"table": table}


def dimension(text: Json) -> int | str:
    """One axis: a fixed length, a name, or a formula of parameters and names."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    words = " ".join(str(text).split())
    if words.isdigit():
        return int(words)
    if _DIMENSION.fullmatch(words):
        return words
    if not re.fullmatch(r"[A-Za-z0-9_+\-*/(). ]+", words) or not words:
        raise BadSchema(f"`{words}` is no dimension: a number, a name or a formula")
    return words


def number(value: float) -> Json:
    """A bound as JSON has it: infinities are no bound."""
    if value in (float("inf"), float("-inf")):
        return None
    return int(value) if value.is_integer() else value


def optional(schema: Schema) -> Schema:
    return schema if is_optional(schema) else {"anyOf": [schema, {"type": "null"}]}


def is_optional(schema: Schema) -> bool:
    return "anyOf" in schema


def record(fields: Mapping[str, Schema]) -> Schema:
    required = sorted(name for name, field in fields.items() if not is_optional(field))
    return {
        "type": "object",
        "properties": dict(fields),
        "required": required,
        "additionalProperties": False,
    }


_LONG = ("array", "table", "record", "state", "list", "enum", "optional", "type")


def _long(  # noqa: PLR0911 - one return a kind
    value: Mapping[str, Json], types: Mapping[str, Schema], depth: int
) -> Schema:
    if depth > MAX_DEPTH:
        raise BadSchema(f"a type is nested deeper than {MAX_DEPTH}")
    kinds = [kind for kind in _LONG if kind in value]
    if len(kinds) != 1:
        raise BadSchema(f"a type in long form has exactly one of {', '.join(_LONG)}")
    body = value[kinds[0]]
    match kinds[0]:
        case "array":
            return _long_array(value)
        case "enum":
            return _long_enum(body)
        case "type":
            return _long_scalar(value, types)
        case "list":
            return {"type": "array", "items": _inner(body, types, depth)}
        case "optional":
            return optional(_inner(body, types, depth))
        case "table":
            table: Schema = {"columns": _long_fields(body, types, depth)}
            return {"table": table | ({"rest": value["rest"]} if "rest" in value else {})}
        case "record":
            return record(_long_fields(body, types, depth))
        case _:
            return {"state": _long_fields(body, types, depth)}


def _inner(value: Json, types: Mapping[str, Schema], depth: int) -> Schema:
    if isinstance(value, Mapping):
        return _long(value, types, depth + 1)
    return _shorthand(value, types)


def _long_fields(body: Json, types: Mapping[str, Schema], depth: int) -> dict[str, Schema]:
    if not isinstance(body, Mapping):
        raise BadSchema("fields are a mapping of name to type")
    return {str(name): _inner(item, types, depth) for name, item in body.items()}


def _long_enum(body: Json) -> Schema:
    if not isinstance(body, list) or not all(isinstance(item, str) for item in body) or not body:
        raise BadSchema("`enum` is a list of texts")
    return {"enum": body}


def _known(value: Mapping[str, Json], *names: str) -> None:
    for name in value:
        if name not in names:
            raise BadSchema(f"`{name}` is no part of this type; its parts are {', '.join(names)}")


def _bounds(value: Mapping[str, Json]) -> tuple[Json, Json]:
    bounds = value.get("range", [None, None])
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise BadSchema("`range` is a list of two numbers")
    low, high = (None if item is None else number(float(item)) for item in bounds)
    return low, high


def _long_array(value: Mapping[str, Json]) -> Schema:
    _known(value, "array", "dims", "unit", "range", "nan", "tolerance")
    if value["array"] not in DTYPES:
        raise BadSchema(f"no dtype is called `{value['array']}`")
    if not isinstance(value.get("dims"), list):
        raise BadSchema("`dims` is a list of numbers, names and formulas")
    array: Schema = {"dtype": value["array"], "dims": [dimension(item) for item in value["dims"]]}
    if value.get("unit"):
        array["unit"] = str(value["unit"])
    low, high = _bounds(value)
    if low is not None or high is not None:
        array["range"] = [low, high]
    if value.get("nan"):
        array["nan"] = True
    tolerance = value.get("tolerance")
    if tolerance is not None:
        absolute = tolerance.get("abs", 0) if isinstance(tolerance, Mapping) else tolerance
        relative = tolerance.get("rel", 0) if isinstance(tolerance, Mapping) else 0
        array["tolerance"] = {"abs": absolute, "rel": relative}
    return {"array": array}


def _long_scalar(value: Mapping[str, Json], types: Mapping[str, Schema]) -> Schema:
    _known(value, "type", "unit", "range", "tolerance")
    schema = dict(_shorthand(value["type"], types))
    low, high = _bounds(value)
    extra = {
        "unit": value.get("unit"),
        "minimum": low,
        "maximum": high,
        "tolerance": value.get("tolerance"),
    }
    return schema | {name: item for name, item in extra.items() if item is not None}


def show(schema: Schema) -> str:  # noqa: PLR0911 - one return a kind
    """Write a schema as shorthand, for messages, prompts and pictures."""
    if "array" in schema:
        return _show_array(schema["array"])
    if "anyOf" in schema:
        return show(schema["anyOf"][0]) + "?"
    if "enum" in schema:
        return f"enum<{'|'.join(schema['enum'])}>"
    for kind in ("table", "state"):
        if kind in schema:
            body = schema[kind]["columns"] if kind == "table" else schema[kind]
            rest = (
                [f"...{body_rest}"]
                if (body_rest := schema[kind].get("rest")) and kind == "table"
                else []
            )
            return f"{kind}<{', '.join(_show_fields(body) + rest)}>"
    if schema.get("type") == "object":
        return f"record<{', '.join(_show_fields(schema['properties']))}>"
    if schema.get("type") == "array":
        return f"list<{show(schema['items'])}>"
    return _show_scalar(schema)


def _show_fields(fields: Mapping[str, Schema]) -> list[str]:
    return [f"{name}: {show(item)}" for name, item in fields.items()]


def _show_range(low: Json, high: Json) -> str:
    return f" in [{'-inf' if low is None else low}, {'inf' if high is None else high}]"


def _show_array(array: Schema) -> str:
    text = f"{array['dtype']}[{', '.join(str(item) for item in array['dims'])}]"
    text += f" {array['unit']}" if array.get("unit") else ""
    text += " nan" if array.get("nan") else ""
    text += _show_range(*array["range"]) if array.get("range") else ""
    tolerance = array.get("tolerance")
    return text + (f" ~{tolerance['abs']}" if tolerance and tolerance["abs"] else "")


def _show_scalar(schema: Schema) -> str:
    for name, plain in SCALARS.items():
        if all(schema.get(key) == item for key, item in plain.items()) and (
            name != "text" or not {"format", "contentEncoding"} & set(schema)
        ):
            text = name + (f" {schema['unit']}" if schema.get("unit") else "")
            low, high = schema.get("minimum"), schema.get("maximum")
            return text + (_show_range(low, high) if low is not None or high is not None else "")
    return str(schema)
