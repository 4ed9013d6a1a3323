"""Tables: one Arrow batch, one form, nothing compressed or left over."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.runtime import codec

from .kinds import DECIMALS, FINITE, TABLE, TEXT, people


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


@settings(max_examples=50)
@given(tables())
def test_a_table_round_trips_and_has_one_form(frame):
    data = codec.encode(frame, TABLE)
    back = codec.decode(data, TABLE)
    assert list(back.columns) == [*sorted(TABLE["table"]["columns"]), "x1"]
    assert codec.encode(back, TABLE) == data
    for name in ("age", "name", "born", "sex", "x1", "visits", "ok"):
        assert back[name].tolist() == frame[name].tolist() or frame[name].isna().any()
        assert back[name].isna().tolist() == frame[name].isna().tolist()
    assert back["fee"].tolist() == frame["fee"].tolist()


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
    assert reader.schema.names == [*sorted(TABLE["table"]["columns"]), "x1"]
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


def test_a_date_beyond_the_calendar_is_a_value_error():
    """Arrow counts days in 32 bits; Python's calendar ends in the year 9999."""
    batch = pa.record_batch({"born": pa.array([2**31 - 1], type=pa.date32())})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    schema = {"table": {"columns": {"born": {"type": "string", "format": "date"}}}}
    with pytest.raises(ValueError, match="born"):
        codec.decode(bytes(sink.getvalue()), schema)
