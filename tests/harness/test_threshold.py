"""A threshold: what each metric counts, against scikit-learn, and that only the judge counts."""

import warnings
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from fxgbuild.generate.complaint import from_tests
from fxgbuild.harness.threshold import NO_ANSWER, Threshold, equal, macro_f1, needed
from fxgbuild.sandbox.outcome import results
from fxgbuild.sandbox.sandbox import Sandbox
from tests.harness.jobs import Target, judge

TEXT = {"type": "string"}
INTEGER = {"type": "integer"}
LABEL = {"enum": ["red", "green", "blue", "abstain"]}
WORDS = st.sampled_from(["red", "green", "blue", "abstain", None])


def _oracle(expected: list[Any], found: list[Any]) -> float:
    labels = {str(label) for label in [*expected, *found] if label is not NO_ANSWER}
    names = ["no answer" if label is NO_ANSWER else str(label) for label in found]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(
            f1_score(
                [str(label) for label in expected],
                names,
                labels=sorted(labels),
                average="macro",
                zero_division=0,
            )
        )


@settings(max_examples=60)
@given(st.lists(st.tuples(WORDS, WORDS | st.just(NO_ANSWER)), min_size=1, max_size=30))
def test_f1_is_scikit_learns_macro_f1_and_a_failed_call_misses_its_label(
    pairs: list[tuple[Any, Any]],
) -> None:
    expected, found = [left for left, _ in pairs], [right for _, right in pairs]
    assert float(macro_f1(expected, found)) == pytest.approx(_oracle(expected, found), abs=1e-12)


def test_f1_of_a_record_is_the_mean_over_its_fields() -> None:
    record = {"type": "object", "properties": {"a": LABEL, "b": {"type": "boolean"}}}
    both = Threshold("f1", Fraction(1), {"answer": record})
    rows = [("red", True, "red", False), ("blue", True, "red", True), ("blue", False, "blue", True)]
    for a, b, found_a, found_b in rows:
        found = {"answer": {"a": found_a, "b": found_b}}
        both.add({"answer": {"a": a, "b": b}}, found, a == found_a and b == found_b)
    both.add({"answer": {"a": "green", "b": True}}, None, False)
    expected = [["red", "blue", "blue", "green"], [True, True, False, True]]
    found_all = [["red", "red", "blue", NO_ANSWER], [False, True, True, NO_ANSWER]]
    means = [_oracle(left, right) for left, right in zip(expected, found_all, strict=True)]
    assert float(both.figure()) == pytest.approx(sum(means) / 2, abs=1e-12)


def test_exact_compares_numbers_by_value_and_without_tolerance() -> None:
    number = {"type": "number"}
    assert equal(3, 3.0, number)
    assert equal(0.0, -0.0, number)
    assert not equal(0.1 + 0.2, 0.3, number)


def test_a_field_that_is_left_out_is_null() -> None:
    optional = {"anyOf": [TEXT, {"type": "null"}]}
    record = {"type": "object", "properties": {"a": TEXT, "b": optional}, "required": ["a"]}
    assert equal({"a": "x", "b": None}, {"a": "x"}, record)
    assert equal([{"a": "x"}], [{"a": "x", "b": None}], {"type": "array", "items": record})
    assert not equal({"a": "x"}, {"a": "x", "b": "y"}, record)


@pytest.mark.parametrize(
    ("share", "count", "least"), [("0.9", 60, 54), ("0.97", 100, 97), ("1", 7, 7), ("0.1", 3, 1)]
)
def test_a_share_of_cases_is_reached_by_the_least_number_that_reaches_it(
    share: str, count: int, least: int
) -> None:
    assert needed(Fraction(share), count) == least


PARITY = """
import os
def f(x):
    if x == 3:
        raise ValueError("no")
    if x == 4:
        os._exit(0)
    if x == 5:
        return None
    if x == 6:
        os.close(3)
    return "odd" if x % 2 else "even"
"""


def _cases(numbers: list[int], **other: Any) -> list[Any]:
    return [
        {"inputs": {"x": x}, "outputs": {"y": "odd" if x % 2 else "even"}, **other} for x in numbers
    ]


def _target(at_least: float, metric: str = "exact", **changes: Any) -> Target:
    parts: dict[str, Any] = {
        "code": PARITY,
        "tests": None,
        "inputs": {"x": INTEGER},
        "outputs": {"y": TEXT},
        "imports": ("os",),
        "cases": _cases([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        "threshold": {"metric": metric, "at_least": at_least},
    }
    return Target("t", **(parts | changes))


def test_a_call_that_raises_breaks_its_schema_or_ends_the_process_is_one_missed_case(
    sandbox: Sandbox,
) -> None:
    frame = judge(sandbox, _target(0.6))["t"]
    missed = [test["name"] for test in frame["tests"] if test["outcome"] == "missed"]
    assert missed == ["case[2]", "case[3]", "case[4]", "case[5]"]
    assert frame["figure"] == {
        "metric": "exact", "value": 0.6, "at_least": 0.6, "held": 6, "of": 10,
    }  # fmt: skip
    assert frame["ok"], frame
    assert frame["ended"] == "ok"


def test_a_model_hears_a_count_and_people_hear_all(sandbox: Sandbox) -> None:
    frame = judge(sandbox, _target(0.61))["t"]
    assert not frame["ok"]
    told = from_tests(frame["tests"], frame["ended"])
    assert told == ("4 of 10 hidden cases failed; 7 are needed",)
    third = next(test for test in frame["tests"] if test["name"] == "case[2]")
    assert "ValueError: no" in third["message"]
    assert "inputs {'x': 3}" in third["message"]


def test_first_cases_that_fail_do_not_keep_the_code_from_being_called_twice(
    sandbox: Sandbox,
) -> None:
    frame = judge(sandbox, _target(0.25, cases=_cases([4, 3, 5, 1])))["t"]
    assert frame["ok"], frame


def test_f1_and_within_are_judged_where_the_code_cannot_reach(sandbox: Sandbox) -> None:
    assert judge(sandbox, _target(0.5, "f1"))["t"]["figure"]["held"] == 6
    near = _target(
        1.0,
        "within",
        code="def f(x):\n    return x + 0.05\n",
        outputs={"y": {"type": "number"}},
        cases=[{"inputs": {"x": 1}, "outputs": {"y": 1.0}, "within": 0.1}],
    )
    assert judge(sandbox, near)["t"]["ok"]


def test_a_case_that_cannot_be_read_is_an_error_and_no_miss(sandbox: Sandbox) -> None:
    cases = [*_cases([1, 2, 7]), {"inputs": {"z": 1}, "outputs": {"y": "odd"}}]
    frame = judge(sandbox, _target(0.1, cases=cases))["t"]
    assert not frame["ok"]


def test_a_missed_case_without_a_figure_that_agrees_is_no_pass() -> None:
    case = {"name": "c", "kind": "case", "outcome": "missed"}
    figure = {"name": "f", "kind": "figure", "outcome": "passed"}
    frame = {
        "frame": "result", "id": "t", "ok": True, "expected": 2, "collected": 2,
        "tests": [case, figure], "ended": "ok",
    }  # fmt: skip
    honest = {"metric": "exact", "value": 0.0, "at_least": 0, "held": 0, "of": 1}
    assert results([frame | {"figure": honest}], ["t"], "")[0]["ok"]
    for told in (None, honest | {"held": 1}, honest | {"of": 2}):
        assert not results([frame | {"figure": told}], ["t"], "")[0]["ok"]
