"""A workspace with one pass-through node for every kind of port, and a value of each kind.

Each value goes into the graph as a file, through a node, over an asynchronous edge through a second
one, and through a join; the literal stands in examples and hidden cases too.
"""

import json
from dataclasses import dataclass

from fxgbuild.harness import literal
from fxgbuild.lang.schema import parse_schema
from fxgbuild.runtime import codec

PACKAGE = "pipelines/kinds"
SETTINGS = 'fxg = 1\npackages = "pipelines"\n'
SHIPPED = "pandas>=2"


@dataclass(frozen=True)
class Kind:
    """A type, a value of it as people write it, its annotation, and what that needs to import."""

    type: object
    value: object
    annotation: str
    imports: tuple[str, ...] = ()

    @property
    def schema(self):
        return parse_schema(self.type, {})

    @property
    def bytes(self):
        return codec.encode(literal.read(self.value, self.schema), self.schema)


ARRAY = "npt.NDArray[np.{}]"
TABLE = "pd.DataFrame"
NUMPY = ("numpy",)
PANDAS = ("pandas",)
DTYPES = {
    "bool": ([True, False], "bool_"),
    **{f"int{n}": ([-1, 0, 7], f"int{n}") for n in (8, 16, 32, 64)},
    **{f"uint{n}": ([0, 7, 200], f"uint{n}") for n in (8, 16, 32, 64)},
    "float32": ([0.5, -1.25], "float32"),
    "float64": ([0.1, -2.5e300], "float64"),
    "complex64": ([{"re": 0.5, "im": -1}, 2], "complex64"),
    "complex128": ([{"re": 0.1, "im": 0}], "complex128"),
}

KINDS = {
    **{
        f"a_{dtype}": Kind(f"{dtype}[n]", value, ARRAY.format(name), NUMPY)
        for dtype, (value, name) in DTYPES.items()
    },
    "a_fixed": Kind("float64[n, 2, n + 1]", [[[1, 2], [3, 4]]], ARRAY.format("float64"), NUMPY),
    "a_facts": Kind(
        "float64[rows, 2] uV nan in [-1, 1] ~1e-9",
        [[0.5, None], [-1.0, 1.0]],
        ARRAY.format("float64"),
        NUMPY,
    ),
    "a_none": Kind("float64[n]?", None, f"{ARRAY.format('float64')} | None", NUMPY),
    "a_empty": Kind("float64[n, 3]", [], ARRAY.format("float64"), NUMPY),
    "t_typed": Kind(
        "table<n: int in [0, 9], x: float mV, ok: bool, s: text, e: enum<lo|hi>, d: date,"
        " m: decimal>",
        [
            {"n": 1, "x": 0.5, "ok": True, "s": "é", "e": "lo", "d": "2026-01-31", "m": "1.50"},
            {"n": 2, "x": 1.0, "ok": False, "s": "", "e": "hi", "d": "1999-12-31", "m": "1e3"},
        ],
        TABLE,
        PANDAS,
    ),
    "t_optional": Kind(
        "table<n: int?, x: float?, ok: bool?, s: text?, e: enum<lo|hi>?, d: date?, m: decimal?>",
        [
            {"n": 1, "x": 0.5, "ok": True, "s": "a", "e": "lo", "d": "2026-01-31", "m": "1.5"},
            {"n": None, "x": None, "ok": None, "s": None, "e": None, "d": None, "m": None},
        ],
        TABLE,
        PANDAS,
    ),
    "t_rest": Kind(
        "table<a: int, ...rest>",
        {"a": [1, 2], "b": [0.5, None], "c": ["x", "y"], "k": [1, 2], "l": [True, False]},
        TABLE,
        PANDAS,
    ),
    "t_empty": Kind("table<a: int, d: date>", [], TABLE, PANDAS),
    "t_none": Kind("table<a: int>?", {"a": [1]}, f"{TABLE} | None", PANDAS),
    "r_nested": Kind(
        "record<name: text, at: record<day: date, fee: decimal?>, tags: list<enum<a|b>>,"
        " raw: bytes, curve: float32[n], rows: table<a: int>>",
        {
            "name": "ü",
            "at": {"day": "2026-02-28", "fee": None},
            "tags": ["a", "b", "a"],
            "raw": "AAH/",
            "curve": [1, 2],
            "rows": [{"a": 1}],
        },
        "dict[str, Any]",
        ("typing",),
    ),
    "l_records": Kind(
        "list<record<a: int, b: list<float>?>>",
        [{"a": 1, "b": [0.5, 1]}, {"a": 2, "b": None}],
        "list[dict[str, Any]]",
        ("typing",),
    ),
    "e_enum": Kind("enum<low|high>", "low", 'Literal["low", "high"]', ("typing",)),
    "d_date": Kind("date", "2026-01-31", "datetime.date", ("datetime",)),
    "d_decimal": Kind("decimal", "12.50", "decimal.Decimal", ("decimal",)),
    "o_int": Kind("int in [0, 9]?", None, "int | None"),
    "o_text": Kind("text?", "x", "str | None"),
    "n_int": Kind("int in [0, 9]", 3, "int"),
    "n_float": Kind("float Hz in [0, inf]", 3.0, "float"),
    "n_bool": Kind("bool", True, "bool"),
    "x_text": Kind("text", "line\nß\n", "str"),
    "x_bytes": Kind("bytes", "AAECAw==", "bytes"),
    "f_state": Kind(
        "state<mean: float64[features], n: int, at: date, label: text>",
        {"mean": [0.5, -1.0], "n": 3, "at": "2026-01-31", "label": "fit"},
        "dict[str, Any]",
        ("typing",),
    ),
}

