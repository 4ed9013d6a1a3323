"""The codec: every kind round-trips, equal values are equal bytes, anything off is refused."""

import base64
import datetime
import decimal
import hashlib
import io
import json
import pickle
import struct
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fxgbuild.runtime import codec

DTYPES = [
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    "float32",
    "float64",
    "complex64",
    "complex128",
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def array(dtype, *dims):
    return {"array": {"dtype": dtype, "dims": list(dims)}}


def optional(schema):
    return {"anyOf": [schema, {"type": "null"}]}


STATE = {
    "state": {
        "mean": array("float64", "features"),
        "count": {"type": "integer"},
        "label": {"type": "string"},
    }
}
RECORD = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "score": {"type": "number"},
        "tags": {"type": "array", "items": {"enum": ["a", "b", 1]}},
        "on": optional({"type": "string", "format": "date"}),
        "raw": {"type": "string", "contentEncoding": "base64"},
        "curve": array("float32", "n"),
    },
    "required": ["name", "score"],
    "additionalProperties": False,
}
TABLE = {
    "table": {
        "columns": {
            "age": {"type": "integer"},
            "name": {"type": "string"},
            "mass": optional({"type": "number"}),
            "visits": optional({"type": "integer"}),
            "born": {"type": "string", "format": "date"},
            "fee": {"type": "string", "format": "decimal"},
            "ok": optional({"type": "boolean"}),
            "sex": {"enum": ["f", "m"]},
        },
        "rest": "features",
    }
}


@st.composite
def arrays(draw):
    dtype = draw(st.sampled_from(DTYPES))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))
    return dtype, draw(hnp.arrays(dtype, shape))


@st.composite
def tables(draw):
    rows = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "age": st.integers(-(2**63), 2**63 - 1),
                    "name": TEXT,
                    "mass": st.none() | FINITE,
                    "visits": st.none() | st.integers(-(2**40), 2**40),
                    "born": st.dates(),
                    "fee": DECIMALS,
                    "ok": st.none() | st.booleans(),
                    "sex": st.sampled_from(["f", "m"]),
                    "x1": FINITE,
                }
            ),
            max_size=5,
        )
    )
    columns = [*TABLE["table"]["columns"], "x1"]
    frame = pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype="object") for name in columns},
        index=pd.RangeIndex(len(rows)),
    )
    return frame.astype(
        {"age": "int64", "mass": "float64", "visits": "Int64", "ok": "boolean", "x1": "float64"}
    )


@given(arrays())
def test_an_array_round_trips_with_its_signed_zeros(case):
    dtype, value = case
    back = codec.decode(codec.encode(value, array(dtype)), array(dtype))
    assert back.dtype == value.dtype
    assert back.shape == value.shape
    np.testing.assert_array_equal(back, value)
    if value.dtype.kind == "f":
        kept = ~np.isnan(value)
        np.testing.assert_array_equal(np.signbit(back)[kept], np.signbit(value)[kept])


@given(arrays())
def test_an_array_has_one_form_whatever_its_layout_and_byte_order(case):
    dtype, value = case
    wanted = codec.encode(value, array(dtype))
    assert codec.encode(np.array(value, order="F"), array(dtype)) == wanted
    assert codec.encode(value.astype(value.dtype.newbyteorder(">")), array(dtype)) == wanted
    padded = np.repeat(value[None], 2, axis=0)[::2][0]
    assert codec.encode(padded, array(dtype)) == wanted


@given(arrays())
def test_numpy_reads_what_is_written_and_what_numpy_writes_is_read(case):
    dtype, value = case
    np.testing.assert_array_equal(
        np.load(io.BytesIO(codec.encode(value, array(dtype))), allow_pickle=False), value
    )
    buffer = io.BytesIO()
    np.save(buffer, np.asfortranarray(value))
    np.testing.assert_array_equal(codec.decode(buffer.getvalue(), array(dtype)), value)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_every_nan_has_the_same_bytes(dtype):
    size = np.dtype(dtype).itemsize // (2 if dtype.startswith("complex") else 1)
    odd = np.array([0x7FF8_0000_DEAD_BEEF if size == 8 else 0xFFC0_1234], f"<u{size}")
    strange = odd.view(f"<f{size}").repeat(2 if dtype.startswith("complex") else 1).view(dtype)
    plain = np.array([complex(np.nan, np.nan) if dtype.startswith("complex") else np.nan], dtype)
    assert codec.encode(strange, array(dtype)) == codec.encode(plain, array(dtype))
    assert np.isnan(strange).all()


