"""Shorthand of port schemas, read and written: `float64[windows, 256] uV nan in [0, 1] ~1e-9`."""

import re
from collections.abc import Mapping

from fxgbuild.digest import Json
from fxgbuild.lang import kinds
from fxgbuild.lang.kinds import DTYPES, MAX_DEPTH, SCALARS, UNIT, BadSchema, Bounds, Schema

GENERICS = frozenset({"list", "enum", "record", "state", "table"})

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_NUMBER = re.compile(r"[-+]?(inf|\d+(\.\d*)?([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?)", re.ASCII)


def read(text: str, types: Mapping[str, Schema]) -> Schema:
    """Read one type; raises BadSchema."""
    reader = _Reader(text, types)
    schema = reader.type(0)
    reader.skip()
    if reader.at != len(text):
        raise BadSchema(f"`{text[reader.at :][:80]}` is left over after the type in {reader.shown}")
    return schema


class _Reader:
    def __init__(self, text: str, types: Mapping[str, Schema]) -> None:
        self.text = text
        self.types = types
        self.at = 0

    @property
    def shown(self) -> str:
        return f"`{self.text}`" if len(self.text) <= 200 else f"`{self.text[:200]}…`"

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
            raise BadSchema(f"`{mark}` should stand at character {self.at + 1} of {self.shown}")

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
            raise BadSchema(f"a name should stand at character {self.at + 1} of {self.shown}")
        return found

    def type(self, depth: int) -> Schema:
        if depth > MAX_DEPTH:
            raise BadSchema(f"`{self.text[:40]}…` is nested deeper than {MAX_DEPTH}")
        name = self.word()
        schema = self._named(name, depth)
        while self.take("?"):
            schema = kinds.optional(schema)
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
        raise BadSchema(f"no type is called `{name[:80]}`")

    def _array(self, dtype: str) -> Schema:
        end = self.text.find("]", self.at)
        if end < 0:
            raise BadSchema(f"`]` is missing in {self.shown}")
        body, self.at = self.text[self.at : end], end + 1
        dims = [kinds.dimension(part) for part in body.split(",")] if body.strip() else []
        facts, bounds = self._tail()
        absolute = facts.pop("tolerance", None)
        if absolute is not None:
            facts["tolerance"] = {"abs": absolute, "rel": 0}
        return kinds.array(facts | {"dtype": dtype, "dims": dims}, bounds)

    def _scalar(self, schema: Schema) -> Schema:
        if schema["type"] not in ("integer", "number"):
            return schema
        facts, bounds = self._tail()
        if "nan" in facts:
            raise BadSchema(f"`nan` is for arrays, in {self.shown}")
        return kinds.scalar(schema, facts, bounds)

    def _tail(self) -> tuple[Schema, Bounds]:
        """What may follow the dimensions: unit, nan, range and tolerance, in any order."""
        facts: Schema = {}
        bounds: Bounds = (None, None)
        while True:
            start = self.at
            word = self.match(UNIT)
            if word == "nan":
                facts["nan"] = True
            elif word == "in":
                bounds = self._bounds()
            elif word and "unit" not in facts:
                facts["unit"] = word
            elif word:
                self.at = start
                raise BadSchema(f"`{word}` after the unit `{facts['unit']}` in {self.shown}")
            elif self.take("~"):
                facts["tolerance"] = kinds.tolerance(self.number())
            else:
                return facts, bounds

    def _bounds(self) -> Bounds:
        self.need("[")
        low = self.number()
        self.need(",")
        high = self.number()
        self.need("]")
        return kinds.interval(low, high)

    def number(self) -> float:
        text = self.match(_NUMBER)
        if not text:
            raise BadSchema(f"a number should stand at character {self.at + 1} of {self.shown}")
        return float(text)

    def _list(self, depth: int) -> Schema:
        return {"type": "array", "items": self.type(depth + 1)}

    def _enum(self, _depth: int) -> Schema:
        values = [self.word()]
        while self.take("|"):
            values.append(self.word())
        return kinds.enum(values)

    def _fields(self, depth: int) -> dict[str, Schema]:
        fields: dict[str, Schema] = {}
        while True:
            self.skip()
            if self.text.startswith(("...", ">"), self.at):
                return fields
            name = self.word()
            self.need(":")
            if name in fields:
                raise BadSchema(f"`{name[:80]}` stands twice in {self.shown}")
            fields[name] = self.type(depth + 1)
            if not self.take(","):
                return fields

    def _record(self, depth: int) -> Schema:
        return kinds.record(self._fields(depth))

    def _state(self, depth: int) -> Schema:
        return kinds.state(self._fields(depth))

    def _table(self, depth: int) -> Schema:
        columns = self._fields(depth)
        return kinds.table(columns, self.word() if self.take("...") else "")


def show(schema: Schema) -> str:  # noqa: PLR0911 - one return a kind
    """Write a schema as shorthand, for messages, prompts and pictures."""
    if "array" in schema:
        return _show_array(schema["array"])
    if "anyOf" in schema:
        return show(schema["anyOf"][0]) + "?"
    if "enum" in schema:
        return f"enum<{'|'.join(schema['enum'])}>"
    if "state" in schema:
        return f"state<{', '.join(_show_fields(schema['state']))}>"
    if "table" in schema:
        rest = schema["table"].get("rest")
        columns = _show_fields(schema["table"]["columns"])
        return f"table<{', '.join([*columns, f'...{rest}'] if rest else columns)}>"
    if schema.get("type") == "object":
        return f"record<{', '.join(_show_fields(schema['properties']))}>"
    if schema.get("type") == "array":
        return f"list<{show(schema['items'])}>"
    return _show_scalar(schema)


def _show_fields(fields: Mapping[str, Schema]) -> list[str]:
    return [f"{name}: {show(item)}" for name, item in fields.items()]


def _show_range(low: Json, high: Json) -> str:
    if low is None and high is None:
        return ""
    return f" in [{'-inf' if low is None else low}, {'inf' if high is None else high}]"


def _show_array(array: Schema) -> str:
    text = f"{array['dtype']}[{', '.join(str(item) for item in array['dims'])}]"
    text += f" {array['unit']}" if array.get("unit") else ""
    text += " nan" if array.get("nan") else ""
    text += _show_range(*array.get("range", [None, None]))
    tolerance = array.get("tolerance", {}).get("abs")
    return text if tolerance is None else f"{text} ~{tolerance}"


def _show_scalar(schema: Schema) -> str:
    facts = ("type", "format", "contentEncoding")
    plain = {name: schema[name] for name in facts if name in schema}
    name = next((name for name, item in SCALARS.items() if item == plain), "")
    if not name:
        return str(schema)
    text = name + (f" {schema['unit']}" if schema.get("unit") else "")
    text += _show_range(schema.get("minimum"), schema.get("maximum"))
    return f"{text} ~{schema['tolerance']}" if "tolerance" in schema else text
