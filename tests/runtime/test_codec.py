"""Plain kinds: canonical JSON, typed by the schema; and what holds for every kind."""

import base64
import datetime
import decimal
import hashlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.runtime import codec

from .kinds import DECIMALS, FINITE, RECORD, STATE, TABLE, TEXT, array, optional, people

SCALARS = [
    ({"type": "string"}, TEXT),
    ({"type": "string", "contentEncoding": "base64"}, st.binary()),
    ({"type": "boolean"}, st.booleans()),
    ({"type": "integer"}, st.integers()),
    ({"type": "number"}, FINITE),
    ({"type": "string", "format": "date"}, st.dates()),
    ({"type": "string", "format": "decimal"}, DECIMALS),
    ({"enum": ["a", 1, True, None]}, st.sampled_from(["a", 1, True, None])),
    (optional({"type": "string"}), st.none() | TEXT),
    (optional({"type": "string", "contentEncoding": "base64"}), st.none() | st.binary()),
    ({"type": "array", "items": {"type": "number"}}, st.lists(FINITE)),
]


@pytest.mark.parametrize(("schema", "values"), SCALARS, ids=[str(s) for s, _ in SCALARS])
@given(data=st.data())
def test_a_plain_value_round_trips_to_its_own_type(schema, values, data):
    value = data.draw(values)
    encoded = codec.encode(value, schema)
    back = codec.decode(encoded, schema)
    assert back == value
    assert type(back) is type(value)
    assert codec.encode(back, schema) == encoded


@given(FINITE)
def test_a_number_is_its_shortest_text_and_stays_a_float(value):
    text = codec.encode(value, {"type": "number"})
    assert text == (repr(value).encode() if value else b"0.0")
    assert isinstance(codec.decode(text, {"type": "number"}), float)


@pytest.mark.parametrize(
    ("one", "other", "schema"),
    [
        (1, 1.0, {"type": "number"}),
        (0.0, -0.0, {"type": "number"}),
        (np.float64(0.5), 0.5, {"type": "number"}),
        (np.int32(3), 3, {"type": "integer"}),
        (np.True_, True, {"type": "boolean"}),
        (decimal.Decimal("1.50"), decimal.Decimal("1.5"), {"type": "string", "format": "decimal"}),
        (decimal.Decimal("1E+2"), decimal.Decimal("100"), {"type": "string", "format": "decimal"}),
        (decimal.Decimal("-0.0"), decimal.Decimal(0), {"type": "string", "format": "decimal"}),
        ({"score": 1.0, "name": "x"}, {"name": "x", "score": 1}, RECORD),
        ((1.0, 2.0), [1, 2], {"type": "array", "items": {"type": "number"}}),
    ],
)
def test_equal_values_give_equal_bytes(one, other, schema):
    assert codec.encode(one, schema) == codec.encode(other, schema)


@given(DECIMALS, st.integers(0, 40))
def test_a_decimal_keeps_every_digit_and_drops_only_trailing_zeros(value, zeros):
    schema = {"type": "string", "format": "decimal"}
    sign, digits, exponent = value.as_tuple()
    longer = decimal.Decimal((sign, (*digits, *[0] * zeros), exponent - zeros))
    assert codec.encode(longer, schema) == codec.encode(value, schema)
    back = codec.decode(codec.encode(value, schema), schema)
    assert back.compare_total_mag(value) == 0 or back == value