def test_the_bytes_of_an_array_are_pinned():
    data = codec.encode(np.arange(3, dtype="int16"), array("int16", 3))
    header = b"{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }"
    assert data == (
        b"\x93NUMPY\x01\x00\x76\x00" + header.ljust(117) + b"\n" + struct.pack("<3h", 0, 1, 2)
    )


@given(arrays(), st.integers(1, 200))
def test_a_truncated_array_is_refused(case, cut):
    dtype, value = case
    data = codec.encode(value, array(dtype))
    with pytest.raises(ValueError, match="array"):
        codec.decode(data[: max(0, len(data) - cut)], array(dtype))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data + b"\0",
        lambda data: data.replace(b"(3,)", b"(9,)"),
        lambda data: data.replace(b"(3,)", b"(-3,)"),
        lambda data: data.replace(b"'<f8'", b"'|O'"),
        lambda data: data.replace(b"'<f8'", b"'<i8'"),
        lambda data: data.replace(b"\x93NUMPY\x01", b"\x93NUMPY\x09"),
        lambda data: b"",
        lambda data: b"\x93NUMPY",
        lambda data: pickle.dumps([1.0]),
    ],
)
def test_an_array_that_is_off_is_refused_in_one_sentence(spoil):
    data = codec.encode(np.arange(3.0), array("float64", 3))
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        codec.decode(spoil(data), array("float64", 3))


def test_an_array_of_pickled_objects_is_never_unpickled():
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was read",))

    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    for schema in (array("float64", 1), {"array": {"dtype": "object", "dims": [1]}}):
        with pytest.raises(ValueError, match="object"):
            codec.decode(buffer.getvalue(), schema)


@pytest.mark.parametrize("value", [[1.0], 1.0, np.zeros(1, "float32"), None, "x"])
def test_only_an_array_of_the_dtype_is_written(value):
    with pytest.raises(ValueError, match="expected an array of float64"):
        codec.encode(value, array("float64", 1))


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


@given(hnp.arrays("float64", hnp.array_shapes(max_dims=1)), st.integers(), TEXT)
def test_a_state_round_trips_and_has_one_form(mean, count, label):
    value = {"mean": mean, "count": count, "label": label}
    data = codec.encode(value, STATE)
    assert data == codec.encode(dict(reversed(value.items())), STATE)
    back = codec.decode(data, STATE)
    np.testing.assert_array_equal(back.pop("mean"), mean)
    assert back == {"count": count, "label": label}


def test_a_state_is_a_stored_zip_with_sorted_names_and_one_date():
    data = codec.encode({"mean": np.ones(2), "count": 1, "label": "x"}, STATE)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == ["mean.npy", "state.json"]
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}


