"""The kinds that a port's schema is made of."""

from collections.abc import Iterator

from fxgbuild.lang.kinds import Schema, required
from fxgbuild.runtime.schema import kind


def kinds_in(schema: Schema) -> Iterator[str]:
    """The kind of a schema and of every part of it, from the outside in."""
    name = kind(schema)
    yield name
    parts: list[Schema] = []
    if name == "optional":
        parts = [required(schema)]
    elif name == "list":
        parts = [schema["items"]]
    elif name == "record":
        parts = [*schema["properties"].values()]
    elif name == "table":
        parts = [*schema["table"]["columns"].values()]
    elif name == "state":
        parts = [*schema["state"].values()]
    for part in parts:
        yield from kinds_in(part)
