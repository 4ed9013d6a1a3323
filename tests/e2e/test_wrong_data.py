"""Wrong, absent and secret data: one line with the place and a remedy, and nothing left behind."""

import hashlib
import subprocess

import pyarrow as pa
import pytest

from fxgbuild.harness import literal
from fxgbuild.lang.schema import parse_schema
from fxgbuild.runtime import codec
from fxgbuild.runtime.fault import Misfit

from .conftest import Workspace, copy_repository

GRAPH = """\
fxg: 1
types:
  People: "table<age: int in [0, 150], speed: float m/s, ...rest>"
inputs: {people: People, note: text}
outputs: {adults: keep.adults, signed: sign.signed}
data:
  one:
    people: {path: data/people.csv, sha256: PEOPLE}
    note: {path: data/note.txt, sha256: NOTE}
nodes:
  keep:
    task: core.Function
    inputs: {people: People}
    outputs: {adults: People}
    parameters: {least: {type: int, range: [0, 150], binding: run, default: 18}}
    imports: [pandas]
    examples:
      - inputs: {people: [{age: 30, speed: 1.0}]}
        params: {least: 18}
        outputs: {adults: [{age: 30, speed: 1.0}]}
    source: keep.py:keep
  sign:
    task: core.Function
    inputs: {note: text}
    outputs: {signed: text}
    parameters: {token: {type: secret}}
    imports: [hashlib]
    examples:
      - inputs: {note: a}
        params: {token: t}
        outputs: {signed: SIGNED}
    source: sign.py:sign
edges:
  - {from: people, to: keep.people}
  - {from: note, to: sign.note}
artifacts: {wheel: {name: people, version: "1.0"}}
"""
KEEP = '''\
"""Keeps rows."""

import pandas as pd


def keep(people: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """Keep adults."""
    return people[people["age"] >= least]
'''
SIGN = '''\
"""Signs a note."""

import hashlib


def sign(note: str, *, token: str) -> str:
    """Give a digest of the token and the note."""
    return hashlib.sha256((token + note).encode()).hexdigest()
'''
CSV = "age,speed,name\n30,1.5,a\n3,0.5,b\n"
SECRET = "hunter2-is-nowhere"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("people") / "ws")
    folder = workspace.root / "pipelines/people"
    (folder / "data").mkdir(parents=True)
    settings = 'fxg = 1\npackages = "pipelines"\n[data]\nroot = "../beside"\n'
    (workspace.root / "fxgbuild.toml").write_text(settings)
    (folder / "keep.py").write_text(KEEP)
    (folder / "sign.py").write_text(SIGN)
    graph = GRAPH.replace("PEOPLE", sha256(CSV)).replace("NOTE", sha256("hello"))
    (folder / "fxg.yaml").write_text(graph.replace("SIGNED", sha256("ta")))
    (folder / "data/note.txt").write_text("hello")
    beside(workspace).parent.mkdir(parents=True)
    beside(workspace).write_text(CSV)
    done = workspace.type("build", "//people:all")
    assert done.code == 0, done.err
    return workspace


def beside(workspace):
    return workspace.root.parent / "beside/pipelines/people/data/people.csv"


def run(workspace, *words, **inputs):
    given = [word for name, path in inputs.items() for word in ("--input", f"{name}={path}")]
    return workspace.type("run", "//people", *given, *words, "--param", f"token={SECRET}")


def arrow(path, unit="", age=30, type_=None):
    fields = [
        pa.field("age", type_ or pa.int64()),
        pa.field("speed", pa.float64(), metadata={"unit": unit} if unit else None),
    ]
    table = pa.table([[age], [1.0]], schema=pa.schema(fields))
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


