"""Documents checked against their models; every complaint becomes a located problem."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from fxgbuild.digest import Json
from fxgbuild.lang.channels import OrganisationDoc
from fxgbuild.lang.document import Document
from fxgbuild.lang.dtsl import RuleSetDoc
from fxgbuild.lang.fxg import GraphDoc
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.lang.text import parse as parse_text
from fxgbuild.problem import Problem, closest

MOST_ROUNDS = 100  # a round leaves out all that is wrong; what that uncovers lies further out

M = TypeVar("M", bound=BaseModel)
Parse: TypeAlias = Callable[[str, bytes], tuple[Document | None, list[Problem]]]

# What each kind of file is checked against, and the JSON Schema published for editors.
KINDS: dict[str, type[BaseModel]] = {
    "fxg": GraphDoc,
    "rules": RuleSetDoc,
    "fxgbuild": SettingsDoc,
    "policy": OrganisationDoc,
}


def read_document(
    path: str, data: bytes, model: type[M], parse: Parse = parse_text
) -> tuple[M | None, Document, list[Problem]]:
    """Parse and validate one file; never raises on bad input.

    What is wrong is left out, part by part, so that the rest can be checked in the same go.
    """
    document, problems = parse(path, data)
    if document is None:
        return None, Document(path, None), problems
    for _ in range(MOST_ROUNDS):
        try:
            return model.model_validate(document.value), document, problems
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False, include_input=False)
        problems = problems or list(_problems(document, model, details))
        parts = {_real_path(document, detail["loc"]) for detail in details}
        if () in parts:
            break
        document = document.without(parts)
    return None, document, problems


def _problems(
    document: Document, model: type[BaseModel], details: Iterable[Any]
) -> Iterator[Problem]:
    seen: set[tuple[object, str]] = set()
    for detail in details:
        path = _real_path(document, detail["loc"])
        message, near = _wording(model, detail["type"], detail["loc"], detail["msg"])
        of_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
        where = document.key_at(*path) if of_key else document.at(*path)
        if (where, message) not in seen:
            seen.add((where, message))
            yield Problem(where, "FXG1102", message, near=near)


def _real_path(document: Document, loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Drop from a pydantic location the parts that name union members, not places."""
    value: Json = document.value
    path: list[int | str] = []
    for part in loc:
        inside = isinstance(value, dict) and part in value
        if isinstance(value, list) and isinstance(part, int):
            inside = part < len(value)
        if inside:
            value = value[part]
            path.append(part)
    return tuple(path)


def _wording(
    model: type[BaseModel], kind: str, loc: tuple[int | str, ...], message: str
) -> tuple[str, str]:
    name = next((str(part) for part in reversed(loc) if isinstance(part, str)), "")
    if kind == "extra_forbidden":
        return f"unknown key `{name}`", closest(name, _keys(model, loc[:-1]))
    if kind == "missing":
        return f"`{name}` is missing", ""
    dotted = ".".join(str(part) for part in loc if part != "[key]")
    return f"`{dotted}`: {message[0].lower()}{message[1:]}", ""


def _keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand at a place, or every key of the document where that is not told."""
    whole = _schema(model)
    here = _alternatives(whole, [whole])
    for part in loc:
        inside = [found for schema in here for found in _inside(schema, part)]
        here = _alternatives(whole, inside) or here  # the name of a union's member is no step
    found = {key for schema in here for key in schema.get("properties", {})}
    everywhere = [whole, *whole.get("$defs", {}).values()]
    return sorted(found or {key for part in everywhere for key in part.get("properties", {})})


def _inside(schema: Json, part: int | str) -> list[Json]:
    """What a schema says of one member."""
    known = schema.get("properties", {})
    if part in known:
        return [known[part]]
    members = schema.get("items" if isinstance(part, int) else "additionalProperties")
    return [members] if isinstance(members, dict) else []


def _alternatives(whole: Json, schemas: list[Json]) -> list[Json]:
    """Schemas with their references and unions resolved."""
    found = []
    for schema in schemas:
        name = schema.get("$ref", "").rpartition("/")[2]
        parts = [whole["$defs"][name]] if name else schema.get("anyOf", schema.get("oneOf"))
        found += _alternatives(whole, parts) if parts else [schema]
    return found


@cache
def _schema(model: type[BaseModel]) -> Json:
    return model.model_json_schema(by_alias=True)
