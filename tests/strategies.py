"""Hypothesis strategies for values, schemas and texts, and writers for the files they go into."""

import json
import unicodedata
from typing import Any

from hypothesis import strategies as st

# Every character a text may hold; lone surrogates are no text.
characters = st.characters(exclude_categories=["Cs"])
# Characters that every one of the three formats takes as they are.
printable = st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"], exclude_characters="﻿")
numbers = st.one_of(
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
)


def json_values(alphabet: Any = characters) -> st.SearchStrategy[Any]:
    texts = st.text(alphabet, max_size=12)
    scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)
        ),
        max_leaves=12,
    )


def yaml_text(value: Any, indent: int = 0) -> str:
    """Write a JSON value as block-style YAML 1.2: every text in double quotes."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        return "".join(
            f"\n{pad}{_quoted(name)}: {yaml_text(item, indent + 1)}" for name, item in value.items()
        )
    if isinstance(value, list) and value:
        return "".join(f"\n{pad}- {yaml_text(item, indent + 1)}" for item in value)
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if unicodedata.category(char) in ("Cc", "Cn", "Zl", "Zp", "Cf", "Co"):
        return f"\\U{ord(char):08x}"
    return char


# Canonical port schemas that shorthand can say

names = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: name not in ("in", "nan")
)
dims = st.one_of(
    st.integers(0, 4096), names, st.sampled_from(["n + 1", "floor(a * b) + 1", "n // 2"])
)
units = st.sampled_from(["uV", "1", "%", "uV^2/Hz", "m/s", "kg*m", "mmHg", "s-1"])
bounds = st.one_of(st.integers(-1000, 1000), st.floats(-1e6, 1e6))
tolerances = st.floats(1e-12, 10)
DTYPES = ("bool", "int8", "uint16", "int64", "float32", "float64", "complex64", "complex128")


def _whole(number: float) -> float | int:
    return int(number) if float(number).is_integer() else number


@st.composite
def _ranges(draw: st.DrawFn) -> list[float | int | None]:
    low, high = sorted([draw(bounds), draw(bounds)])
    chosen = draw(st.sampled_from([(low, high), (low, None), (None, high)]))
    return [None if bound is None else _whole(bound) for bound in chosen]


@st.composite
def arrays(draw: st.DrawFn) -> dict[str, Any]:
    array: dict[str, Any] = {
        "dtype": draw(st.sampled_from(DTYPES)),
        "dims": draw(st.lists(dims, max_size=4)),
    }
    if draw(st.booleans()):
        array["unit"] = draw(units)
    if draw(st.booleans()):
        array["range"] = draw(_ranges())
    if draw(st.booleans()):
        array["nan"] = True
    if draw(st.booleans()):
        array["tolerance"] = {"abs": _whole(draw(tolerances)), "rel": 0}
    return {"array": array}


@st.composite
def scalars(draw: st.DrawFn) -> dict[str, Any]:
    schema = dict(
        draw(
            st.sampled_from(
                [
                    {"type": "string", "contentEncoding": "base64"},
                    {"type": "string"},
                    {"type": "boolean"},
                    {"type": "string", "format": "date"},
                    {"type": "string", "format": "decimal"},
                    {"type": "integer"},
                    {"type": "number"},
                ]
            )
        )
    )
    if schema["type"] in ("integer", "number"):
        if draw(st.booleans()):
            schema["unit"] = draw(units)
        low, high = draw(st.one_of(st.just([None, None]), _ranges()))
        schema |= {"minimum": low} if low is not None else {}
        schema |= {"maximum": high} if high is not None else {}
        schema |= {"tolerance": _whole(draw(tolerances))} if draw(st.booleans()) else {}
    return schema


enums = st.lists(names, min_size=1, max_size=4, unique=True).map(lambda found: {"enum": found})
plain = st.one_of(scalars(), enums)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    table: dict[str, Any] = {"columns": draw(st.dictionaries(names, _cells, max_size=3))}
    if draw(st.booleans()):
        table["rest"] = draw(names)
    return {"table": table}


def record(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": sorted(name for name, field in fields.items() if "anyOf" not in field),
        "additionalProperties": False,
    }


def _optional(schema: dict[str, Any]) -> dict[str, Any]:
    return schema if "anyOf" in schema else {"anyOf": [schema, {"type": "null"}]}


# Bytes stand alone: no column and no part of a state holds them.
_words = plain.filter(lambda schema: "contentEncoding" not in schema)
_cells = st.one_of(_words, _words.map(_optional))
states = st.dictionaries(names, st.one_of(arrays(), _cells), max_size=3).map(
    lambda fields: {"state": fields}
)
schemas = st.recursive(
    st.one_of(arrays(), plain, tables(), states),
    lambda inner: st.one_of(
        inner.map(_optional),
        inner.map(lambda item: {"type": "array", "items": item}),
        st.dictionaries(names, inner, max_size=3).map(record),
    ),
    max_leaves=4,
)


def long_form(schema: dict[str, Any]) -> Any:  # noqa: PLR0911 - one return a kind
    """Write a canonical schema in the long form of rules.toml and fxg.yaml."""
    if "array" in schema:
        array = schema["array"]
        kept = {name: array[name] for name in ("unit", "nan", "tolerance") if name in array}
        bounds = {"range": array["range"]} if "range" in array else {}
        return {"array": array["dtype"], "dims": array["dims"]} | kept | bounds
    if "anyOf" in schema:
        return {"optional": long_form(schema["anyOf"][0])}
    if "enum" in schema:
        return {"enum": schema["enum"]}
    if "state" in schema:
        return {"state": {name: long_form(item) for name, item in schema["state"].items()}}
    if "table" in schema:
        table = schema["table"]
        rest = {"rest": table["rest"]} if "rest" in table else {}
        columns = {name: long_form(item) for name, item in table["columns"].items()}
        return {"table": columns} | rest
    if schema["type"] == "object":
        return {"record": {name: long_form(item) for name, item in schema["properties"].items()}}
    if schema["type"] == "array":
        return {"list": long_form(schema["items"])}
    return _long_scalar(schema)


_NAMES = {"boolean": "bool", "integer": "int", "number": "float"}


def _long_scalar(schema: dict[str, Any]) -> dict[str, Any]:
    name = _NAMES.get(schema["type"], schema.get("format", "text"))
    name = "bytes" if "contentEncoding" in schema else name
    kept = {key: schema[key] for key in ("unit", "tolerance") if key in schema}
    if {"minimum", "maximum"} & set(schema):
        kept["range"] = [schema.get("minimum"), schema.get("maximum")]
    return {"type": name} | kept
