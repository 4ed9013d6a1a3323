"""Keys and what explains them: one value, so the two cannot disagree."""

import copy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fxgbuild.digest import digest_bytes
from fxgbuild.plan.key import differences, key_of, preimage_bytes
from tests.strategies import json_values


@given(json_values(), json_values())
@example({"a": 1}, {"a": True})
@example({"a": [1]}, {"a": [True]})
@example({"a": None}, {})
@example([None], [])
@example({"a.b": 1}, {"a": {"b": 1}})
@example({"0": 1}, [1])
@example({"a": {}}, {"a": []})
@example({"a": 1e300}, {"a": int(1e300)})
@example({"a": 1.0}, {"a": 1})
@example({"a": -0.0}, {"a": 0})
@example({"a": ""}, {"a": None})
def test_a_key_differs_if_and_only_if_some_field_does(one: Any, other: Any) -> None:
    differ = key_of("lint", one) != key_of("lint", other)
    assert bool(differences(one, other)) is differ


@given(json_values())
def test_equal_preimages_have_one_key_and_no_difference(value: Any) -> None:
    assert key_of("lint", value) == key_of("lint", copy.deepcopy(value))
    assert differences(value, copy.deepcopy(value)) == []


@given(st.dictionaries(st.text(max_size=5), json_values(), max_size=5), st.randoms())
def test_the_order_of_names_is_in_no_key(value: dict[str, Any], chance: Any) -> None:
    names = list(value)
    chance.shuffle(names)
    assert key_of("lint", value) == key_of("lint", {name: value[name] for name in names})


@given(json_values())
def test_two_actions_never_share_a_key(value: Any) -> None:
    actions = ("generate", "lint", "type", "security", "test", "integrate", "emit")
    assert len({key_of(action, value) for action in actions}) == len(actions)


def test_a_preimage_is_found_by_its_own_key() -> None:
    assert digest_bytes(preimage_bytes("test", {"a": 1})) == key_of("test", {"a": 1})
    assert preimage_bytes("test", {"b": 1, "a": 2.0}) == b'["fxg.test.v1",{"a":2,"b":1}]'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", 1, 2)]),
        ({"a": 1}, {"a": 1, "b": {"c": 2}}, [("b", None, {"c": 2})]),
        ({"a": [1, 2]}, {"a": [1]}, [("a.1", 2, None)]),
        ({"b": 1, "a": 1}, {"b": 2, "a": 2}, [("a", 1, 2), ("b", 1, 2)]),
        ({"a": {"b": 1}}, {"a": 5}, [("a", {"b": 1}, 5)]),
        ({"a": "x\r\n"}, {"a": "x"}, [("a", "x\r\n", "x")]),
    ],
)
def test_a_difference_names_the_field_and_both_values(
    old: Any, new: Any, said: list[tuple[str, Any, Any]]
) -> None:
    assert differences(old, new) == said
