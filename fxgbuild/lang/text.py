"""Text files to plain values, with the line and column of every value kept.

YAML 1.2 (core schema), JSON and TOML become the same shape: a value and the place of each part of
it. Aliases, anchors, tags, duplicate keys, deep or huge files are problems, never exceptions.
"""

from collections.abc import Callable
from typing import TypeAlias

from fxgbuild.digest import Json
from fxgbuild.lang.document import Document
from fxgbuild.lang.json_text import read_json
from fxgbuild.lang.places import Places
from fxgbuild.lang.toml_text import read_toml
from fxgbuild.lang.unreadable import MAX_BYTES, Unreadable
from fxgbuild.lang.yaml_text import read_yaml
from fxgbuild.problem import Location, Problem

Reader: TypeAlias = Callable[[str], tuple[Json, Places]]


def parse(
    path: str, data: bytes, read: Reader | None = None
) -> tuple[Document | None, list[Problem]]:
    """Read a file, by its ending unless told; the problems say where it cannot be read."""
    try:
        if len(data) > MAX_BYTES:
            raise Unreadable(f"the file has {len(data)} bytes; at most {MAX_BYTES} are read", 1, 1)
        value, places = (read or _by_ending(path))(_decode(data))
    except Unreadable as bad:
        return None, [Problem(Location(path, bad.line, bad.column), "FXG1101", bad.message)]
    return Document(path, value, places), []


def _by_ending(path: str) -> Reader:
    if path.endswith(".toml"):
        return read_toml
    return read_json if path.endswith(".json") else read_yaml


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"not UTF-8: byte {data[error.start]:#04x}", line, 1) from None
