"""Files that people have, read as a port's value: strictly, and with the place of what is wrong."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from fxgbuild.lang.schema import parse_schema
from fxgbuild.runtime import codec, intake
from fxgbuild.runtime.check import check
from fxgbuild.runtime.fault import Misfit
from fxgbuild.runtime.settle import settle

PEOPLE = parse_schema(
    "table<n: int in [0, 9], x: float mV?, ok: bool, s: text, e: enum<lo|hi>, d: date,"
    " m: decimal, ...rest>",
    {},
)
HEADER = "n,x,ok,s,e,d,m,k,l\n"
GOOD = HEADER + '1,,true,"a,\nb",lo,2026-01-31,1.50,7,x\n2,1e3,false,,hi,1999-12-31,2,,y\n'


def read(text, schema=PEOPLE, name="p.csv"):
    return intake.read(text if isinstance(text, bytes) else text.encode(), schema, name)


def test_delimited_text_is_typed_by_its_port():
    table = read(GOOD)
    assert list(table.columns) == ["d", "e", "m", "n", "ok", "s", "x", "k", "l"]
    assert table["n"].tolist() == [1, 2]
    assert table["x"].isna().tolist() == [True, False]
    assert table["s"].tolist() == ["a,\nb", ""]
    assert table["d"].tolist()[0] == datetime.date(2026, 1, 31)
    assert table["m"].tolist()[0] == decimal.Decimal("1.5")
    assert (str(table["k"].dtype), table["l"].tolist()) == ("Int64", ["x", "y"])
    assert codec.encode(read(GOOD.replace(",", "\t").replace('"a\t', '"a,'), name="p.tsv"), PEOPLE)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("n,x", "q,x"), "p.csv:1: the table lacks the column 'n'; it has q, x, ok"),
        (("n,x", "x,x"), "p.csv:1: the column 'x' stands twice"),
        (("2,1e3", "n/a,1e3"), "p.csv:4:n: expected int in [0, 9], found 'n/a'"),
        (("2,1e3", "10,1e3"), "p.csv:4:n: expected int in [0, 9], found '10'"),
        (("2,1e3", ",1e3"), "p.csv:4:n: expected int in [0, 9], found an empty cell"),
        (("1e3", "nan"), "p.csv:4:x: expected float mV, found 'nan'"),
        (("false", "no"), "p.csv:4:ok: expected bool, found 'no'"),
        (("hi", "mid"), "p.csv:4:e: expected one of lo, hi, found 'mid'"),
        (("1999-12-31", "31.12.1999"), "p.csv:4:d: expected date, found '31.12.1999'"),
        ((",2,,y", ',"2,5",,y'), "p.csv:4:m: expected decimal, found '2,5'"),
        ((",,y", ",y"), "p.csv:4: 8 cells, expected 9"),
        (("hi", '"hi'), "p.csv:4: not delimited text: unexpected end of data"),
        ((GOOD, ""), "p.csv:1: a table begins with the names of its columns, found nothing"),
        ((GOOD, "n;x;ok\n"), "p.csv:1: the table lacks the column 'n'; it has n;x;ok; cells are"),
    ],
)
def test_a_cell_that_is_off_is_told_with_line_and_column(change, what):
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        read(GOOD.replace(*change))
    assert str(caught.value).startswith(what)


@pytest.mark.parametrize(("kind", "name"), [("table<s: text>", "p.csv"), ("text", "p.txt")])
def test_latin_1_is_told_with_its_line_and_a_remedy(kind, name):
    with pytest.raises(Misfit) as caught:
        read("s\nok\ncafé\n".encode("latin-1"), parse_schema(kind, {}), name)
    assert str(caught.value) == (
        f"{name}:3:4: the byte 0xe9 is not UTF-8; if this is Latin-1, "
        f"`iconv -f latin1 -t utf-8 {name} > NEW` converts it"
    )


def test_a_byte_order_mark_is_no_part_of_a_columns_name():
    assert list(read(b"\xef\xbb\xbfa\n1\n", parse_schema("table<a: int>", {})).columns) == ["a"]


def test_parquet_is_read_by_the_ports_types():
    table = pa.table(
        {"a": [1], "e": pa.array(["lo"]).dictionary_encode(), "z": [decimal.Decimal(2)]}
    )
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink)
    schema = parse_schema("table<a: float, e: enum<lo|hi>, z: decimal>", {})
    assert read(bytes(sink.getvalue()), schema, "p.parquet").to_dict("records") == [
        {"a": 1.0, "e": "lo", "z": decimal.Decimal(2)}
    ]
    with pytest.raises(ValueError, match=r"^p.parquet: not a Parquet file: [^\n]+$"):
        read(b"a\n1\n", schema, "p.parquet")


def test_numbers_in_rows_make_an_array():
    assert read("1,2\n3,4\n", parse_schema("int8[n, 2]", {})).tolist() == [[1, 2], [3, 4]]
    assert np.isnan(read("1\n\nnan\n", parse_schema("float64[n] nan", {}))[1])
    for text, what in (
        ("1,x\n", "p.csv:1:2: expected float64, found 'x'"),
        ("1\n2,3\n", "p.csv:2: 2 cells, expected 1"),
    ):
        with pytest.raises(Misfit) as caught:
            read(text, parse_schema("float64[n, m]", {}))
        assert str(caught.value) == what


def test_a_list_is_read_line_by_line():
    schema = parse_schema("list<record<a: int>>", {})
    assert read('{"a": 1}\n\n{"a": 2}\n', schema, "l.jsonl") == [{"a": 1}, {"a": 2}]
    for line, what in (
        ('{"a": "x"}', "l.jsonl:2: field a: expected int, found 'x'"),
        ('{"a": }', "l.jsonl:2:7: not JSON: Expecting value"),
    ):
        with pytest.raises(Misfit) as caught:
            read(f'{{"a": 1}}\n{line}\n', schema, "l.jsonl")
        assert str(caught.value) == what


def test_json_that_is_off_is_told_with_line_and_column():
    schema = parse_schema("record<a: record<b: list<int>>>", {})
    with pytest.raises(Misfit) as caught:
        read('{\n "a": [}', schema, "r.json")
    assert str(caught.value) == "r.json:2:8: not JSON: Expecting value"
    with pytest.raises(Misfit) as caught:
        read('{"a": {"b": [1, "x"]}}', schema, "r.json")
    assert str(caught.value) == "r.json: field a.b, item 1: expected int, found 'x'"


def test_a_table_in_an_unknown_form_names_the_known_ones():
    with pytest.raises(ValueError, match=r"^p: not a table: .* reads .csv, .tsv, .parquet or "):
        read(GOOD, PEOPLE, "p")


def test_a_unit_that_the_file_says_must_be_the_ports():
    schema, other = (parse_schema(f"table<v: float {unit}>", {}) for unit in ("m/s", "km/h"))
    data = codec.encode(pd.DataFrame({"v": [1.0]}), other)
    assert codec.decode(data, parse_schema("table<v: float>", {}))["v"].tolist() == [1.0]
    with pytest.raises(ValueError, match=r"^column v: is in km/h, expected m/s"):
        codec.decode(data, schema)


def test_a_value_has_one_form_in_code_whoever_made_it():
    schema = parse_schema("table<a: int?, f: float>", {})
    found = settle(pd.DataFrame({"f": [1, 2, 3], "a": [1.0, None, 3.0]}).iloc[[2, 1]], schema)
    assert list(found.columns) == ["a", "f"]
    assert list(found.index) == [0, 1]
    assert [str(found[name].dtype) for name in found] == ["Int64", "float64"]
    assert type(settle(3, parse_schema("float", {}))) is float


def test_a_message_is_one_short_line():
    long = "x" * 10_000
    for value, kind in ((long, "int"), ({long: 1}, "record<a: int>"), ([long] * 99, "list<int>")):
        faults = check(value, parse_schema(kind, {}), {}, {})
        assert len(faults) <= 6
        assert all(len(fault) < 200 and "\n" not in fault for fault in faults)
