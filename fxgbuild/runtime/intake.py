"""Reads a file as a port's value: canonical bytes, or what people have, by the file's suffix.

A table from .csv, .tsv or .parquet, an array of one or two axes from .csv or .tsv, a list from
.jsonl. Whatever is wrong is told as `file:line:column: what`.
"""

import shlex
from pathlib import PurePath
from typing import Any

from . import codec, document
from .fault import Misfit
from .schema import Schema, kind, stripped

_FOREIGN = {
    "table": (".csv", ".tsv", ".parquet"),
    "array": (".csv", ".tsv"),
    "list": (".jsonl",),
}
_TEXT = frozenset(
    {"text", "record", "list", "enum", "date", "decimal", "integer", "number", "boolean"}
)


def is_foreign(schema: Schema, name: str) -> bool:
    """Whether a file of this name holds something else than the port's canonical bytes."""
    return _suffix(name) in _FOREIGN.get(kind(stripped(schema)), ())


def read(data: bytes, schema: Schema, name: str = "") -> Any:
    """Give the value in a file; ValueError, in one line, that begins with the place."""
    suffix = _suffix(name)
    plain = stripped(schema)
    if is_foreign(schema, name):
        if suffix == ".parquet":
            return _parquet(data, plain, name)
        text = utf8(data, name)
        if suffix == ".jsonl":
            return [_line(n, line, plain["items"], name) for n, line in _lines(text)]
        from . import delimited  # noqa: PLC0415  (csv, and the library the kind needs)

        return delimited.read(text, plain, name, "\t" if suffix == ".tsv" else ",")
    if kind(plain) in _TEXT:
        utf8(data, name)
    try:
        return codec.decode(data, schema)
    except document.NotJson as error:
        raise Misfit(f"{_place(name, error.line, error.column)}{error.text}") from None
    except ValueError as error:
        known = ", ".join(_FOREIGN.get(kind(plain), ()))
        kinds = "its canonical bytes"
        more = f"; this port reads {known} or {kinds}" if _is_unread(error, known) else ""
        raise Misfit(f"{_place(name)}{error}{more}") from None


def utf8(data: bytes, name: str) -> str:
    """Decode a text file, or say where it stops being one and what would mend it."""
    try:
        return data.decode("utf-8-sig" if data[:3] == b"\xef\xbb\xbf" else "utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        file, byte = shlex.quote(name or "FILE"), data[error.start]
        raise Misfit(
            f"{_place(name, line, column)}the byte 0x{byte:02x} is not UTF-8; if this is"
            f" Latin-1, `iconv -f latin1 -t utf-8 {file} > NEW` converts it"
        ) from None


def _is_unread(error: ValueError, known: str) -> bool:
    return bool(known) and str(error).startswith(("not a table", "not an array"))


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()


def _place(name: str, *numbers: int) -> str:
    return ":".join([name, *map(str, numbers)]) + ": " if name else ""


def _lines(text: str) -> list[tuple[int, str]]:
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def _line(number: int, line: str, schema: Schema, name: str) -> Any:
    try:
        return document.from_json(document.loads(line.encode()), schema, codec.decode)
    except document.NotJson as error:
        raise Misfit(f"{_place(name, number, error.column)}{error.text}") from None
    except ValueError as error:
        raise Misfit(f"{_place(name, number)}{error}") from None


def _parquet(data: bytes, schema: Schema, name: str) -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415  (only for this suffix)
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise Misfit(f"{_place(name)}reading .parquet needs pyarrow") from None
    from . import table  # noqa: PLC0415

    try:
        found = parquet.read_table(pa.BufferReader(data), use_threads=False)
    except (pa.ArrowException, OSError) as error:
        text = (str(error).splitlines() or ["unreadable"])[0][:200]
        raise Misfit(f"{_place(name)}not a Parquet file: {text}") from None
    try:
        return table.from_arrow(table.plain_types(found), schema)
    except ValueError as error:
        raise Misfit(f"{_place(name)}{error}") from None