WRONG = {
    "missing.csv": (
        b"age,name\n30,a\n",
        "{}:1: the table lacks the column 'speed'; it has age, name",
    ),
    "string.csv": (b"age,speed\n3,1\nn/a,1\n", "{}:3:age: expected int in [0, 150], found 'n/a'"),
    "latin.csv": (
        "age,speed,name\n3,1,é\n".encode("latin-1"),
        "{}:2:5: the byte 0xe9 is not UTF-8",
    ),
    "plain": (b"age,speed\n3,1\n", "{}: not a table: the file is truncated or no Arrow stream"),
    "unit.arrow": (None, "{}: column speed: is in km/h, expected m/s: convert it, or declare"),
    "text.arrow": (None, "{}: column age: expected int in [0, 150], found string, such as 'n/a'"),
    "range.arrow": (None, "{}: column age, row 0: expected int in [0, 150], found 200"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_one_line_with_its_place_and_leaves_nothing(built, tmp_path, name):
    data, said = WRONG[name]
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    elif name == "unit.arrow":
        arrow(path, "km/h")
    elif name == "text.arrow":
        arrow(path, age="n/a", type_=pa.string())
    else:
        arrow(path, age=200)
    (tmp_path / "note").write_text("x")
    out = tmp_path / "out"
    done = run(built, "--out", str(out), people=path, note=tmp_path / "note")
    assert done.code == 2
    errors = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert errors[0].startswith(f"error: graph input people: {said.format(path)}"), errors
    assert not out.exists()


@pytest.mark.slow
def test_a_truncated_recording_is_one_line(tmp_path):
    (tmp_path / "ws").mkdir()
    workspace = copy_repository(tmp_path / "ws")
    whole = (workspace.root / "examples/eeg/data/Subject00_1.edf").read_bytes()
    (tmp_path / "cut.edf").write_bytes(whole[:40_000])
    given = [f"rest={tmp_path}/cut.edf", "--input", f"task={tmp_path}/cut.edf"]
    out = str(tmp_path / "o")
    node = workspace.type("run", "//eeg:windows", "--input", *given, "--out", out)
    assert node.code == 3
    assert "node windows failed: ValueError: rest: truncated, 40000 bytes where" in node.err
    assert not (tmp_path / "o").exists()


@pytest.mark.slow
def test_a_parameter_is_checked_before_anything_runs(built):
    for words, said in (
        (("--param", "least=x"), "error: parameter `keep.least` is `x`, not of type int"),
        (("--param", "least=200"), "error: parameter `keep.least`"),
        (("--param", "leats=2"), "error: `leats` names 0 parameters"),
    ):
        done = run(built, *words)
        assert (done.code, done.err.startswith(said)) == (2, True), done.err
    done = built.type("run", "//people")
    assert done.err.startswith("error: the run parameter `sign.token` is missing")


@pytest.mark.slow
def test_data_beside_the_repository_are_found_by_digest_and_absent_ones_are_told(built):
    assert built.type("doctor").out.count("every declared file is there") == 1
    done = run(built, "--json")
    assert done.code == 0, done.err
    away = beside(built).rename(beside(built).with_suffix(".away"))
    built.edit("pipelines/people/keep.py", "Keep adults.", "Keep the adults.")
    try:
        build = built.type("build", "//people:all")
        assert build.code == 0, build.err
        assert "skipped  //people:people: data is absent: data/people.csv" in build.err + build.out
        frozen = built.type("build", "//people:all", "--frozen")
        assert frozen.code == 3
        assert "data is absent: data/people.csv" in frozen.err + frozen.out
        assert "//people:people needs data/people.csv" in built.type("doctor").out
        assert "is absent: data/people.csv" in run(built).err
        beside(built).write_text(CSV + "99,1.0,c\n")
        changed = built.type("build", "//people:all")
        assert changed.code == 1
        assert "`data/people.csv` has digest" in changed.err
        assert "FXG1119" in changed.err
        assert run(built).code == 1  # a digest that is wrong is never run
    finally:
        away.rename(beside(built))
        built.edit("pipelines/people/keep.py", "Keep the adults.", "Keep adults.")
    assert built.type("build", "//people:all").code == 0


@pytest.mark.slow
def test_a_secret_is_nowhere(built, tmp_path):
    done = run(built, "--out", str(tmp_path / "out"), "--json")
    assert done.code == 0, done.err
    assert done.json["params"] == {"sign.token": "(secret)"}
    expected = sha256(SECRET + "hello")
    assert (tmp_path / "out/one-signed.txt").read_text() == expected
    assert built.type("emit", "//people:wheel", "--to", str(tmp_path / "dist")).code == 0
    for verb in ("log", "why"):
        told = built.type(verb, *(["//people:sign"] if verb == "why" else []))
        assert SECRET not in told.out + told.err
    found = subprocess.run(
        ["grep", "-rla", SECRET, str(built.root), str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.stdout == ""
    assert SECRET not in done.out + done.err


def test_literals_say_where_they_are_wrong():
    for kind, value, said in (
        ("table<a: int>", [{"a": 1}, {"a": "x"}], "column a, row 1: expected int, found 'x'"),
        ("float64[n, 2]", [[1, "x"]], "element [0, 1]: expected a number, found 'x'"),
        ("uint8[n]", [300], "a number does not fit into uint8"),
        ("record<a: list<int>>", {"a": [1, "x"]}, "field a, item 1: expected int, found 'x'"),
        ("table<a: int>", {"a": [1], "b": [1, 2]}, "columns of unequal length make no table"),
    ):
        with pytest.raises(Misfit) as caught:
            codec.encode(literal.read(value, parse_schema(kind, {})), parse_schema(kind, {}))
        assert str(caught.value) == said


@pytest.mark.slow
def test_what_came_from_a_csv_is_kept_as_a_table(built, tmp_path):
    done = run(built, "--keep", "--out", str(tmp_path / "a"), "--json")
    assert done.code == 0, done.err
    alone = built.type("run", "//people:keep", "--out", str(tmp_path / "b"), "--json")
    assert alone.code == 0, alone.err
    outputs = done.json["outputs"], alone.json["outputs"]
    assert outputs[0]["one/adults"]["sha256"] == outputs[1]["one/adults"]["sha256"]
