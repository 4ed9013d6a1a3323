"""Assignability of ports, the factor of an edge, and what a consumer sees of its producer."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.lang.assign import mismatches, project, scale
from fxgbuild.lang.schema import parse_schema
from tests.strategies import arrays, schemas


def schema(text: str) -> dict[str, Any]:
    return parse_schema(text, {})


FITS = [
    ("float64[n, 3]", "float64[m, k]"),
    ("float64[n] uV", "float64[n]"),
    ("float64[n] mV", "float64[n] uV"),
    ("float64[n] m in [0, 1]", "float64[n] cm in [0, 100]"),
    ("float64[n] V in [0, 0.07]", "float64[n] mV in [0, 70]"),
    ("float64[n] %", "float64[n] 1"),
    ("float64[n] in [0, 1]", "float64[n] in [-1, inf]"),
    ("float64[n] in [0, 1]", "float64[n]"),
    ("float64[n]", "float64[n] nan"),
    ("float64[n]", "float64[n]?"),
    ("float64[n]?", "float64[n]?"),
    ("float64[n] m?", "float64[n] mm?"),
    ("int in [0, 5]", "float in [0, 10]"),
    ("int m", "float mm"),
    ("float m", "float mm?"),
    ("enum<a|b>", "enum<b|a|c>"),
    ("enum<a|b>", "text"),
    ("list<int>", "list<float>"),
    ("record<a: int>", "record<a: int, b: text?>"),
    ("record<a: int>", "record<a: float>"),
    ("table<a: int, b: text>", "table<a: int, ...rest>"),
    ("table<a: int, ...x>", "table<a: float, ...y>"),
    ("state<mean: float64[n]>", "state<mean: float64[k]>"),
    ("date", "date"),
    ("bytes", "bytes"),
]


@pytest.mark.parametrize(("source", "target"), FITS)
def test_what_fits_has_no_mismatch(source: str, target: str) -> None:
    assert mismatches(schema(source), schema(target)) == []


MISMATCHES = [
    ("float32[n]", "float64[n]", "dtype is float32, not float64"),
    ("int64[n]", "float64[n]", "dtype is int64, not float64"),
    ("float64[n]", "float64[n, k]", "rank is 1, not 2"),
    ("float64[]", "float64[k]", "rank is 0, not 1"),
    ("float64[n]", "float64[n] uV", "declares no unit, `uV` is wanted"),
    ("float64[n] s", "float64[n] uV", "unit: `s` does not convert to `uV`"),
    ("float64[n] nonsense", "float64[n] uV", "unit: unknown unit"),
    ("float64[n] degC", "float64[n] K", "unit: `degC` and `K` differ by an offset"),
    ("float64[n] K", "float64[n] degC", "unit: `K` and `degC` differ by an offset"),
    ("int64[n] m", "int64[n] mm", "unit `m` would need scaling to `mm`; only floats"),
    ("int m", "int mm", "unit `m` would need scaling to `mm`; only floats"),
    ("float64[n] in [0, 2]", "float64[n] in [0, 1]", "range [0, 2] is not inside [0, 1]"),
    ("float64[n]", "float64[n] in [0, inf]", "range [-inf, inf] is not inside [0, inf]"),
    ("float64[n] m in [0, 1]", "float64[n] cm in [0, 50]", "range [0, 1] is not inside"),
    ("float64[n] nan", "float64[n]", "may hold NaN, which is not allowed there"),
    ("float64[n]?", "float64[n]", "may be absent, but `float64[n]` is required"),
    ("float in [0, 2]", "float in [0, 1]", "range [0, 2] is not inside [0, 1]"),
    ("float s", "float m", "unit: `s` does not convert to `m`"),
    ("float", "int", "is `float`, not `int`"),
    ("enum<a|z>", "enum<a|b>", "may be `z`, which is not in `enum<a|b>`"),
    ("text", "enum<a>", "is `text`, not `enum`"),
    ("text", "bytes", "is `text`, not `bytes`"),
    ("date", "text", "is `date`, not `text`"),
    ("decimal", "float", "is `decimal`, not `float`"),
    ("float", "float64[n]", "is `float`, not `float64`"),
    ("float64[n]", "float", "is `float64`, not `float`"),
    ("float64[n]", "table<a: int>", "is `float64`, not `table`"),
    ("table<a: int>", "state<a: int>", "is `table`, not `state`"),
    ("state<a: int>", "record<a: int>", "is `state`, not `record`"),
    ("list<text>", "list<int>", "items: is `text`, not `int`"),
    ("list<float m>", "list<float mm>", "items: unit `m` is not `mm`"),
    ("record<a: float m>", "record<a: float mm>", "field `a`: unit `m` is not `mm`"),
    ("state<a: float64[n] m>", "state<a: float64[n] mm>", "field `a`: unit `m` is not `mm`"),
    ("table<a: float m>", "table<a: float mm>", "column `a`: unit `m` is not `mm`"),
    ("record<a: int>", "record<a: int, b: int>", "field `b` is missing"),
    ("record<a: int, b: int>", "record<a: int>", "field `b` is not declared there"),
    ("record<a: text>", "record<a: int>", "field `a`: is `text`, not `int`"),
    ("record<a: int?>", "record<a: int>", "field `a`: may be absent"),
    ("table<a: int>", "table<a: int, b: int>", "column `b` is missing"),
    ("table<a: int, b: int>", "table<a: int>", "column `b` is not declared there"),
    ("table<a: int, ...x>", "table<a: int>", "further columns `...x` are not declared there"),
    ("table<a: text>", "table<a: int>", "column `a`: is `text`, not `int`"),
    ("state<a: float64[n]>", "state<a: float64[n, k]>", "field `a`: rank is 1, not 2"),
    ("list<record<a: list<text>>>", "list<record<a: list<int>>>", "items: field `a`: items: is"),
]


@pytest.mark.parametrize(("source", "target", "said"), MISMATCHES)
def test_what_does_not_fit_says_why(source: str, target: str, said: str) -> None:
    found = mismatches(schema(source), schema(target))
    assert len(found) == 1, found
    assert found[0].startswith(said)


def test_every_fault_of_an_edge_is_said_at_once() -> None:
    found = mismatches(schema("float32[n] s nan"), schema("float64[n, k] uV in [0, 1]"))
    assert len(found) == 5


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("float64[n] mV", "float64[n] uV", 1000.0),
        ("float64[n] uV", "float64[n]", 1.0),
        ("float64[n]", "float64[n]", 1.0),
        ("float m", "float mm", 1000.0),
        ("float m", "float mm?", 1000.0),
        ("float64[n] m?", "float64[n] mm?", 1000.0),
        ("float64[n] %", "float64[n] 1", 0.01),
        ("text", "text", 1.0),
        ("float64[n] mV", "float64[n] mV", 1.0),
    ],
)
def test_an_edge_converts_to_the_units_of_its_consumer(
    source: str, target: str, factor: float
) -> None:
    assert scale(schema(source), schema(target)) == pytest.approx(factor, rel=1e-15)


@given(schemas)
def test_a_value_fits_its_own_schema_without_conversion(found: dict[str, Any]) -> None:
    assert mismatches(found, found) == []
    assert scale(found, found) == 1.0


@given(schemas, schemas)
def test_any_two_schemas_are_compared_without_an_accident(
    source: dict[str, Any], target: dict[str, Any]
) -> None:
    if not mismatches(source, target):
        scale(source, target)
        project(source, target)


# What a consumer sees of its producer -------------------------------------------------------------

UNSEEN = ["tolerance", "range", "nan", "unit"]


@given(arrays(), st.data())
def test_what_an_array_consumer_does_not_declare_never_shows(
    target: dict[str, Any], data: st.DataObject
) -> None:
    """Change whatever the target leaves open of the source: its projection stays as it was."""
    source = copy.deepcopy(target)
    moved = copy.deepcopy(target)
    other = data.draw(arrays())["array"]
    declared = {name for name in ("unit", "range", "nan") if target["array"].get(name)}
    for name in set(UNSEEN) - declared:
        moved["array"].pop(name, None)
        if name in other:
            moved["array"][name] = other[name]
    moved["array"]["dims"] = [
        dim if isinstance(dim, int) else data.draw(st.sampled_from(["p", "q * 2", 7]))
        for dim in moved["array"]["dims"]
    ]
    assert project(moved, target) == project(source, target)


@pytest.mark.parametrize(
    ("before", "after", "target"),
    [
        ("float64[n]", "float64[windows]", "float64[k]"),
        ("float64[n]", "float64[7]", "float64[k]"),
        ("float64[n]", "float64[other]", "float64[19]"),
        ("float64[n] uV", "float64[n] mV", "float64[n]"),
        ("float64[n] in [0, 1]", "float64[n] in [0, 2]", "float64[n] uV"),
        ("float64[n] ~1e-9", "float64[n] ~1e-3", "float64[n] ~1e-6"),
        ("float s", "float ms", "float"),
        ("float in [0, 1]", "float in [0, 2]", "float"),
        ("enum<a|b>", "enum<a|b|c>", "text"),
        ("list<float s>", "list<float ms>", "list<float>"),
        ("list<float64[n] s>", "list<float64[k] ms>", "list<float64[m]>"),
        ("table<a: int, b: int>", "table<a: int, c: text>", "table<a: int, ...rest>"),
        ("table<a: int, ...x>", "table<a: int, ...y>", "table<a: int, ...rest>"),
        ("record<a: float s>", "record<a: float ms>", "record<a: float, b: int?>"),
        ("state<a: float64[n] s>", "state<a: float64[k] m>", "state<a: float64[j]>"),
        ("text", "text", "text?"),
        ("float s", "float ms", "float?"),
        ("float s?", "float ms?", "float?"),
    ],
)
def test_a_change_that_the_consumer_does_not_declare_does_not_show(
    before: str, after: str, target: str
) -> None:
    assert project(schema(before), schema(target)) == project(schema(after), schema(target))


@pytest.mark.parametrize(
    ("before", "after", "target"),
    [
        ("float64[n] uV", "float64[n] mV", "float64[n] uV"),
        ("float64[n] in [0, 1]", "float64[n] in [0, 2]", "float64[n] in [0, 3]"),
        ("float64[n]", "float64[n] nan", "float64[n] nan"),
        ("float s", "float ms", "float s"),
        ("int", "float", "float"),
        ("table<a: int>", "table<a: int, b: int>", "table<a: int, b: int?, ...rest>"),
        ("record<a: float s>", "record<a: float ms>", "record<a: float s>"),
        ("enum<a>", "enum<a|b>", "enum<a|b|c>"),
    ],
)
def test_a_change_that_the_consumer_declares_shows(before: str, after: str, target: str) -> None:
    assert project(schema(before), schema(target)) != project(schema(after), schema(target))
