"""Digests and the canonical encoding: equal values, and only they, give equal bytes."""

import json
import math
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fxgbuild.digest import (
    Digest,
    canonical_json,
    canonical_text,
    canonical_value,
    digest_bytes,
    is_digest,
    tagged_digest,
)
from tests.strategies import characters, json_values


@given(json_values())
def test_canonical_json_reads_back_as_the_canonical_value(value: Any) -> None:
    data = canonical_json(value)
    assert json.loads(data) == canonical_value(value)
    assert canonical_json(json.loads(data)) == data


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON values: numbers by value, but a boolean is no number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[n], other[n]) for n in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


@given(json_values(), json_values())
@example(1, True)
@example([0], [False])
@example("1", 1)
@example(None, "null")
def test_different_values_have_different_bytes(one: Any, other: Any) -> None:
    same = _same(canonical_value(one), canonical_value(other))
    assert (canonical_json(one) == canonical_json(other)) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, 1),
        (-0.0, 0),
        (1e15, 10**15),
        ((1, 2), [1, 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
)
def test_values_that_mean_the_same_are_the_same_bytes(one: Any, other: Any) -> None:
    assert canonical_json(one) == canonical_json(other)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [math.nan], {"a": math.inf}])
def test_what_json_has_no_number_for_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        canonical_json(value)


@pytest.mark.parametrize("value", [b"x", {1, 2}, object(), 1j])
def test_what_json_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical_json(value)


@given(st.text(characters, max_size=40))
@example("a \r\n b\t\r")
@example("\u0041\u030a \n")
def test_canonical_text_is_reached_in_one_step(text: str) -> None:
    once = canonical_text(text)
    assert canonical_text(once) == once
    assert "\r" not in once
    assert unicodedata.is_normalized("NFC", once)
    assert not any(line != line.rstrip() for line in once.split("\n"))


@pytest.mark.parametrize(
    ("seen", "unseen"),
    [("a\nb", "a\r\nb"), ("a\nb", "a  \nb\t\n\n"), ("\u00e5", "a\u030a"), ("a", "\na")],
)
def test_texts_that_read_the_same_are_the_same(seen: str, unseen: str) -> None:
    assert canonical_text(seen) == canonical_text(unseen)


@given(json_values())
def test_two_tags_never_collide(value: Any) -> None:
    assert tagged_digest("a", value) != tagged_digest("b", value)
    assert tagged_digest("a", value) != digest_bytes(canonical_json(value))


@pytest.mark.parametrize("text", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 63 + "\n"])
def test_only_lower_case_sha_256_is_a_digest(text: str) -> None:
    assert not is_digest(text)
    with pytest.raises(ValueError, match="not a sha256 digest"):
        Digest(text)
    assert not is_digest(5)


def test_a_digest_is_that_of_sha_256() -> None:
    digest = digest_bytes(b"")
    assert str(digest) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert is_digest(str(digest))
    assert digest.short == "e3b0c44298fc"
