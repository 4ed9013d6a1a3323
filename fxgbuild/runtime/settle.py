"""Gives a value the one form in code that its port's schema says, whoever made it.

A node so meets in a run what it met in its tests: a table with a plain index, columns in schema
order and of the declared types; a record that is a dict; a float that is a float.
"""

from collections.abc import Mapping
from typing import Any

from . import document
from .fault import Misfit, at, shown
from .schema import Schema, inner, kind


def settle(value: Any, schema: Schema) -> Any:  # noqa: PLR0911 - one return a kind
    """Give an equal value in its one form; Misfit where it is not of this schema."""
    name = kind(schema)
    if name == "optional":
        return None if value is None else settle(value, inner(schema))
    if name in ("array", "bytes"):
        return value  # one form each; their bytes are checked where they are measured
    if name == "table":
        from . import table  # noqa: PLC0415  (pandas and pyarrow only where there are tables)

        return table.decode(table.encode(value, schema), schema)
    if name == "list":
        items = enumerate(document.items(value))
        return [at(f"item {n}", settle, item, schema["items"]) for n, item in items]
    if name == "record":
        fields, of = document.fields(value, schema), schema["properties"]
        return {key: at(f"field {key}", settle, fields[key], of[key]) for key in fields}
    if name == "state":
        return _state(value, schema["state"])
    plain = document.to_json(value, schema, _embedded)
    return document.from_json(plain, schema, _embedded)


def _state(value: Any, fields: Mapping[str, Schema]) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) != set(fields):
        found = sorted(map(str, value)) if isinstance(value, Mapping) else shown(value)
        raise Misfit(f"expected a state of {sorted(fields)}, found {found}")
    return {name: at(f"field {name}", settle, value[name], fields[name]) for name in fields}


def _embedded(value: Any, _schema: Schema) -> Any:
    return value  # no scalar embeds anything
