"""Pairs: the split is a seeded partition, no hidden input is shown, and types fit every answer."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.calls.answer import infer
from fxgbuild.calls.log import Unreadable
from fxgbuild.calls.split import Pair, split_pairs
from fxgbuild.harness import literal
from fxgbuild.lang.schema import parse_schema
from fxgbuild.runtime import codec

PAIRS = st.lists(st.builds(Pair, st.text(max_size=4), st.integers(0, 2)), max_size=40)


@settings(max_examples=80)
@given(PAIRS, st.integers(0, 30), st.integers(-5, 5))
def test_every_input_is_shown_hidden_or_contradicted(pairs, shown, seed):
    split = split_pairs(pairs, shown=shown, seed=seed)
    parts = [*split.shown, *split.hidden]
    inputs = [pair.input for pair in parts] + list(split.contradicted)
    assert sorted(inputs) == sorted({pair.input for pair in pairs})
    assert len(split.shown) == min(shown, len(parts))
    assert set(parts) <= set(pairs)
    for text in split.contradicted:
        assert len({pair.answer for pair in pairs if pair.input == text}) > 1
    assert split == split_pairs(pairs, shown=shown, seed=seed)


@settings(max_examples=40)
@given(PAIRS, st.integers(0, 30))
def test_the_order_of_a_log_decides_nothing(pairs, shown):
    there, back = (split_pairs(p, shown=shown, seed=1) for p in (pairs, pairs[::-1]))
    assert (there.shown, there.hidden) == (back.shown, back.hidden)


def test_another_seed_shows_other_pairs():
    pairs = [Pair(str(n), n) for n in range(40)]
    shown = {split_pairs(pairs, shown=5, seed=seed).shown for seed in range(5)}
    assert len(shown) == 5


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.sampled_from("abc"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner),
    max_leaves=6,
)


@settings(max_examples=150)
@given(st.lists(st.dictionaries(st.sampled_from(["a", "b"]), VALUES), min_size=1, max_size=12))
def test_every_answer_is_a_value_of_the_type_that_was_found(answers):
    try:
        found = infer([json.dumps(answer) for answer in answers])
    except Unreadable:
        return  # a field of several kinds
    if not any(answers):
        return  # a record without fields
    schema = parse_schema(found.type, {})
    for value in found.values:
        codec.encode(literal.read(value, schema), schema)


def test_fields_become_labels_optionals_numbers_and_texts():
    answers = [
        {"kind": "ab"[n % 2], "n": n, "x": n / 2, "ok": n > 3, "why": f"because {n}"}
        | ({"more": None} if n else {})
        | ({"tags": ["q"] * n})
        for n in range(9)
    ]
    found = infer([f"```json\n{json.dumps(answer)}\n```" for answer in answers])
    assert found.type["record"] == {
        "kind": {"enum": ["a", "b"]},
        "n": "int",
        "x": "float",
        "ok": "bool",
        "why": "text",
        "tags": {"list": {"enum": ["q"]}},
        "more": "text?",
    }
    assert found.values[0]["more"] is None


def test_plain_answers_are_labels_where_few_recur_and_an_answer_of_another_form_is_bad():
    assert infer(["yes", "no", "yes ", "no", "yes", "no"]).type == {"enum": ["no", "yes"]}
    assert infer(["one", "two", "three"]).type == "text"
    assert infer(['{"a": 1}', '{"a": 2}', "sorry"]).bad == {
        2: "the answer is no JSON object, as the others are"
    }
    with pytest.raises(Unreadable, match="`a` is of several kinds: int, text"):
        infer(['{"a": 1}', '{"a": "x"}'])
