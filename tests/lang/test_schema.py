"""Port schemas: shorthand and long form to one canonical form, and back to shorthand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.digest import canonical_json
from fxgbuild.lang.schema import BadSchema, parse_schema, show
from tests.strategies import json_values, long_form, schemas

TYPES = {"Windows": {"array": {"dtype": "float64", "dims": ["windows"], "unit": "uV"}}}


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (
            "float64[windows, channels, 256] uV",
            {"array": {"dtype": "float64", "dims": ["windows", "channels", 256], "unit": "uV"}},
        ),
        (
            "float64[n, floor(max_hz * segment_s) + 1] uV^2/Hz nan in [0, inf] ~1e-9",
            {
                "array": {
                    "dtype": "float64",
                    "dims": ["n", "floor(max_hz * segment_s) + 1"],
                    "unit": "uV^2/Hz",
                    "range": [0, None],
                    "nan": True,
                    "tolerance": {"abs": 1e-9, "rel": 0},
                }
            },
        ),
        ("bool[ n ]", {"array": {"dtype": "bool", "dims": ["n"]}}),
        ("int64[]", {"array": {"dtype": "int64", "dims": []}}),
        ("float64[n] 1", {"array": {"dtype": "float64", "dims": ["n"], "unit": "1"}}),
        ("float64[n] in [-inf, inf]", {"array": {"dtype": "float64", "dims": ["n"]}}),
        ("bool", {"type": "boolean"}),
        ("text", {"type": "string"}),
        ("bytes", {"type": "string", "contentEncoding": "base64"}),
        ("date", {"type": "string", "format": "date"}),
        ("decimal", {"type": "string", "format": "decimal"}),
        ("float s in [0, 1]", {"type": "number", "unit": "s", "minimum": 0, "maximum": 1}),
        ("int in [1, inf]", {"type": "integer", "minimum": 1}),
        ("float ~0.5", {"type": "number", "tolerance": 0.5}),
        ("text?", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ("text??", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ("enum<a|b>", {"enum": ["a", "b"]}),
        ("list<int>", {"type": "array", "items": {"type": "integer"}}),
        ("Windows", TYPES["Windows"]),
        (
            "record<b: text?, a: int>",
            {
                "type": "object",
                "properties": {
                    "b": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "a": {"type": "integer"},
                },
                "required": ["a"],
                "additionalProperties": False,
            },
        ),
        (
            "table<age: int, ...features>",
            {"table": {"columns": {"age": {"type": "integer"}}, "rest": "features"}},
        ),
        (
            "state<mean: float64[n], k: int>",
            {
                "state": {
                    "mean": {"array": {"dtype": "float64", "dims": ["n"]}},
                    "k": {"type": "integer"},
                }
            },
        ),
    ],
)
def test_shorthand_has_one_canonical_form(text: str, canonical: dict[str, Any]) -> None:
    assert parse_schema(text, TYPES) == canonical


@given(schemas)
def test_showing_a_schema_and_reading_it_gives_the_schema(schema: dict[str, Any]) -> None:
    assert parse_schema(show(schema), {}) == schema


@given(schemas)
def test_the_long_form_gives_the_same_canonical_form_as_shorthand(schema: dict[str, Any]) -> None:
    assert parse_schema(long_form(schema), {}) == parse_schema(show(schema), {}) == schema


BAD = [
    "",
    "floatt",
    "float64",
    "float64[",
    "float64[n",
    "float64[n]]",
    "float64[n] uV mV",
    "float64[n] in [1]",
    "float64[n] in [1, 2",
    "float64[n] in [a, b]",
    "float64[n] in [2, 1]",
    "float64[n] ~",
    "float64[n] ~inf",
    "float64[n] ~-1",
    "float64[a;b]",
    "float64[,]",
    "float64[²]",
    "float64[-3]",
    "float64[" + "9" * 5000 + "]",
    "float16[n]",
    "int nan",
    "bool in [0, 1]",
    "text uV",
    "date in [0, 1]",
    "list",
    "list<>",
    "list<int",
    "list<int>>",
    "enum<>",
    "enum<a|>",
    "enum<a|a>",
    "record<a>",
    "record<a: int, a: int>",
    "record<: int>",
    "record<...rest>",
    "state<a: text[n]>",
    "state<a: list<int>>",
    "state<a: state<b: int>>",
    "state<a.b: int>",
    "table<a: float64[n]>",
    "table<a: list<int>>",
    "table<...>",
    "table<...a, b: int>",
    "Windows nan",
    "windows",
    "?",
    "int ?x",
    "<" * 5000,
    "list<" * 5000,
    "é",
    None,
    5,
    ["int"],
    True,
    {},
    {"array": "float64"},
    {"array": "float16", "dims": []},
    {"array": ["float64"], "dims": []},
    {"array": "float64", "dims": "n"},
    {"array": "float64", "dims": [-1]},
    {"array": "float64", "dims": [1.5]},
    {"array": "float64", "dims": [True]},
    {"array": "float64", "dims": [None]},
    {"array": "float64", "dims": [], "unit": 5},
    {"array": "float64", "dims": [], "nan": "no"},
    {"array": "float64", "dims": [], "range": [1]},
    {"array": "float64", "dims": [], "range": 5},
    {"array": "float64", "dims": [], "range": ["a", 1]},
    {"array": "float64", "dims": [], "range": [[1], 1]},
    {"array": "float64", "dims": [], "range": [2, 1]},
    {"array": "float64", "dims": [], "range": [float("nan"), 1]},
    {"array": "float64", "dims": [], "tolerance": "x"},
    {"array": "float64", "dims": [], "tolerance": float("inf")},
    {"array": "float64", "dims": [], "tolerance": {"abs": "x"}},
    {"array": "float64", "dims": [], "tolerance": {"absolute": 1}},
    {"array": "float64", "dims": [], "colour": 1},
    {"array": "float64", "dims": [], "list": "int"},
    {"type": "float", "range": ["a", 1]},
    {"type": "float", "tolerance": "x"},
    {"type": "float", "unit": 5},
    {"type": "text", "range": [0, 1]},
    {"type": "text", "unit": "s"},
    {"type": 5},
    {"type": "float", "colour": 1},
    {"enum": []},
    {"enum": "a"},
    {"enum": [1]},
    {"enum": ["a", "a"]},
    {"enum": ["a"], "colour": 1},
    {"list": None},
    {"list": "int", "colour": 1},
    {"optional": "int", "colour": 1},
    {"record": ["a"]},
    {"record": {"a": 5}},
    {"record": {"a": "int"}, "rest": "b"},
    {"state": {"../a": "int"}},
    {"state": {"a": "int"}, "rest": "b"},
    {"table": {"a": "float64[n]"}},
    {"table": {"a": "int"}, "rest": 5},
    {"list": {"list": {"list": {"list": {"list": {"list": {"list": {"list": {"list": {
        "list": {"list": {"list": {"list": {"list": "int"}}}}}}}}}}}}}},
]  # fmt: skip


@pytest.mark.parametrize("value", BAD, ids=lambda value: repr(value)[:40])
def test_every_bad_type_is_a_bad_schema_with_a_reason(value: object) -> None:
    with pytest.raises(BadSchema) as caught:
        parse_schema(value, TYPES)
    assert len(str(caught.value)) > 10
    assert len(str(caught.value)) < 500


KEYS = ["array", "dims", "unit", "range", "nan", "tolerance", "table", "rest", "record", "state"]
KEYS += ["list", "enum", "optional", "type"]
WORDS = ["float64", "int", "[", "]", "<", ">", "n", ",", "in", "nan", "~", "1", "inf", "uV", "?"]
WORDS += ["record", "list", "table", "state", "enum", ":", "|", "...", "-", " ", "Windows", "²"]


@given(
    st.one_of(
        st.text(max_size=20),
        st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
        st.dictionaries(
            st.sampled_from(KEYS), st.one_of(json_values(), st.sampled_from(WORDS)), max_size=3
        ),
    )
)
def test_whatever_is_read_can_be_in_a_key_and_all_else_is_a_bad_schema(value: Any) -> None:
    try:
        schema = parse_schema(value, TYPES)
    except BadSchema:
        return
    canonical_json(schema)
    assert show(schema)
