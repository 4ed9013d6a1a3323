"""Text files to plain values, with the line and column of every value kept.

YAML 1.2 (core schema), JSON and TOML become the same shape: a value and the place of each path in
it. Aliases, anchors, tags, duplicate keys, deep or huge files are problems, never exceptions.
"""

import bisect
import json
import math
import re
import tomllib

import yaml

from fxgbuild.digest import Json
from fxgbuild.lang.document import KEY, Document, Path
from fxgbuild.problem import Location, Problem

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_NUMBER = 400  # characters


class _Bad(Exception):
    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


def parse(path: str, data: bytes) -> tuple[Document | None, list[Problem]]:
    """Read a file by its ending; the problems say where it cannot be read."""
    try:
        if len(data) > MAX_BYTES:
            raise _Bad(f"the file has {len(data)} bytes; at most {MAX_BYTES} are read", 1, 1)
        text = _decode(data)
        if path.endswith(".toml"):
            value, places = _parse_toml(text)
        elif path.endswith(".json"):
            value, places = _parse_json(text)
        else:
            value, places = _parse_yaml(text)
    except _Bad as bad:
        return None, [Problem(Location(path, bad.line, bad.column), "FXG1101", bad.message)]
    return Document(path, value, places), []


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Bad(f"not UTF-8: byte {data[error.start]:#04x}", line, 1) from None


def _number(text: str, base: int = 10) -> int | float:
    """A number as it is written; ValueError for one that no key could hold."""
    if len(text) > MAX_NUMBER:
        raise ValueError(f"a number of {len(text)} characters; at most {MAX_NUMBER} are read")
    if base == 0 or text.lstrip("+-").isdigit():
        return int(text, base)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"`{text}` is no finite number; leave a bound out, or write null")
    return value


# YAML ---------------------------------------------------------------------------------------------

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_SPECIAL |= dict.fromkeys(("true", "True", "TRUE"), True)
_SPECIAL |= dict.fromkeys(("false", "False", "FALSE"), False)


def _plain_scalar(text: str) -> Json:
    """Resolve a plain scalar by YAML 1.2's core schema (so `no` and `on` are texts)."""
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INT.fullmatch(text):
        return _number(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text):
        return _number(text)
    if text.lower() in (".inf", "+.inf", "-.inf", ".nan"):
        raise ValueError(f"`{text}` is no finite number; leave a bound out, or write null")
    return text


class _Frame:
    """One open collection while the events go by."""

    __slots__ = ("key", "path", "value")

    def __init__(self, value: Json, path: Path) -> None:
        self.value = value
        self.path = path
        self.key: str | None = None


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _parse_yaml(text: str) -> tuple[Json, dict[Path, tuple[int, int]]]:
    builder = _YamlBuilder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _Bad(f"not YAML: {error.problem or error.context}", line, column) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _Bad(f"not YAML: {error.reason}", line, 1) from None
    return builder.root, builder.places


class _YamlBuilder:
    """Builds the value from parser events with its own stack: depth never becomes recursion."""

    def __init__(self) -> None:
        self.root: Json = None
        self.places: dict[Path, tuple[int, int]] = {}
        self.stack: list[_Frame] = []
        self.documents = 0

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _Bad("one document a file", line, column)
        elif isinstance(event, yaml.AliasEvent):
            raise _Bad(f"aliases are not used here: `*{event.anchor}`", line, column)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, line, column)

    def _node(self, event: yaml.NodeEvent, line: int, column: int) -> None:
        if event.anchor:
            raise _Bad(f"anchors are not used here: `&{event.anchor}`", line, column)
        tag = getattr(event, "tag", None)
        if tag and tag != "!":
            raise _Bad(f"tags are not used here: `{tag}`", line, column)
        if isinstance(event, yaml.ScalarEvent):
            try:
                value = _plain_scalar(event.value) if event.implicit[0] else event.value
            except ValueError as error:
                raise _Bad(str(error), line, column) from None
            self._add(value, line, column)
            return
        if len(self.stack) >= MAX_DEPTH:
            raise _Bad(f"nested deeper than {MAX_DEPTH}", line, column)
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Frame(value, self._add(value, line, column)))

    def _add(self, value: Json, line: int, column: int) -> Path:
        if not self.stack:
            self.root = value
            self.places[()] = (line, column)
            return ()
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            path = (*frame.path, len(frame.value))
            frame.value.append(value)
        elif frame.key is None:
            self._key(frame, value, line, column)
            self.places[(*frame.path, str(value), KEY)] = (line, column)
            return frame.path
        else:
            path = (*frame.path, frame.key)
            frame.value[frame.key] = value
            frame.key = None
        self.places[path] = (line, column)
        return path

    @staticmethod
    def _key(frame: _Frame, value: Json, line: int, column: int) -> None:
        if not isinstance(value, str):
            raise _Bad(f"keys are texts, found `{value}`", line, column)
        if value in frame.value:
            raise _Bad(f"`{value}` stands twice", line, column)
        frame.value[value] = None
        frame.key = value


# JSON ---------------------------------------------------------------------------------------------

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}


