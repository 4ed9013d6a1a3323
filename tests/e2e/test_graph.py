"""`fxgbuild graph`: which files it writes and where, and that they say nothing of the machine."""

import json

import pytest

from tests.e2e.conftest import copy_repository


def test_a_graph_becomes_two_files_whose_paths_are_printed(built, tmp_path):
    done = built.type("graph", "//eeg")
    assert done.code == 0, done.err
    assert done.out.splitlines() == [".fxgbuild/graph/eeg.svg", ".fxgbuild/graph/eeg.html"]
    again = built.type("graph", "//eeg", "--to", str(tmp_path / "here"), "--json")
    assert [item["path"] for item in again.json] == [
        str(tmp_path / "here" / f"eeg.{kind}") for kind in ("svg", "html")
    ]
    for kind in ("svg", "html"):
        first = built.path(f".fxgbuild/graph/eeg.{kind}").read_bytes()
        assert first == (tmp_path / "here" / f"eeg.{kind}").read_bytes()
        assert str(built.root).encode() not in first
        assert str(tmp_path.parent).encode() not in first


def test_a_fresh_clone_is_drawn_before_anything_is_built(tmp_path):
    (tmp_path / "ws").mkdir()
    fresh = copy_repository(tmp_path / "ws")
    done = fresh.type("graph", "//eeg", "--output", "svg", "--to", "drawn")
    assert done.code == 0, done.err
    assert done.out == "drawn/eeg.svg\n"
    assert [path.name for path in fresh.path("drawn").iterdir()] == ["eeg.svg"]
    text = fresh.path("drawn/eeg.svg").read_text("utf-8")
    assert "Graph of 14 nodes; targets: 16 dirty." in text
    assert text.count(">pinned<") == 11 + 1  # eleven nodes, and the legend


def test_text_goes_to_stdout_and_what_is_no_graph_is_refused(built):
    assert built.type("graph", "//eeg", "--output", "dot").out.startswith("digraph")
    done = built.type("graph", "//eeg:welch")
    assert done.code == 2
    assert "`fxgbuild graph //eeg`" in done.err


@pytest.mark.slow
def test_a_rejected_reply_shows_what_it_met_until_the_node_changes(workspace):
    def welch():
        return said_of(workspace, "welch")

    edited = "examples/eeg/fxg.yaml"
    workspace.edit(edited, "A flat channel gives zeros.", "A flat channel gives exact zeros.")
    before = welch()
    assert "spec.text" in before
    assert "Pinned code of an earlier key" in before
    reply = "```python\n" + workspace.path("cache/eeg/welch/code.py").read_text("utf-8")
    bad = reply.replace("import math", "import math\nimport socket") + "```\n"
    workspace.path("reply.md").write_text(bad, "utf-8")
    workspace.type("generate", "import", "reply.md", "--for", "//eeg:welch", "--model", "test")
    failed = welch()
    assert ">failed<" in failed
    assert "attempt 1: failed at" in failed
    assert "socket" in failed
    workspace.edit(edited, "gives exact zeros.", "gives zeros everywhere.")
    assert ">dirty<" in welch()


@pytest.mark.slow
def test_a_node_is_failed_as_long_as_the_same_action_would_fail(workspace):
    cases = workspace.path("examples/eeg/acceptance/moments.jsonl")
    rows = [json.loads(line) for line in cases.read_text("utf-8").splitlines()]
    before = [json.dumps(row) for row in rows]
    rows[0]["outputs"]["moments"][0][0][0] += 1.0
    cases.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert ">dirty<" in said_of(workspace, "moments")
    assert workspace.type("build", "//eeg:moments").code == 1
    assert ">failed<" in said_of(workspace, "moments")
    cases.write_text("\n".join(before[:-1]), "utf-8")
    assert ">dirty<" in said_of(workspace, "moments")


def said_of(workspace, name):
    """A node's part of the page."""
    done = workspace.type("graph", "//eeg", "--output", "html")
    assert done.code == 0, done.err
    text = workspace.path(".fxgbuild/graph/eeg.html").read_text("utf-8")
    return text.partition(f'<article id="p-{name}"')[2].partition("</article>")[0]
