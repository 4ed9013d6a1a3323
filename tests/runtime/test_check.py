"""Checks: one sentence per fault, every element looked at, names bound across ports."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from fxgbuild.runtime.check import check, check_ports


def array(*dims, dtype="float64", **more):
    return {"array": {"dtype": dtype, "dims": list(dims), **more}}


def test_a_right_array_has_no_fault_and_binds_its_names():
    dims = {}
    schema = array("windows", 2, "rate * 2", unit="uV", range=[0, None])
    assert check(np.ones((3, 2, 8)), schema, dims, {"rate": 4}) == []
    assert dims == {"windows": 3}


@pytest.mark.parametrize(
    ("value", "schema", "fault"),
    [
        (np.ones((3, 20)), array("n", "channels"), "axis 1 is 20, expected channels = 19"),
        (np.ones((3, 20)), array("n", 19), "axis 1 is 20, expected 19"),
        (np.ones(5), array("rate // 2"), "axis 0 is 5, expected rate // 2 = 4"),
        (np.ones(5), array("rate / 3"), "axis 0: `rate / 3` is 8/3, not a whole number"),
        (np.ones(5), array("rate"), "axis 0 is 5, expected rate = 8"),
        (np.ones(5), array("n", "m"), "expected 2 axes [n, m], found shape [5]"),
        (np.ones(5, "float32"), array("n"), "expected an array of float64, found one of float32"),
        ([1.0], array("n"), "expected an array of float64, found list"),
        (
            np.array([0, np.nan, np.nan]),
            array("n"),
            "element [1]: expected float64 without NaN, found nan (2 of 3 elements)",
        ),
        (
            np.array([[0, -1.5]]),
            array("n", "m", range=[0, None]),
            "element [0, 1]: expected float64 in [0, inf], found -1.5",
        ),
        (
            np.array([1, 300], "int16"),
            array("n", dtype="int16", range=[None, 255]),
            "element [1]: expected int16 in [-inf, 255], found 300",
        ),
        (
            np.array([np.inf]),
            array("n", range=[0, 1]),
            "element [0]: expected float64 in [0, 1], found inf",
        ),
    ],
)
def test_a_faulty_array_is_told_in_one_sentence(value, schema, fault):
    assert check(value, schema, {"channels": 19}, {"rate": 8}) == [fault]


def test_allowed_nan_and_elements_on_the_bounds_are_no_faults():
    schema = array("n", range=[0, 1], nan=True)
    assert check(np.array([0, np.nan, 1]), schema, {}, {}) == []


def test_one_bad_element_at_the_very_end_is_found():
    value = np.zeros(100_000)
    value[-1] = 2
    assert "element [99999]" in check(value, array("n", range=[0, 1]), {}, {})[0]


def test_a_name_is_bound_once_for_both_axes():
    assert check(np.ones((2, 3)), array("n", "n"), {}, {}) == ["axis 1 is 3, expected n = 2"]


def test_a_formula_of_unknown_names_is_left_unchecked():
    assert check(np.ones(3), array("n * 2"), {}, {}) == []


def test_ports_bind_their_names_before_any_formula_whatever_their_order():
    schemas = {"doubled": array("n * 2"), "plain": array("n"), "other": array("n")}
    values = {"doubled": np.ones(5), "plain": np.ones(2), "other": np.ones(3)}
    assert check_ports(values, schemas, {}, {}) == {
        "doubled": ["axis 0 is 5, expected n * 2 = 4"],
        "other": ["axis 0 is 3, expected n = 2"],
    }


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (1, {"type": "integer", "minimum": 1, "maximum": 1}),
        (1, {"type": "number"}),
        ("a", {"enum": ["a"]}),
        ("a", {"type": "string"}),
        (b"a", {"type": "string", "contentEncoding": "base64"}),
        (True, {"type": "boolean"}),
        (datetime.date(2026, 1, 1), {"type": "string", "format": "date"}),
        (decimal.Decimal(1), {"type": "string", "format": "decimal"}),
        (None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        ([1, 2], {"type": "array", "items": {"type": "integer"}}),
    ],
)
def test_a_right_value_has_no_fault(value, schema):
    assert check(value, schema, {}, {}) == []


@pytest.mark.parametrize(
    ("value", "schema", "fault"),
    [
        (0, {"type": "integer", "minimum": 1}, "expected int in [1, inf], found 0"),
        (2.5, {"type": "number", "maximum": 2}, "expected float in [-inf, 2], found 2.5"),
        (True, {"type": "integer"}, "expected int, found True"),
        (float("nan"), {"type": "number"}, "expected a finite float, found nan"),
        ("b", {"enum": ["a"]}, "expected one of a, found 'b'"),
        ("x", {"type": "string", "contentEncoding": "base64"}, "expected bytes, found 'x'"),
        (None, {"type": "integer"}, "expected int, found None"),
        (
            [1, "x"],
            {"type": "array", "items": {"type": "integer"}},
            "item 1: expected int, found 'x'",
        ),
        (1, {"type": "array", "items": {"type": "integer"}}, "expected a list, found 1"),
        (
            {"a": -1},
            {"type": "object", "properties": {"a": {"type": "integer", "minimum": 0}}},
            "field a: expected int in [0, inf], found -1",
        ),
        (
            {},
            {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
            "the record lacks the field 'a'",
        ),
        ({"b": 1}, {"type": "object", "properties": {}}, "the record has no field 'b'"),
        (
            {"m": np.array([np.nan])},
            {"state": {"m": array("n")}},
            "field m, element [0]: expected float64 without NaN, found nan",
        ),
        ({}, {"state": {"k": {"type": "integer"}}}, "the state lacks the field 'k'"),
    ],
)
def test_a_faulty_value_is_told_in_one_sentence(value, schema, fault):
    assert check(value, schema, {}, {}) == [fault]


TABLE = {
    "table": {
        "columns": {
            "age": {"type": "integer", "minimum": 0},
            "mass": {"anyOf": [{"type": "number", "maximum": 500}, {"type": "null"}]},
        }
    }
}


@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        ({"age": [1, 2], "mass": [np.nan, 2.0]}, None),
        (
            {"age": [1, -2], "mass": [1.0, 2.0]},
            "column age, row 1: expected int in [0, inf], found -2",
        ),
        (
            {"age": [1, 2], "mass": [1.0, 501.0]},
            "column mass, row 1: expected float in [-inf, 500], found 501.0",
        ),
        (
            {"age": [1, None], "mass": [1.0, 2.0]},
            "column age, row 1: expected int in [0, inf], found no value",
        ),
        ({"age": [1, 2]}, "the table lacks the column 'mass'; it has age"),
        ({"age": [1], "mass": [1.0], "x": [1]}, "the table has a column 'x' that is not declared"),
        (
            {"age": [1], "mass": ["a"]},
            "column mass, row 0: expected float in [-inf, 500], found 'a'",
        ),
    ],
)
def test_a_table_is_checked_cell_by_cell(frame, fault):
    assert check(pd.DataFrame(frame), TABLE, {}, {}) == ([fault] if fault else [])
