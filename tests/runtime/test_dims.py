"""Formulas of axes: exact, whitelisted, unknown while a name is."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.runtime.dims import evaluate, names


@pytest.mark.parametrize(
    ("formula", "values", "length"),
    [
        ("7", {}, 7),
        ("segment_s * rate_hz // 2 + 1", {"segment_s": 0.5, "rate_hz": 256}, 65),
        ("0.1 * 10", {}, 1),
        ("a * 30", {"a": 0.1}, 3),
        ("a / b * b", {"a": 10, "b": 3}, 10),
        ("floor(a / 2)", {"a": 5}, 2),
        ("-a + 10", {"a": 3}, 7),
        ("(a - 1) * (a + 1)", {"a": 3}, 8),
        ("-7 // 2 + 4", {}, 0),
        ("a", {"a": Fraction(4, 2)}, 2),
        (" a ", {"a": 2.0}, 2),
    ],
)
def test_a_formula_is_evaluated_exactly(formula, values, length):
    assert evaluate(formula, values) == length


@given(st.integers(0, 10**30), st.integers(1, 10**30))
def test_whole_numbers_of_any_size_stay_exact(a, b):
    assert evaluate("a // b * b + (a - a // b * b)", {"a": a, "b": b}) == a


def test_an_unknown_name_leaves_the_length_unknown():
    assert evaluate("a + b", {"a": 1}) is None
    assert evaluate("a", {"a": None}) is None


def test_the_names_of_a_formula_leave_out_floor():
    assert names("floor(a / b) + a * 2") == {"a", "b"}


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "a +",
        "a ** 2",
        "a % 2",
        "a if a else 1",
        "a.b",
        "a[0]",
        "f(a)",
        "floor(a, 1)",
        "floor(x=a)",
        "floor()",
        "'a'",
        "True",
        "1j",
        "a < b",
        "[a]",
        "lambda: a",
        "__import__('os')",
        "(a := 1)",
        "~a",
        "1" * 501,
        "(" * 400,
        "a; b",
        "a\x00",
    ],
)
def test_what_is_not_a_formula_is_refused(formula):
    with pytest.raises(ValueError, match=r"formula|uses more|not"):
        evaluate(formula, {"a": 1, "b": 2, "floor": 1})


@pytest.mark.parametrize(
    ("formula", "values", "what"),
    [
        ("a / 2", {"a": 5}, "5/2, not a whole number"),
        ("a - 2", {"a": 1}, "-1"),
        ("a // b", {"a": 1, "b": 0}, "divides by zero"),
        ("a / b", {"a": 1, "b": 0}, "divides by zero"),
        ("a", {"a": "x"}, "not a number"),
        ("a", {"a": True}, "not a number"),
        ("a", {"a": float("inf")}, "not a finite number"),
    ],
)
def test_a_length_that_is_none_is_refused(formula, values, what):
    with pytest.raises(ValueError, match=what):
        evaluate(formula, values)
