"""Values of every kind as bytes and back: one canonical byte form each, never a pickle.

array: .npy · table: Arrow IPC stream · state: stored zip · text: UTF-8 · bytes: themselves ·
everything else: canonical JSON. An optional array, table or state is `null` or its own bytes.
"""

import hashlib
from typing import Any

from . import document
from .schema import Schema, inner, kind, stripped

_NULL = b"null"


def encode(value: Any, schema: Schema) -> bytes:
    """Give the canonical bytes; ValueError, in one sentence, for a value not of this schema.

    Only what bytes depend on is looked at (kind, dtype, fields); `check.check` does the rest.
    """
    return b"".join(_parts(value, schema))


def decode(data: bytes, schema: Schema) -> Any:
    """Read a value; ValueError, in one sentence, for anything that is not one of this schema."""
    name = kind(schema)
    if name == "optional" and _is_block(schema):
        return None if data == _NULL else decode(data, inner(schema))
    if name == "array":
        from . import npy  # noqa: PLC0415  (numpy only where there are arrays)

        return npy.decode(data, schema["array"]["dtype"])
    if name == "table":
        from . import table  # noqa: PLC0415  (pandas and pyarrow only where there are tables)

        return table.decode(data, schema)
    if name == "state":
        from . import state  # noqa: PLC0415

        return state.decode(data, schema)
    return _decode_plain(data, schema, name)


def digest(value: Any, schema: Schema) -> tuple[str, int]:
    """Give the SHA-256 and the length of the canonical bytes, without joining them."""
    total = 0
    sha256 = hashlib.sha256()
    for part in _parts(value, schema):
        sha256.update(part)
        total += len(part)
    return sha256.hexdigest(), total


def _parts(value: Any, schema: Schema) -> list[bytes | memoryview]:
    name = kind(schema)
    if name == "optional" and _is_block(schema):
        return [_NULL] if value is None else _parts(value, inner(schema))
    if name == "array":
        from . import npy  # noqa: PLC0415

        return npy.parts(value, schema["array"]["dtype"])
    if name == "table":
        from . import table  # noqa: PLC0415

        return [table.encode(value, schema)]
    if name == "state":
        from . import state  # noqa: PLC0415

        return [state.encode(value, schema)]
    return [_encode_plain(value, schema, name)]


def _is_block(schema: Schema) -> bool:
    """Whether the schema under the optional ones has bytes of its own that are never `null`."""
    return kind(stripped(schema)) in {"array", "table", "state"}


def _encode_plain(value: Any, schema: Schema, name: str) -> bytes:
    if name == "bytes":
        if not isinstance(value, bytes | bytearray | memoryview):
            raise ValueError(f"expected bytes, found {type(value).__name__}")
        return bytes(value)
    plain = document.to_json(value, schema, encode)
    return document.utf8(plain) if name == "text" else document.dumps(plain)


def _decode_plain(data: bytes, schema: Schema, name: str) -> Any:
    if name == "bytes":
        return bytes(data)
    if name == "text":
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise ValueError("expected text, found bytes that are not UTF-8") from None
    return document.from_json(document.loads(data), schema, decode)
