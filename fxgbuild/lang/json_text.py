"""JSON to a value with places: a strict reader, because `json` itself keeps none."""

import bisect
import json
import re

from fxgbuild.digest import Json
from fxgbuild.lang.places import NO_KEY, Place, Places
from fxgbuild.lang.unreadable import MAX_DEPTH, Unreadable, number

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}


def read_json(text: str) -> tuple[Json, Places]:
    """The value of a JSON file, and where its parts stand; raises Unreadable."""
    reader = _JsonReader(text)
    value = reader.value(NO_KEY, 0)
    if reader.skip() != len(text):
        raise reader.bad("not JSON: something stands after the end")
    return value, reader.places


class _JsonReader:
    """A strict JSON reader that remembers places; `json` itself keeps none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places = Places()
        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def place(self) -> Place:
        line = bisect.bisect_left(self.breaks, self.at)
        start = self.breaks[line - 1] + 1 if line else 0
        return line + 1, self.at - start + 1

    def bad(self, message: str) -> Unreadable:
        return Unreadable(message, *self.place())

    def skip(self) -> int:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def take(self, mark: str) -> bool:
        self.skip()
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def value(self, key: Place, depth: int) -> Json:
        self.skip()
        row = self.places.add(key, self.place())
        if depth >= MAX_DEPTH and self.text.startswith(("{", "["), self.at):
            raise self.bad(f"nested deeper than {MAX_DEPTH}")
        if self.take("{"):
            return self._object(row, depth)
        if self.take("["):
            return self._array(row, depth)
        if self.text.startswith('"', self.at):
            return self._string()
        for word, known in _WORDS.items():
            if self.take(word):
                return known
        match = _NUMBER.match(self.text, self.at)
        if not match:
            raise self.bad("not JSON: a value should stand here")
        try:
            value = number(match[0])
        except ValueError as error:
            raise self.bad(str(error)) from None
        self.at = match.end()
        return value

    def _string(self) -> str:
        start = self.at
        try:
            text, self.at = json.decoder.scanstring(  # type: ignore[attr-defined]
                self.text, self.at + 1, True
            )
        except json.JSONDecodeError as error:
            self.at = error.pos
            raise self.bad(f"not JSON: {error.msg}") from None
        if any("\ud800" <= char <= "\udfff" for char in text):
            self.at = start
            raise self.bad("not JSON: a lone surrogate is no character")
        return str(text)

    def _object(self, row: int, depth: int) -> Json:
        found: dict[str, Json] = {}
        if self.take("}"):
            return found
        while True:
            self.skip()
            if not self.text.startswith('"', self.at):
                raise self.bad("not JSON: a key in double quotes should stand here")
            before, place = self.at, self.place()
            key = self._string()
            if key in found:
                self.at = before
                raise self.bad(f"`{key}` stands twice")
            if not self.take(":"):
                raise self.bad("not JSON: `:` should stand here")
            found[key] = self.value(place, depth + 1)
            if self.take("}"):
                self.places.close(row)
                return found
            if not self.take(","):
                raise self.bad("not JSON: `,` or `}` should stand here")

    def _array(self, row: int, depth: int) -> Json:
        found: list[Json] = []
        if self.take("]"):
            return found
        while True:
            found.append(self.value(NO_KEY, depth + 1))
            if self.take("]"):
                self.places.close(row)
                return found
            if not self.take(","):
                raise self.bad("not JSON: `,` or `]` should stand here")