IMPORTS = """\
import datetime
import decimal
from typing import Any
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
"""


def write(root, names=tuple(KINDS)):
    """Write the workspace; gives the package's folder."""
    folder = root / PACKAGE
    (folder / "data").mkdir(parents=True)
    (root / "fxgbuild.toml").write_text(SETTINGS)
    kinds = {name: KINDS[name] for name in names}
    for name, kind in kinds.items():
        (folder / f"{name}.py").write_text(source(kind))
        (folder / "data" / f"{name}.in").write_bytes(kind.bytes)
        (folder / f"test_{name}.py").write_text(HEAD + TESTS.get(name, ONE_CALL))
        case = {"inputs": {"value": kind.value}, "outputs": {"value": kind.value}}
        (folder / f"{name}.jsonl").write_text(json.dumps(case) + "\n")
    (folder / "fxg.json").write_text(json.dumps(graph(kinds), indent=1))
    return folder


def source(kind):
    """Three functions: pass a value through, take the first of a list, take what comes."""
    lines = [line for line in IMPORTS.splitlines() if _needs(line, kind.annotation)]
    lines = ['"""Passes a value through."""', "", *lines, "", ""]
    for function, given, result in (
        ("keep", kind.annotation, "value"),
        ("first", f"list[{kind.annotation}]", "value[0]"),
    ):
        lines += [
            f"def {function}(value: {given}) -> {kind.annotation}:",
            '    """Give the value as it came."""',
            f"    return {result}",
            "",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _needs(line, annotation):
    names = {
        "np": "np.",
        "npt": "npt.",
        "pd": "pd.",
        "datetime": "datetime.",
        "decimal": "decimal.",
    }
    last = line.split()[-1] if line else ""
    return not line or names.get(last, last) in annotation


HEAD = '''\
"""The same values come back, call after call."""

import datetime
import decimal

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

FINITE = st.floats(-1e6, 1e6)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
DAYS = st.dates(datetime.date(1700, 1, 1), datetime.date(2200, 1, 1))
CENTS = st.decimals(-1000, 1000, places=2)


'''
ONE_CALL = """\
def test_the_code_can_be_called(candidate):
    assert callable(candidate)
"""
TESTS = {
    "a_float64": """\
@given(value=hnp.arrays(np.float64, st.integers(0, 9), elements=FINITE))
def test_arrays_come_back(candidate, value):
    found = candidate(value=value)
    assert found.dtype == value.dtype
    assert np.array_equal(found, value)
""",
    "t_typed": """\
ROW = st.fixed_dictionaries(
    {"n": st.integers(0, 9), "x": FINITE, "ok": st.booleans(), "s": TEXT,
     "e": st.sampled_from(["lo", "hi"]), "d": DAYS, "m": CENTS}
)


@given(rows=st.lists(ROW, min_size=1, max_size=5))
def test_tables_come_back_in_their_one_form(candidate, rows):
    table = pd.DataFrame(rows).iloc[::-1]
    found = candidate(value=table)
    assert list(found.index) == list(range(len(rows)))
    assert found.to_dict("records") == rows[::-1]
    assert found["d"].map(type).eq(datetime.date).all()
    assert found["m"].map(type).eq(decimal.Decimal).all()
""",
    "t_optional": """\
ROW = st.fixed_dictionaries(
    {"n": st.none() | st.integers(-(2**62), 2**62), "x": st.none() | FINITE,
     "ok": st.none() | st.booleans(), "s": st.none() | TEXT,
     "e": st.none() | st.sampled_from(["lo", "hi"]), "d": st.none() | DAYS, "m": st.none() | CENTS}
)


@given(rows=st.lists(ROW, min_size=1, max_size=5))
def test_gaps_come_back_as_gaps(candidate, rows):
    table = pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype="object") for name in rows[0]}
    )
    found = candidate(value=table)
    assert str(found["n"].dtype) == "Int64"
    assert str(found["ok"].dtype) == "boolean"
    for name in table:
        assert found[name].isna().tolist() == [row[name] is None for row in rows]
        kept = [value for value in found[name].tolist() if not pd.isna(value)]
        assert kept == [row[name] for row in rows if row[name] is not None]
""",
    "t_rest": """\
@given(names=st.lists(st.sampled_from(["b", "c", "d", "é"]), unique=True))
def test_further_columns_come_back(candidate, names):
    table = pd.DataFrame({"a": [1, 2]} | {name: [0.5, None] for name in names})
    found = candidate(value=table)
    assert list(found.columns) == ["a", *names]
""",
    "r_nested": """\
@given(curve=hnp.arrays(np.float32, 3, elements=st.floats(-9, 9, width=32)), fee=st.none() | CENTS)
def test_records_come_back_with_what_is_in_them(candidate, curve, fee):
    value = {
        "name": "x", "at": {"day": datetime.date(2026, 1, 1), "fee": fee}, "tags": ["b"],
        "raw": b"\\x00", "curve": curve, "rows": pd.DataFrame({"a": [1, 2]}),
    }
    found = candidate(value=value)
    assert found["at"] == value["at"]
    assert found["raw"] == b"\\x00"
    assert np.array_equal(found["curve"], curve)
    assert found["rows"]["a"].tolist() == [1, 2]
""",
    "l_records": """\
ROW = st.fixed_dictionaries({"a": st.integers(), "b": st.none() | st.lists(FINITE)})


@given(value=st.lists(ROW))
def test_lists_come_back(candidate, value):
    assert candidate(value=value) == value
""",
    "d_date": """\
@given(value=DAYS)
def test_dates_come_back(candidate, value):
    assert candidate(value=value) == value
""",
    "d_decimal": """\
@given(value=CENTS)
def test_decimals_come_back(candidate, value):
    assert candidate(value=value) == value
""",
    "x_bytes": """\
@given(value=st.binary())
def test_bytes_come_back(candidate, value):
    assert candidate(value=value) == value
""",
    "f_state": """\
@given(mean=hnp.arrays(np.float64, st.integers(0, 5), elements=FINITE), day=DAYS, label=TEXT)
def test_states_come_back(candidate, mean, day, label):
    found = candidate(value={"mean": mean, "n": 1, "at": day, "label": label})
    assert np.array_equal(found["mean"], mean)
    assert (found["n"], found["at"], found["label"]) == (1, day, label)
""",
}


def graph(kinds):
    nodes, edges, inputs, outputs, data = {}, [], {}, {}, {}
    for name, kind in kinds.items():
        inputs[name] = kind.type
        outputs[f"{name}_out"] = f"{name}_last.value"
        digest = codec.hashlib.sha256(kind.bytes).hexdigest()
        data[name] = {"path": f"data/{name}.in", "sha256": digest}
        case = {"inputs": {"value": kind.value}, "outputs": {"value": kind.value}}
        common = {"task": "core.Function", "imports": list(kind.imports)}
        keep = common | {
            "source": f"{name}.py:keep",
            "inputs": {"value": kind.type},
            "outputs": {"value": kind.type},
            "examples": [case],
        }
        nodes[name] = keep | {
            "acceptance": {"cases": f"{name}.jsonl", "tests": [f"test_{name}.py"]},
        }
        nodes[f"{name}_two"] = keep
        nodes[f"{name}_last"] = common | {
            "source": f"{name}.py:first",
            "inputs": {"value": {"list": kind.type}},
            "outputs": {"value": kind.type},
            "examples": [{"inputs": {"value": [kind.value]}, "outputs": {"value": kind.value}}],
        }
        edges += [
            {"from": name, "to": f"{name}.value"},
            {"from": f"{name}.value", "to": f"{name}_two.value", "call": "async"},
            {"from": f"{name}.value", "to": f"{name}_last.value", "join": "all"},
            {"from": f"{name}_two.value", "to": f"{name}_last.value", "join": "all"},
        ]
    wheel = {"name": "every-kind", "version": "1.0"}
    return {
        "fxg": 1,
        "inputs": inputs,
        "outputs": outputs,
        "data": {"one": data},
        "nodes": nodes,
        "edges": edges,
        "artifacts": {"wheel": wheel, "zipapp": wheel},
    }
