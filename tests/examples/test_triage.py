"""//triage: its split holds, and its pin gives the published figures and passes its threshold."""

from pathlib import Path

import pytest

from fxgbuild.calls.answer import infer
from fxgbuild.calls.log import read_log
from fxgbuild.calls.prompt import find_varying
from fxgbuild.calls.split import Pair, split_pairs
from fxgbuild.lang.text import parse
from tests.docs.pages import made, read
from tests.e2e.conftest import copy_repository
from tests.examples.triage import hidden_cases, triage_table

ROOT = Path(__file__).parents[2]
HOME = ROOT / "examples" / "triage"


def test_the_package_is_the_seeded_split_of_its_log():
    log = read_log("calls.jsonl", (HOME / "calls.jsonl").read_text("utf-8"))
    assert (len(log.calls), log.problems) == (180, [])
    inputs = find_varying(log.calls).inputs
    answers = infer([call.answer for call in log.calls]).values
    pairs = [Pair(*pair) for pair in zip(inputs, answers, strict=True)]
    split = split_pairs(pairs, shown=20, seed=0)
    texts, expected = hidden_cases(ROOT)
    assert [Pair(*pair) for pair in zip(texts, expected, strict=True)] == list(split.hidden)
    document, problems = parse("fxg.yaml", (HOME / "fxg.yaml").read_bytes())
    assert not problems
    examples = document.value["nodes"]["answer"]["examples"]
    shown = [Pair(e["inputs"]["text"], e["outputs"]["result"]) for e in examples]
    assert shown == list(split.shown)


@pytest.mark.slow
def test_the_published_figures_are_those_of_the_pin(tmp_path):
    workspace = copy_repository(tmp_path)
    done = workspace.type("build", "//triage:all", "--frozen")
    assert done.code == 0, done.err
    emitted = workspace.type("emit", "//triage:wheel", "--to", "dist", "--json")
    table = triage_table(workspace.root, workspace.root / emitted.json[0]["path"])
    assert made(read("docs/results.md"))["triage"] == table
    quality = workspace.type("report", "//triage:all", "--json").json["quality"]["//triage:answer"]
    published = next(line for line in table.splitlines() if "threshold's figure" in line)
    assert f"{quality['value']:.3f}" in published
