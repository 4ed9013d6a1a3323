"""`fmt`: one form, nothing lost, and the second time nothing to do."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.cli.fmt import formatted
from fxgbuild.cli.main import main
from fxgbuild.lang.fxg import GraphDoc
from fxgbuild.lang.key_order import in_order, shape_of
from fxgbuild.lang.text import parse
from tests.strategies import json_values, printable, yaml_text

EXAMPLES = Path(__file__).parents[2] / "examples"
BEFORE = """\
# yaml-language-server: $schema=../schema.json

use: ['@fxg//signal']
fxg: 1
outputs: {out: b.y}   # what comes out
nodes:
    # the second thing
    b:
        # why this source
        source: m.py:b
        task: 'core.Function'
        inputs: {x: "int"}
        # the outputs
        outputs:
            y: int
        # nothing follows
    a:
        spec: |
            # not a comment

            two lines
        task: core.Function
        params: {on: "no", n: "1", s: 'it''s'}
edges:
    -   {to: b.x, from: a.y}
    -   to: b.x
        # an edge
        call: async
        from: "//other:a.y"


# the end
"""
AFTER = """\
# yaml-language-server: $schema=../schema.json

fxg: 1
use: ["@fxg//signal"]
outputs: {out: b.y}   # what comes out

nodes:
  # the second thing
  b:
    task: core.Function
    inputs: {x: int}
    # the outputs
    outputs:
      y: int
    # why this source
    source: m.py:b
    # nothing follows

  a:
    task: core.Function
    spec: |
      # not a comment

      two lines
    params: {on: "no", n: "1", s: "it's"}

edges:
  - {from: a.y, to: b.x}
  - from: //other:a.y
    to: b.x
    # an edge
    call: async

# the end
"""


def text(data, name="p/fxg.yaml"):
    return formatted(name, data.encode()).decode()


def test_keys_quotes_indents_and_blank_lines_have_one_form_and_comments_stay():
    assert text(BEFORE) == AFTER


def test_what_is_formatted_stays():
    assert text(AFTER) == AFTER


def test_a_file_with_problems_is_left_alone():
    for broken in ("fxg: [", "a: 1\na: 2\n", "a: &x 1\nb: *x\n"):
        assert text(broken) == broken


def test_a_json_graph_has_the_same_order():
    data = json.dumps({"nodes": {"b": {"source": "m", "task": "t"}}, "fxg": 1})
    assert json.loads(text(data, "fxg.json")) == json.loads(data)
    assert text(data, "fxg.json").index('"fxg"') < text(data, "fxg.json").index('"nodes"')
    assert text(text(data, "fxg.json"), "fxg.json") == text(data, "fxg.json")


def test_an_edges_ends_come_first():
    assert shape_of(GraphDoc).below("edges").each.keys()[:2] == ("from", "to")


@st.composite
def graphs(draw):
    """Documents like graphs: known and unknown keys in any order, any values."""
    names = st.sampled_from(["a", "b", "on", "c_1", "x"])
    values = json_values(printable)
    node = st.dictionaries(st.sampled_from(["task", "spec", "params", "inputs", "source"]), values)
    edge = st.dictionaries(st.sampled_from(["to", "from", "call", "retry"]), values)
    sections = {
        "fxg": st.just(1),
        "doc": st.text(printable, max_size=150),
        "nodes": st.dictionaries(names, node),
        "edges": st.lists(edge, max_size=3),
        "zzz": values,
        "acceptance": values,
    }
    keys = draw(st.permutations(sorted(sections)))
    return {key: draw(sections[key]) for key in keys[: draw(st.integers(1, 6))]}


@settings(max_examples=60, deadline=None)
@given(graphs(), st.booleans())
def test_a_format_says_the_same_and_the_second_changes_nothing(document, flow):
    data = json.dumps(document, ensure_ascii=False) if flow else yaml_text(document)
    data = data.strip() + "\n"
    once = text(data)
    assert parse("fxg.yaml", once.encode())[0].value == parse("fxg.yaml", data.encode())[0].value
    assert text(once) == once


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(BEFORE.splitlines()), min_size=3, max_size=25))
def test_no_comment_is_ever_lost(lines):
    data = "\n".join(lines) + "\n"
    kept = text(data)
    words = [line.strip() for line in lines if line.strip().startswith("#")]
    assert all(word in kept for word in words)
    assert text(kept) == kept


@given(json_values())
def test_order_changes_no_value(value):
    assert in_order(value, shape_of(GraphDoc)) == value


@pytest.mark.parametrize("name", ["eeg", "tabular", "triage"])
def test_the_examples_are_in_the_one_form(name):
    data = (EXAMPLES / name / "fxg.yaml").read_bytes()
    assert formatted("fxg.yaml", data) == data


def test_what_init_makes_is_in_the_one_form(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = ["--from-calls", str(EXAMPLES / "triage" / "calls.jsonl"), "--name", "mail"]
    for words in (["init"], ["init", "--rules", "cardiology"], ["init", *log], ["fmt", "--check"]):
        assert main(words) == 0, words
    assert len(list(tmp_path.glob("pipelines/*/fxg.yaml"))) == 3
