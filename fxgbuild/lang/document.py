"""A document: what a text file says, and where each part of it stands."""

import json
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.lang import places as tables
from fxgbuild.lang.places import Path, Places
from fxgbuild.problem import Location

FORMAT = b"fxg document 1\n"
_HEAD = struct.Struct("<II")  # checksum of what follows, bytes of the places


@dataclass(frozen=True, slots=True)
class Document:
    """A file's value, and where each part of it stands."""

    path: str
    value: Json
    places: Places = field(default_factory=Places)
    written: Json = None  # the whole value, where `value` is what could be used of it

    @property
    def whole(self) -> Json:
        """Everything the file says, what could not be used too."""
        return self.value if self.written is None else self.written

    def declares(self, *path: str | int) -> bool:
        """Does the file say anything at a path, be it right or wrong?"""
        value = self.whole
        for part in path:
            if not isinstance(value, dict) or part not in value:
                return False
            value = value[part]
        return True

    def without(self, parts: Iterable[Path]) -> "Document":
        """The document less some parts; what follows in a list moves up, places and all."""
        value, places = tables.without(self.value, self.places, set(parts))
        return Document(self.path, value, places, self.whole)

    def at(self, *path: str | int) -> Location:
        """Locate a path, or the nearest enclosing part that is written out."""
        place, _ = self.places.find(self.value, path)
        return Location(self.path, *place)

    def key_at(self, *path: str | int) -> Location:
        """Locate a mapping's key itself."""
        place, key = self.places.find(self.value, path)
        return Location(self.path, *(key or place))


def to_bytes(document: Document) -> bytes:
    """A parsed document in a form that is read faster than the file it was parsed from."""
    places = document.places.to_bytes()
    text = json.dumps([document.path, document.value, document.written], separators=(",", ":"))
    body = places + text.encode()
    return FORMAT + _HEAD.pack(zlib.crc32(body), len(places)) + body


def from_bytes(data: bytes, path: str | None = None) -> Document | None:
    """Read what `to_bytes` wrote; None for another version and for anything damaged.

    The same text may stand at several paths: `path` is the one it is to be read for.
    """
    start = len(FORMAT) + _HEAD.size
    if not data.startswith(FORMAT) or len(data) < start:
        return None
    checksum, size = _HEAD.unpack_from(data, len(FORMAT))
    body = data[start:]
    if zlib.crc32(body) != checksum:
        return None
    try:
        places = tables.from_bytes(body[:size])
        read = json.loads(body[size:])
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, list) or len(read) != 3 or not isinstance(read[0], str):
        return None
    return Document(path if path is not None else read[0], read[1], places, read[2])
