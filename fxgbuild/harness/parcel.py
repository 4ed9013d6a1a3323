"""Python values as a JSON tree with blobs and back, for the calls between judge and code process.

Self-describing, so that the judge sees what a function really returned: a list where an array is
due stays a list. Tables travel as their port's canonical bytes.
"""

import collections
import datetime
import decimal
import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from fxgbuild.runtime import codec
from fxgbuild.runtime.schema import Schema, kind, stripped

Json: TypeAlias = Any

_DEPTH = 60
_SIMPLE: dict[type, Callable[[Any], Json]] = {
    type(None): lambda value: {"is": value},
    bool: lambda value: {"is": value},
    str: lambda value: {"is": value},
    int: lambda value: {"int": hex(value)},
    float: lambda value: {"float": value.hex()},
    complex: lambda value: {"complex": [value.real.hex(), value.imag.hex()]},
    datetime.date: lambda value: {"date": value.isoformat()},
    decimal.Decimal: lambda value: {"decimal": str(value)},
}


class UnsendableError(Exception):
    """The value has no form here; says why in one sentence."""


class UnfitError(UnsendableError):
    """A table that is not of its port's schema: `error` says where."""

    def __init__(self, error: ValueError) -> None:
        super().__init__(f"a table that does not fit its port: {error}")
        self.error = str(error)


def pack(value: Any, blobs: list[bytes], schema: Schema | None = None, depth: int = 0) -> Json:
    """Give the tree of a value and append its bytes to `blobs`; UnsendableError if it has none."""
    if depth > _DEPTH:
        raise UnsendableError("a value nested too deeply")
    if type(value) in _SIMPLE:
        return _SIMPLE[type(value)](value)
    if isinstance(value, bytes | bytearray):
        return {"bytes": _blob(bytes(value), blobs)}
    return _pack_members(value, blobs, schema, depth + 1)


def _pack_members(value: Any, blobs: list[bytes], schema: Schema | None, depth: int) -> Json:
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        pairs = zip(value._fields, value, strict=True)
        items = [pack(item, blobs, _member(schema, name), depth) for name, item in pairs]
        return {"named": type(value).__name__, "fields": list(value._fields), "items": items}
    if isinstance(value, list | tuple):
        name = "list" if isinstance(value, list) else "tuple"
        return {name: [pack(item, blobs, _member(schema), depth) for item in value]}
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise UnsendableError("a mapping whose keys are not all text")
        members = value.items()
        packed = [(k, pack(item, blobs, _member(schema, k), depth)) for k, item in members]
        return {"map": [[str(key), item] for key, item in packed]}
    return _pack_bulk(value, blobs, schema)


def _member(schema: Schema | None, name: str = "") -> Schema | None:
    """The schema of a list's items, or of a field; None where the schema has no such part."""
    if schema is None:
        return None
    plain = stripped(schema)
    if not name:
        return plain.get("items")
    fields: Mapping[str, Schema] = plain.get("state") or plain.get("properties") or {}
    return fields.get(name)


def _pack_bulk(value: Any, blobs: list[bytes], schema: Schema | None) -> Json:
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
        from fxgbuild.runtime import npy  # noqa: PLC0415  (only where there are arrays)

        if value.dtype.hasobject or value.dtype.fields:
            raise UnsendableError(f"an array of {value.dtype}")
        name = "array" if isinstance(value, numpy.ndarray) else "scalar"
        data = b"".join(npy.parts(value, value.dtype))
        return {name: _blob(data, blobs), "dtype": value.dtype.newbyteorder("<").str}
    if schema is not None and kind(stripped(schema)) == "table":
        try:
            return {"table": _blob(codec.encode(value, stripped(schema)), blobs)}
        except ValueError as error:
            raise UnfitError(error) from None
    raise UnsendableError(f"a value of type {type(value).__qualname__}")


def _blob(data: bytes, blobs: list[bytes]) -> int:
    blobs.append(data)
    return len(blobs) - 1


class _Reader:
    def __init__(self, blobs: tuple[bytes, ...], freeze: bool) -> None:
        self.blobs = blobs
        self.freeze = freeze

    def array(self, tree: Mapping[str, Json], name: str) -> Any:
        from fxgbuild.runtime import npy  # noqa: PLC0415

        array = npy.decode(self.blobs[tree[name]], tree["dtype"])
        if self.freeze:
            array.flags.writeable = False
        return array if name == "array" else array[()]

    def named(self, tree: Mapping[str, Json], schema: Schema | None) -> Any:
        fields = tuple(tree["fields"])
        make = _tuple_type(str(tree["named"]), fields)
        pairs = zip(fields, tree["items"], strict=True)
        return make(*(self.read(item, _member(schema, name)) for name, item in pairs))

    def table(self, index: int, schema: Schema | None) -> Any:
        if schema is None or kind(stripped(schema)) != "table":
            raise ValueError("a table where the port has none")
        return codec.decode(self.blobs[index], stripped(schema))

    def read(  # noqa: PLR0911 - one return a form
        self, node: Mapping[str, Json], schema: Schema | None
    ) -> Any:
        if "array" in node or "scalar" in node:
            return self.array(node, "array" if "array" in node else "scalar")
        if "named" in node:
            return self.named(node, schema)
        ((name, content),) = node.items()
        if name in _PLAIN:
            return _PLAIN[name](content)
        if name == "bytes":
            return self.blobs[content]
        if name == "table":
            return self.table(content, schema)
        if name == "map":
            pairs = [(str(key), item) for key, item in content]
            return {key: self.read(item, _member(schema, key)) for key, item in pairs}
        items = [self.read(item, _member(schema)) for item in content]
        return {"list": items, "tuple": tuple(items)}[name]


@functools.cache
def _tuple_type(name: str, fields: tuple[str, ...]) -> Any:
    if len(fields) > 100:
        raise ValueError("too many fields")
    return collections.namedtuple(name if name.isidentifier() else "Result", fields)


def unpack(
    tree: Json, blobs: tuple[bytes, ...], *, schema: Schema | None = None, freeze: bool = False
) -> Any:
    """Give the value of a tree; ValueError for anything that `pack` would not have written."""
    try:
        return _Reader(blobs, freeze).read(tree, schema)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"not a value: {error}") from None
    except (RecursionError, ArithmeticError, MemoryError) as error:
        raise ValueError(f"not a value: {type(error).__name__}") from None


def _plain(value: Json) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    raise ValueError("a plain value of another type")


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "is": _plain,
    "int": lambda text: int(text, 16),
    "float": float.fromhex,
    "complex": lambda pair: complex(*(float.fromhex(part) for part in pair)),
    "date": datetime.date.fromisoformat,
    "decimal": decimal.Decimal,
}
