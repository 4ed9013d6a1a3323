"""The order of keys in a graph file: that in which the models name them, an edge's ends first."""

import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from fxgbuild.digest import Json


@dataclass(frozen=True, slots=True)
class Shape:
    """What a place in a document may hold: a model, or many of one below it."""

    model: type[BaseModel] | None = None
    each: "Shape | None" = None

    def keys(self) -> tuple[str, ...]:
        return tuple(_fields(self.model)) if self.model else ()

    def below(self, key: str) -> "Shape":
        """The shape of what stands under a key."""
        if self.model:
            return _shape(_fields(self.model).get(key, Any))
        return self.each or Shape()


def shape_of(model: type[BaseModel]) -> Shape:
    return Shape(model)


def sorted_keys(keys: list[str], shape: Shape) -> list[str]:
    """Give keys in the model's order; those it does not know stay last, as they came."""
    known = shape.keys()
    rank = {key: n for n, key in enumerate(known)}
    return sorted(keys, key=lambda key: rank.get(key, len(known)))


def in_order(value: Json, shape: Shape) -> Json:
    """Give a document whose mappings have their keys in order."""
    if isinstance(value, dict):
        keys = sorted_keys(list(value), shape) if shape.model else list(value)
        return {key: in_order(value[key], shape.below(key)) for key in keys}
    if isinstance(value, list):
        return [in_order(item, shape.each or Shape()) for item in value]
    return value


@cache
def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """A model's own fields, then those that it has from others, by the names in files."""
    own = [name for name in model.__annotations__ if name in model.model_fields]
    names = [*own, *(name for name in model.model_fields if name not in own)]
    fields = model.model_fields
    return {fields[name].alias or name: fields[name].annotation for name in names}


def _shape(annotation: Any) -> Shape:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _shape(arguments[0])
    if origin in (typing.Union, types.UnionType):
        found = [_shape(part) for part in arguments]
        return next((shape for shape in found if shape != Shape()), Shape())
    if origin is dict:
        return Shape(each=_shape(arguments[1]))
    if origin in (tuple, list):
        return Shape(each=_shape(arguments[0]))
    return Shape()
