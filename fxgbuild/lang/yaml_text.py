"""YAML 1.2 (core schema) to a value with places: from parser events, without recursion."""

import re
from collections.abc import Callable
from typing import Any

import yaml

from fxgbuild.digest import Json
from fxgbuild.lang.places import NO_KEY, UNKNOWN, Place, Places
from fxgbuild.lang.unreadable import MAX_DEPTH, Unreadable, number

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_SPECIAL |= dict.fromkeys(("true", "True", "TRUE"), True)
_SPECIAL |= dict.fromkeys(("false", "False", "FALSE"), False)


def _plain_scalar(text: str) -> Json:
    """Resolve a plain scalar by YAML 1.2's core schema (so `no` and `on` are texts)."""
    if text in _SPECIAL:
        return _SPECIAL[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return number(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text):
        return number(text)
    if text.lower() in (".inf", "+.inf", "-.inf", ".nan"):
        raise ValueError(f"`{text}` is no finite number; leave a bound out, or write null")
    return text


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> tuple[Json, Places]:
    """The one document of a YAML file, and where its parts stand; raises Unreadable."""
    builder = _YamlBuilder()
    take = builder.takes()
    try:
        for event in iter(_LOADER(text).get_event, None):
            take[type(event)](event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Unreadable(f"not YAML: {error.problem or error.context}", line, column) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(f"not YAML: {error.reason}", line, 1) from None
    if not builder.documents:
        builder.places.add(NO_KEY, (1, 1))
    return builder.root, builder.places


class _YamlBuilder:
    """Builds the value from parser events with its own stack: depth never becomes recursion."""

    def __init__(self) -> None:
        self.root: Json = None
        self.places = Places()
        self.home: Json = None  # the innermost open collection
        self.row = 0
        self.key: str | None = None  # of a mapping whose value comes next
        self.key_place: Place = NO_KEY
        self.around: list[tuple[Json, int]] = []  # what encloses it, outermost first
        self.documents = 0

    def takes(self) -> dict[type[yaml.Event], Callable[[Any], None]]:
        """What each kind of event does."""
        return {
            yaml.StreamStartEvent: self._nothing,
            yaml.StreamEndEvent: self._nothing,
            yaml.DocumentStartEvent: self._document,
            yaml.DocumentEndEvent: self._nothing,
            yaml.AliasEvent: self._alias,
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open,
            yaml.SequenceStartEvent: self._open,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
        }

    def _nothing(self, event: yaml.Event) -> None:
        pass

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _bad_at(event, "one document a file")

    def _alias(self, event: yaml.AliasEvent) -> None:
        raise _bad_at(event, f"aliases are not used here: `*{event.anchor}`")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if event.anchor or event.tag:
            _refuse_extras(event)
        value = event.value
        if event.implicit[0]:
            try:
                value = _plain_scalar(value)
            except ValueError as error:
                raise _bad_at(event, str(error)) from None
        self._add(value, event)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        _refuse_extras(event)
        if len(self.around) >= MAX_DEPTH:
            raise _bad_at(event, f"nested deeper than {MAX_DEPTH}")
        value: Json = {} if type(event) is yaml.MappingStartEvent else []
        row = self._add(value, event)
        self.around.append((self.home, self.row))
        self.home, self.row = value, row

    def _close(self, event: yaml.Event) -> None:
        self.places.close(self.row)
        self.home, self.row = self.around.pop()

    def _add(self, value: Json, event: yaml.NodeEvent) -> int:
        """Put a value, or a key, where it belongs; returns its row."""
        home, mark = self.home, event.start_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if type(home) is list:
            home.append(value)
        elif home is None:
            self.root = value
        elif self.key is None:
            self._key(value, event)
            self.key, self.key_place = value, place
            return UNKNOWN
        else:
            home[self.key] = value
            row = self.places.add(self.key_place, place)
            self.key = None
            return row
        return self.places.add(NO_KEY, place)

    def _key(self, value: Json, event: yaml.NodeEvent) -> None:
        if not isinstance(value, str):
            raise _bad_at(event, f"keys are texts, found `{value}`")
        if value in self.home:
            raise _bad_at(event, f"`{value}` stands twice")


def _refuse_extras(event: yaml.NodeEvent) -> None:
    if event.anchor:
        raise _bad_at(event, f"anchors are not used here: `&{event.anchor}`")
    tag: str | None = event.tag  # type: ignore[attr-defined]
    if tag and tag != "!":
        raise _bad_at(event, f"tags are not used here: `{tag}`")


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _bad_at(event: yaml.Event, message: str) -> Unreadable:
    return Unreadable(message, *_place(event))
