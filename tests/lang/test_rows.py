"""Row variables: what came in with `...rest` goes on, and consumers may count on it."""

import pandas as pd
import pytest

from fxgbuild.files import DiskTree
from fxgbuild.lang.load import load_workspace
from fxgbuild.lang.schema import parse_schema
from fxgbuild.runtime.check import check_ports

GRAPH = """\
fxg: 1
inputs: {{t: "{given}"}}
nodes:
  one: {{task: core.Function, source: m.py:f, inputs: {{t: "table<a: int, ...r>"}},
    outputs: {{t: "table<b: float, ...r>"}}, examples: [{{inputs: {{t: []}}, outputs: {{t: []}}}}]}}
  two: {{task: core.Function, source: m.py:f, inputs: {{t: "{taken}"}},
    outputs: {{n: int}}, examples: [{{inputs: {{t: []}}, outputs: {{n: 0}}}}]}}
edges:
  - {{from: t, to: one.t}}
  - {{from: one.t, to: two.t}}
"""


def problems(root, given, taken):
    (root / "p").mkdir()
    (root / "fxgbuild.toml").write_text("fxg = 1\n")
    (root / "p/m.py").write_text("def f(t):\n    return t\n")
    (root / "p/fxg.yaml").write_text(GRAPH.format(given=given, taken=taken))
    return [problem.message for problem in load_workspace(DiskTree(root))[1]]


@pytest.mark.parametrize(
    ("given", "taken", "wrong"),
    [
        ("table<a: int, x: float>", "table<b: float, x: float>", ""),
        ("table<a: int, x: float>", "table<x: float?, ...q>", ""),
        ("table<a: int, x: float>", "table<x: int, ...q>", "column `x`: is `float`, not `int`"),
        ("table<a: int, x: float>", "table<a: int, ...q>", "column `a` is missing"),
        ("table<a: int, x: float>", "table<b: float>", "column `x` is not declared there"),
        ("table<a: int, ...z>", "table<b: float>", "further columns `...z` are not declared there"),
        ("table<a: int, ...z>", "table<x: int, ...q>", "column `x` is missing"),
    ],
)
def test_what_a_row_variable_stands_for_is_known_along_edges(tmp_path, given, taken, wrong):
    found = problems(tmp_path, given, taken)
    assert found == ([f"//p:one.t → //p:two.t: {wrong}"] if wrong else [])


IN, OUT = (parse_schema(text, {}) for text in ("table<a: int, ...r>", "table<b: float, ...r>"))


@pytest.mark.parametrize(
    ("out", "fault"),
    [
        ({"b": [0.5], "x": [1], "y": ["u"]}, None),
        ({"b": [0.5], "x": [1]}, "the column 'y' of `...r` is missing"),
        ({"b": [0.5], "x": [1], "y": ["u"], "z": [1]}, "the column 'z' is not one of `...r`"),
        ({"b": [0.5], "x": [1.5], "y": ["u"]}, "column x: expected int, as `...r` has it"),
    ],
)
def test_what_a_row_variable_stands_for_is_checked_in_values(out, fault):
    bound = {}
    table = pd.DataFrame({"a": [1], "x": [2], "y": ["v"]})
    assert check_ports({"t": table}, {"t": IN}, bound, {}) == {}
    found = check_ports({"t": pd.DataFrame(out)}, {"t": OUT}, bound, {})
    assert found == ({"t": [fault]} if fault else {})