def zipped(entries, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return buffer.getvalue()


def hostile_states():
    mean = codec.encode(np.ones(2), array("float64", 2))
    scalars = b'{"count":1,"label":"x"}'
    good = [("mean.npy", mean), ("state.json", scalars)]
    right = codec.encode({"mean": np.ones(2), "count": 1, "label": "x"}, STATE)
    pickled = io.BytesIO()
    np.save(pickled, np.array([{}], dtype=object), allow_pickle=True)
    return {
        "traversal": zipped([("../mean.npy", mean), ("state.json", scalars)]),
        "absolute": zipped([*good, ("/etc/passwd", b"")]),
        "further entry": zipped([*good, ("x.npy", mean)]),
        "missing entry": zipped(good[:1]),
        "entry twice": zipped([*good, good[0]]),
        "bomb": zipped([("mean.npy", bytes(10**7)), good[1]], zipfile.ZIP_DEFLATED),
        "pickle": zipped([("mean.npy", pickled.getvalue()), good[1]]),
        "other date": zipped(good),
        "truncated": right[:-5],
        "prefixed": b"x" + right,
        "commented": right + b"!",
        "broken body": right.replace(mean[-8:], b"\0" * 8, 1),
        "not a zip": b"PK",
        "empty": b"",
    }


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", hostile_states())
def test_a_state_that_is_off_is_refused_in_one_sentence(what):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        codec.decode(hostile_states()[what], STATE)


def test_a_state_whose_entries_claim_more_than_the_file_holds_is_refused():
    data = bytearray(codec.encode({"mean": np.ones(2), "count": 1, "label": "x"}, STATE))
    at = data.index(b"PK\x01\x02")
    data[at + 20 : at + 28] = struct.pack("<II", 2**31, 2**31)
    with pytest.raises(ValueError, match="more bytes"):
        codec.decode(bytes(data), STATE)


@settings(max_examples=50)
@given(tables())
def test_a_table_round_trips_and_has_one_form(frame):
    data = codec.encode(frame, TABLE)
    back = codec.decode(data, TABLE)
    assert list(back.columns) == list(frame.columns)
    assert codec.encode(back, TABLE) == data
    for name in ("age", "name", "born", "sex", "x1", "visits", "ok"):
        assert back[name].tolist() == frame[name].tolist() or frame[name].isna().any()
        assert back[name].isna().tolist() == frame[name].isna().tolist()
    assert back["fee"].tolist() == frame["fee"].tolist()


def people():
    return pd.DataFrame(
        {
            "age": [1, 2, 3],
            "name": ["a", "b", "ü"],
            "mass": [1.5, np.nan, 2.0],
            "visits": pd.array([1, None, 3], dtype="Int64"),
            "born": [datetime.date(2020, 1, n) for n in (1, 2, 3)],
            "fee": [decimal.Decimal(n) for n in ("1", "2.50", "1E+2")],
            "ok": pd.array([True, None, False], dtype="boolean"),
            "sex": ["f", "m", "f"],
            "x1": [0.5, 1.5, 2.5],
        }
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[list(reversed(t.columns))],
        lambda t: t.set_index(pd.Index([7, 8, 9], name="row")),
        lambda t: pd.concat([t, t]).iloc[:3],
        lambda t: t.astype({"visits": "float64"}),
        lambda t: t.astype({"age": "int16"}),
        lambda t: t.assign(born=pd.to_datetime(t["born"])),
        lambda t: t.assign(sex=t["sex"].astype("category")),
        lambda t: t.assign(name=t["name"].astype("object")),
    ],
)
def test_equal_tables_give_equal_bytes(change):
    assert codec.encode(change(people()), TABLE) == codec.encode(people(), TABLE)


def test_a_table_on_disk_is_one_plain_arrow_batch():
    reader = pa.ipc.open_stream(codec.encode(people(), TABLE))
    batches = list(reader)
    assert len(batches) == 1
    assert reader.schema.metadata is None
    assert reader.schema.names == [*TABLE["table"]["columns"], "x1"]
    assert reader.schema.field("mass").nullable
    assert not reader.schema.field("age").nullable


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.drop(columns="age"),
        lambda t: t.assign(age=[1.5, 2, 3]),
        lambda t: t.assign(age=["1", "2", "3"]),
        lambda t: t.assign(name=["a", None, "b"]),
        lambda t: t.assign(sex=["f", "x", "m"]),
        lambda t: t.assign(visits=[1.5, 2, 3]),
        lambda t: t.assign(fee=[1, 2, 3]),
        lambda t: t.rename(columns={"x1": 1}),
        lambda t: pd.concat([t, t[["age"]]], axis=1),
        lambda t: t.to_dict(),
        lambda t: t.assign(age=np.array([2**64 - 1, 0, 0], "uint64")),
    ],
)
def test_a_table_of_other_columns_is_never_written(change):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        codec.encode(change(people()), TABLE)


def stream(table, **options):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


ONE = {"table": {"columns": {"x": {"type": "number"}}}}


@pytest.mark.parametrize(
    "data",
    [
        stream(pa.table({"x": [0.0] * 100_000}), compression="zstd"),
        stream(pa.table({"x": [0.0] * 100_000}), compression="lz4"),
        stream(pa.table({"x": pa.array(["a", "a"]).dictionary_encode()})),
        stream(pa.table({"x": [1, 2]})),
        stream(pa.table({"x": [1.0, None]})),
        stream(pa.table({"x": [1.0], "y": [1.0]})),
        stream(pa.table({"y": [1.0]})),
        stream(pa.table({"x": [1.0]}))[:-8],
        stream(pa.table({"x": [1.0]}))[:-30] + b"\xff\xff\xff\xff\0\0\0\0",
        stream(pa.table({"x": [1.0]})) + b"\xff\xff\xff\xff\0\0\0\0",
        b"ARROW1\0\0",
        b"",
    ],
)
def test_a_table_that_is_off_is_refused_in_one_sentence(data):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        codec.decode(data, ONE)


def test_a_table_from_elsewhere_is_read_when_its_types_only_widen():
    table = pa.table({"x": pa.array([1, 2], pa.float32())}).replace_schema_metadata({"a": "b"})
    assert codec.decode(stream(table), ONE)["x"].tolist() == [1, 2]


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
