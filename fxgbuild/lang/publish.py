"""JSON Schemas of the workspace's files, for editors: models in, texts out."""

import json
from collections.abc import Mapping

from pydantic import BaseModel

from fxgbuild.digest import Json
from fxgbuild.lang.documents import KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def published() -> dict[str, str]:
    """Every schema file by its name; docs/schemas holds exactly these."""
    return {_name(kind): schema_text(kind, model) for kind, model in KINDS.items()}


def _name(kind: str) -> str:
    return f"{kind}.schema.json"


def schema_text(kind: str, model: type[BaseModel]) -> str:
    """The schema of one kind of file; its `$id` is its own name, so a copy works anywhere."""
    schema = _closed(model.model_json_schema(by_alias=True))
    head: dict[str, Json] = {"$schema": DIALECT, "$id": _name(kind)}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


def _closed(value: Json) -> Json:
    """Drop titles, which only repeat names, and refuse keys that match no pattern, as load does."""
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept = {key: item for key, item in value.items() if key != "title" or not isinstance(item, str)}
    if "patternProperties" in kept:
        kept = {"additionalProperties": False} | kept
    return {key: _closed(item) for key, item in kept.items()}