def _parse_json(text: str) -> tuple[Json, dict[Path, tuple[int, int]]]:
    reader = _JsonReader(text)
    value = reader.value((), 0)
    if reader.skip() != len(text):
        raise reader.bad("not JSON: something stands after the end")
    return value, reader.places


class _JsonReader:
    """A strict JSON reader that remembers places; `json` itself keeps none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[Path, tuple[int, int]] = {}
        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def place(self) -> tuple[int, int]:
        line = bisect.bisect_left(self.breaks, self.at)
        start = self.breaks[line - 1] + 1 if line else 0
        return line + 1, self.at - start + 1

    def bad(self, message: str) -> _Bad:
        return _Bad(message, *self.place())

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

    def value(self, path: Path, depth: int) -> Json:
        self.skip()
        self.places[path] = self.place()
        if depth >= MAX_DEPTH and self.text.startswith(("{", "["), self.at):
            raise self.bad(f"nested deeper than {MAX_DEPTH}")
        if self.take("{"):
            return self._object(path, depth)
        if self.take("["):
            return self._array(path, depth)
        if self.text.startswith('"', self.at):
            return self._string()
        for word, known in _WORDS.items():
            if self.take(word):
                return known
        match = _NUMBER.match(self.text, self.at)
        if not match:
            raise self.bad("not JSON: a value should stand here")
        try:
            value = _number(match[0])
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

    def _object(self, path: Path, depth: int) -> Json:
        found: dict[str, Json] = {}
        if self.take("}"):
            return found
        while True:
            self.skip()
            if not self.text.startswith('"', self.at):
                raise self.bad("not JSON: a key in double quotes should stand here")
            before, place = self.at, self.place()
            key = self._string()
            self.places[(*path, key, KEY)] = place
            if key in found:
                self.at = before
                raise self.bad(f"`{key}` stands twice")
            if not self.take(":"):
                raise self.bad("not JSON: `:` should stand here")
            found[key] = self.value((*path, key), depth + 1)
            if self.take("}"):
                return found
            if not self.take(","):
                raise self.bad("not JSON: `,` or `}` should stand here")

    def _array(self, path: Path, depth: int) -> Json:
        found: list[Json] = []
        if self.take("]"):
            return found
        while True:
            found.append(self.value((*path, len(found)), depth + 1))
            if self.take("]"):
                return found
            if not self.take(","):
                raise self.bad("not JSON: `,` or `]` should stand here")


# TOML ---------------------------------------------------------------------------------------------

_TOML_AT = re.compile(r"\(at line (\d+), column (\d+)\)")
_HEADER = re.compile(r"\s*\[(\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_STRING = re.compile(r"""\"{3}|'{3}|"(?:[^"\\]|\\.)*"|'[^']*'|#""")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=""")


def _parse_toml(text: str) -> tuple[Json, dict[Path, tuple[int, int]]]:
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _TOML_AT.search(str(error))
        line, column = (int(match[1]), int(match[2])) if match else (text.count("\n") + 1, 1)
        raise _Bad(f"not TOML: {_TOML_AT.sub('', str(error)).strip()}", line, column) from None
    except ValueError:
        raise _Bad(f"a number of more than {MAX_NUMBER} characters", 1, 1) from None
    except RecursionError:
        raise _Bad(f"nested deeper than {MAX_DEPTH}", 1, 1) from None
    return value, _toml_places(text)


def _toml_places(text: str) -> dict[Path, tuple[int, int]]:
    """Locate headers and keys line by line; parts of an inline table share their line's place."""
    places: dict[Path, tuple[int, int]] = {(): (1, 1)}
    table: Path = ()
    counts: dict[Path, int] = {}
    mark = ""
    for number, line in enumerate(text.split("\n"), 1):
        inside, mark = mark, _left_open(line, mark)
        if inside:
            continue
        header = _HEADER.match(line)
        if header and "=" not in header[2]:
            table = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            if header[1]:
                index = counts.get(table, 0)
                counts[table] = index + 1
                table = (*table, index)
            places[table] = (number, line.index("[") + 1)
            continue
        key = _KEY.match(line)
        if key:
            parts = tuple(part.strip().strip("\"'") for part in key[1].split("."))
            place = (number, key.start(1) + 1)
            places.setdefault((*table, *parts), place)
            _inline_places(line, key.end(), (*table, *parts), number, places)
    return places


def _left_open(line: str, mark: str) -> str:
    """The mark of the multi-line string that is open at a line's end; empty when none is."""
    at = 0
    while True:
        if mark:
            end = line.find(mark, at)
            if end < 0:
                return mark
            at = end + len(mark)
        found = _STRING.search(line, at)
        if found is None or found[0] == "#":
            return ""
        at = found.end()
        mark = found[0] if found[0] in ('"""', "'''") else ""


def _inline_places(
    line: str, start: int, path: Path, number: int, places: dict[Path, tuple[int, int]]
) -> None:
    for match in re.finditer(r"[{,]\s*([A-Za-z0-9_-]+)\s*=", line[start:]):
        places.setdefault((*path, match[1]), (number, start + match.start(1) + 1))
