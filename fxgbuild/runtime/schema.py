"""Names the kind of a port's canonical schema.

Knows the vocabulary and nothing of values.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

# Kinds whose bytes are not JSON when they stand alone.
BINARY = frozenset({"array", "table", "state", "bytes"})

_STRINGS = {"date": "date", "decimal": "decimal"}
_TYPES = {
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
    "array": "list",
    "object": "record",
}


def kind(schema: Schema) -> str:
    """Give the kind: array, table, state, enum, optional, list, record, text, bytes, and so on."""
    for name in ("array", "table", "state", "enum"):
        if name in schema:
            return name
    if "anyOf" in schema:
        return "optional"
    type_ = schema.get("type")
    if type_ == "string":
        if schema.get("contentEncoding") == "base64":
            return "bytes"
        return _STRINGS.get(str(schema.get("format", "")), "text")
    if isinstance(type_, str) and type_ in _TYPES:
        return _TYPES[type_]
    raise ValueError(f"not a port schema: {dict(schema)!r}")


def inner(schema: Schema) -> Schema:
    """Give the schema that an optional one allows beside null."""
    found = [option for option in schema["anyOf"] if option.get("type") != "null"]
    if len(found) != 1:
        raise ValueError("an optional schema has exactly one alternative to null")
    chosen: Schema = found[0]
    return chosen


def stripped(schema: Schema) -> Schema:
    """Give the schema under any optional ones."""
    while kind(schema) == "optional":
        schema = inner(schema)
    return schema


def is_optional(schema: Schema) -> bool:
    return kind(schema) == "optional"
