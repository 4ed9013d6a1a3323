"""Queries as they are typed: about targets, about actions, about chains."""

import json

import networkx as nx
import pytest

from fxgbuild.plan.key import key_of

SVM = ["//eeg:normalise", "//eeg:reduce", "//eeg:scale", "//eeg:split", "//eeg:svm"]


def test_an_answer_is_printed_as_labels_kinds_and_documents(built):
    query = "let fit = //eeg:svm in deps($fit) ^ attr(task, 'learning|Normalise', //...)"
    assert built.type("query", query).out.split() == SVM
    kinds = built.type("query", "//eeg:svm + //eeg", "--output", "label_kind").out
    assert kinds == "graph  //eeg:eeg\nlearning.OneClassSvm node (generated)  //eeg:svm\n"
    document = built.type("query", query, "--json").json
    assert [entry["label"] for entry in document] == SVM
    assert document[-1]["needs"] == [{"label": "//eeg:reduce", "ports": ["train", "test"]}]
    lines = built.type("query", query, "--output=jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == document


def test_an_answer_is_drawn_with_the_ports_that_flow(built):
    words = ("query", "allpaths(//eeg:wheel, //eeg:svm)")
    dot = built.type(*words, "--output", "graph").out
    arrows = [line.strip() for line in dot.splitlines() if "->" in line]
    svm = '"//eeg:svm" -> "//eeg:ensemble" [label="train_scores, test_scores", style=solid];'
    assert svm in arrows
    ends = [(line.split('"')[1], line.split('"')[3]) for line in arrows]
    assert nx.has_path(nx.DiGraph(ends), "//eeg:svm", "//eeg:wheel")
    mermaid = built.type(*words, "--output", "mermaid").out
    assert mermaid.startswith("flowchart TD\n")
    assert "-->|train_scores, test_scores|" in mermaid
    assert mermaid.count("-->") == len(arrows)


def test_a_query_knows_ports_and_types(built):
    takers = built.type("query", "consumers(//eeg:normalise.windows) - //eeg:welch").out.split()
    assert takers == ["//eeg:band_ratios", "//eeg:moments", "//eeg:wavelets"]
    for named in ("signal.Windows", "float64[windows, channels, samples] mV"):
        makers = built.type("query", f'producers("{named}")').out.split()
        assert makers == ["//eeg:normalise", "//eeg:windows"]
    wrong = built.type("query", "producers(signal.Window)")
    assert wrong.code == 7
    assert "`signal.Windows`" in wrong.err


def test_what_an_edit_touches_is_a_query(workspace):
    assert workspace.type("query", "state:modified ^ //eeg:all").out == ""
    workspace.edit("examples/eeg/fxg.yaml", "params: {nu: 0.1}", "params: {nu: 0.2}")
    touched = workspace.type("query", "state:modified ^ kind(node, //eeg:all)").out.split()
    assert touched == ["//eeg:svm"]
    found = workspace.type("query", "state:modified+1 ^ kind(node, //eeg:all)").out.split()
    assert found == ["//eeg:ensemble", "//eeg:serialise", "//eeg:svm"]


def test_a_bad_query_shows_its_place(built):
    done = built.type("query", "deps(//eeg:svm) + rdep(//..., //eeg:svm)")
    assert done.code == 7
    shown, marked = done.err.splitlines()[1:3]
    assert marked.index("^") == shown.index("rdep(")
    assert "`rdeps`" in done.err
    document = built.type("query", "dep(//eeg)", "--json")
    assert document.json["exit_code"] == 7
    assert document.json["error"]["facts"]["column"] == "1"


def test_actions_are_told_with_their_keys_and_what_the_keys_hash(built):
    document = built.type("aquery", "//eeg:svm + //eeg", "--preimages", "--json").json
    actions = {(entry["target"], entry["action"]): entry for entry in document}
    lint = actions["//eeg:svm", "lint"]
    assert lint["mnemonic"] == "Lint"
    assert lint["state"] == "cached"
    assert ("//eeg:eeg", "integrate") in actions
    for (_, action), entry in actions.items():
        assert entry["key"] == str(key_of(action, entry["preimage"]))
    text = built.type("aquery", "deps(//eeg:svm, 1)", "--actions", "lint,test").out
    assert text.count("Mnemonic: Lint") == text.count("Mnemonic: Test") == 2
    assert f"ActionKey: {lint['key']}" in text
    assert "Generate" not in text
    assert "Preimage" not in text


def test_an_action_that_will_run_is_told_from_one_that_waits(workspace):
    workspace.edit("examples/eeg/fxg.yaml", "by length or by total", "by total or by length")
    lines = workspace.type("aquery", "//eeg:wavelets", "--output", "jsonl").out.splitlines()
    states = {entry["action"]: entry["state"] for entry in map(json.loads, lines)}
    assert states["generate"] == "to run"
    assert states["lint"] == states["test"] == "waiting"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("aquery", "//eeg:svm", "--actions", "lnit"), 2),
        (("aquery", "deps("), 7),
        (("why-depends", "//eeg:svm", "//eeg:evaluate"), 1),
        (("why-depends", "//eeg:all", "//eeg:svm"), 2),
        (("why-depends", "//eeg:svm", "//eeg:welsh"), 2),
        (("why_depends", "//eeg:svm", "//eeg:svm"), 0),
    ],
)
def test_codes(built, words, code):
    done = built.type(*words)
    assert done.code == code, done.err
    assert bool(done.out) == (code == 0)


def test_a_chain_is_told_with_the_ports_that_flow(built):
    lines = built.type("why-depends", "//eeg:svm", "//eeg:scale").out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["//eeg:svm.train", "<-", "//eeg:reduce.train"],
        ["//eeg:svm.test", "<-", "//eeg:reduce.test"],
        ["//eeg:reduce.train", "<-", "//eeg:scale.train"],
        ["//eeg:reduce.validation", "<-", "//eeg:scale.validation"],
        ["//eeg:reduce.test", "<-", "//eeg:scale.test"],
    ]
    assert all("  float64[" in line for line in lines)
    document = built.type("why-depends", "//eeg:wheel", "//eeg:svm", "--json").json
    ends = [(step["consumer"], step["producer"]) for step in document["chain"]]
    assert ends == [("//eeg:wheel", "//eeg:eeg"), ("//eeg:eeg", "//eeg:svm")]
    other = built.type("why-depends", "//eeg:svm", "//eeg:evaluate")
    assert "//eeg:svm does not depend on //eeg:evaluate" in other.err
    assert "`fxgbuild why-depends //eeg:evaluate //eeg:svm`" in other.err