@pytest.mark.parametrize(
    ("data", "schema"),
    [
        (b"1.0", {"type": "integer"}),
        (b"true", {"type": "integer"}),
        (b"1", {"type": "boolean"}),
        (b"NaN", {"type": "number"}),
        (b"1e999", {"type": "number"}),
        (b"1" + b"0" * 400, {"type": "number"}),
        (b"1 2", {"type": "number"}),
        (b"", {"type": "number"}),
        (b'"20260131"', {"type": "string", "format": "date"}),
        (b'"2026-02-30"', {"type": "string", "format": "date"}),
        (b'"1_0"', {"type": "string", "format": "decimal"}),
        (b'"NaN"', {"type": "string", "format": "decimal"}),
        (b'"1e9999999"', {"type": "string", "format": "decimal"}),
        (b'"c"', {"enum": ["a"]}),
        (b"1", {"enum": [True]}),
        (b"\xff", {"type": "string"}),
        (b'"\xff"', optional({"type": "string"})),
        (b"{}", RECORD),
        (b'{"name":"a","name":"b","score":1.0}', RECORD),
        (b'{"name":"a","score":1.0,"more":1}', RECORD),
        (b'{"name":"a","score":1.0,"raw":"*"}', RECORD),
        (b"[" * 100_000, {"type": "array", "items": {"type": "number"}}),
        (b'"abc"', {"type": "array", "items": {"type": "string"}}),
        (b"null", {"type": "number"}),
    ],
)
def test_a_plain_value_that_is_off_is_refused_in_one_sentence(data, schema):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        codec.decode(data, schema)


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (float("nan"), {"type": "number"}),
        (True, {"type": "number"}),
        (True, {"type": "integer"}),
        (1.0, {"type": "integer"}),
        (1, {"type": "boolean"}),
        (1, {"enum": [True]}),
        (datetime.datetime(2026, 1, 1), {"type": "string", "format": "date"}),
        ("1", {"type": "string", "format": "decimal"}),
        (decimal.Decimal("NaN"), {"type": "string", "format": "decimal"}),
        ("\ud800", {"type": "string"}),
        ("ab", {"type": "array", "items": {"type": "string"}}),
        ({"name": "x"}, RECORD),
        (b"x", {"type": "string"}),
        ("x", {"type": "string", "contentEncoding": "base64"}),
    ],
)
def test_a_value_of_another_type_is_never_written(value, schema):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        codec.encode(value, schema)


def test_a_record_carries_arrays_and_bytes_as_base64_of_their_own_bytes():
    value = {"name": "é", "score": 1.0, "raw": b"\0", "curve": np.ones(2, "float32"), "on": None}
    data = codec.encode(value, RECORD)
    plain = json.loads(data)
    assert plain["raw"] == base64.b64encode(b"\0").decode()
    assert base64.b64decode(plain["curve"]) == codec.encode(value["curve"], array("float32", "n"))
    back = codec.decode(data, RECORD)
    np.testing.assert_array_equal(back.pop("curve"), value.pop("curve"))
    assert back == value


@pytest.mark.parametrize("schema", [array("float64", "n"), STATE, TABLE])
def test_an_absent_block_is_null_and_a_present_one_its_own_bytes(schema):
    assert codec.encode(None, optional(schema)) == b"null"
    assert codec.decode(b"null", optional(schema)) is None
    if "array" in schema:
        data = codec.encode(np.zeros(2), optional(schema))
        assert data == codec.encode(np.zeros(2), schema)
        assert codec.decode(data, optional(schema)).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (np.arange(6.0).reshape(2, 3).T, array("float64", 3, 2)),
        (people(), TABLE),
        ("text", {"type": "string"}),
        (b"", {"type": "string", "contentEncoding": "base64"}),
        ([1.0], {"type": "array", "items": {"type": "number"}}),
    ],
)
def test_the_digest_is_that_of_the_bytes(value, schema):
    data = codec.encode(value, schema)
    assert codec.digest(value, schema) == (hashlib.sha256(data).hexdigest(), len(data))


@pytest.mark.parametrize("schema", [{}, {"type": "mystery"}, {"type": ["string", "null"]}])
def test_a_schema_outside_the_vocabulary_is_refused(schema):
    with pytest.raises(ValueError, match="not a port schema"):
        codec.encode(1, schema)


@settings(max_examples=300)
@given(st.binary(max_size=300), st.sampled_from([array("float64", "n"), STATE, TABLE, RECORD]))
def test_random_bytes_are_refused_with_nothing_but_a_value_error(data, schema):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        codec.decode(data, schema)


@settings(max_examples=300)
@given(st.data())
def test_a_flipped_byte_gives_a_value_or_a_value_error(data):
    blobs = [
        (codec.encode(np.arange(3.0), array("float64", "n")), array("float64", "n")),
        (codec.encode({"mean": np.ones(2), "count": 1, "label": "x"}, STATE), STATE),
        (codec.encode(people(), TABLE), TABLE),
    ]
    blob, schema = data.draw(st.sampled_from(blobs))
    at = data.draw(st.integers(0, len(blob) - 1))
    changed = bytearray(blob)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        codec.decode(bytes(changed), schema)
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017
