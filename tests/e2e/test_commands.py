"""The command line: streams, codes, documents for scripts."""

import json
import subprocess
import sys

import pytest

from tests.e2e.conftest import Workspace


def test_init_makes_a_workspace_that_builds_at_once(tmp_path):
    here = Workspace(tmp_path)
    assert here.type("init", "new").code == 0
    new = Workspace(tmp_path / "new")
    done = new.type("build", "//hello:all")
    assert done.code == 0, done.err
    assert "sample" in done.out
    assert "; 0 actions run in " in new.type("build").out
    emitted = new.type("emit", "//hello:wheel", "--json").json
    assert emitted[0]["path"].endswith(".whl")
    assert here.type("init", "new").code == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("build", "//nowhere:all"), 2),
        (("build", "//eeg:welsh"), 2),
        (("build", "welch"), 2),
        (("bild",), 2),
        (("build", "--no-such-option"), 2),
        (("query", "deps(//eeg:all"), 7),
        (("query", "dept(//eeg:all)"), 7),
        (("explain", "FXG1108"), 0),
        (("explain", "FXG9999"), 2),
        (("version",), 0),
        (("completion", "bash"), 0),
        (("ls", "//eeg:all"), 0),
        (("info",), 0),
        (("graph", "//eeg", "--output", "mermaid"), 0),
        (("show", "//eeg:welch", "--code"), 0),
        (("run", "//eeg:welch"), 2),
        ((), 0),
        (("cache",), 0),
        (("emit", "//eeg:welch"), 2),
    ],
)
def test_codes(built, words, code):
    done = built.type(*words)
    assert done.code == code, done.err
    if code:
        assert done.out == ""
        assert done.err.strip()


def test_what_is_close_is_named(built):
    assert "`welch`" in built.type("build", "//eeg:welsh").err
    assert "`build`" in built.type("bild").err
    assert "`deps`" in built.type("query", "dept(//eeg:all)").err


def test_outside_a_workspace_is_said(tmp_path):
    done = Workspace(tmp_path).type("build")
    assert done.code == 2
    assert "fxgbuild init" in done.err


def test_underscores_and_dashes_name_the_same_option(built):
    assert built.type("build", "//eeg:welch", "--keep_going").code == 0


def test_a_pattern_can_be_taken_away(built):
    out = built.type("ls", "//eeg:all", "-//eeg:welch").out.split()
    assert "//eeg:welch" not in out
    assert "//eeg:moments" in out


def test_query_answers_about_the_graph(built):
    found = set(built.type("query", "rdeps(//eeg:all, //eeg:reduce, 1)").out.split())
    assert {"//eeg:reduce", "//eeg:svm", "//eeg:autoencoder"} <= found
    kinds = built.type("query", 'kind("template", //eeg:all)').out.split()
    assert kinds == ["//eeg:serialise", "//eeg:split", "//eeg:windows"]


def test_a_node_runs_on_files(built, tmp_path):
    np = pytest.importorskip("numpy")
    wave = np.sin(np.arange(500) / 500 * 2 * np.pi * 10)[None, None, :] * np.ones((2, 3, 1))
    np.save(tmp_path / "w.npy", wave)
    words = ("run", "//eeg:welch", "--input", f"windows={tmp_path / 'w.npy'}", "--json")
    done = built.type(*words)
    assert done.code == 0, done.err
    psd = np.load(done.json["outputs"]["psd"]["path"])
    assert psd.shape == (2, 3, 23)
    assert psd[0, 0].argmax() == 5  # bins are 2 Hz apart
    wrong = built.type("run", "//eeg:welch", "--input", f"window={tmp_path / 'w.npy'}")
    assert wrong.code == 2
    assert "`windows`" in wrong.err


def test_a_wrong_input_is_one_clear_error(built, tmp_path):
    (tmp_path / "w.npy").write_bytes(b"not an array")
    done = built.type("run", "//eeg:welch", "--input", f"windows={tmp_path / 'w.npy'}")
    assert done.code == 2
    assert "windows" in done.err


def test_documents_for_scripts_have_their_fields(built):
    plan = built.type("plan", "//eeg:all", "--json").json
    assert set(plan) == {"targets", "totals"}
    assert set(plan["targets"][0]) == {"label", "state", "reasons", "actions"}
    assert {"tokens", "cost"} <= set(plan["totals"])
    result = built.build()[1]
    wanted = {"status", "targets", "totals", "actions", "sandbox", "wall_s"}
    assert wanted <= set(result)
    target = {"label", "outcome", "key", "digest", "findings"}
    assert target <= set(result["targets"][0])
    run = built.type("run", "//eeg", "--case", "subject00", "--json").json
    assert {"status", "outputs", "tasks"} <= set(run)
    assert {"label", "start_s", "wall_s", "attempts", "bytes"} <= set(run["tasks"][0])
    why = built.type("why", "//eeg:welch", "--json").json
    assert {"label", "state", "reasons", "key", "previous_key"} <= set(why)


def test_an_error_is_a_document_too_where_one_was_asked_for(built):
    done = built.type("build", "//eeg:welsh", "--json")
    assert done.code == done.json["exit_code"] == 2
    assert "`welch`" in done.json["error"]["facts"]["closest"]


def test_results_go_to_stdout_and_everything_else_to_stderr(built):
    done = built.type("build", "//eeg:all", "--json")
    json.loads(done.out)
    assert built.type("plan", "//eeg:all").err == ""


def test_the_prompt_of_a_node_is_the_same_every_time(built):
    first = built.type("prompt", "//eeg:welch").out
    assert first == built.type("prompt", "//eeg:welch").out
    assert "Welch" in first


def test_an_environment_without_what_the_code_needs_is_named_with_the_command(tmp_path):
    here = Workspace(tmp_path)
    here.type("init", ".")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True
    )
    done = here.type("build", env={"VIRTUAL_ENV": str(tmp_path / "bare")})
    assert done.code == 1
    assert str(tmp_path / "bare") in done.err
    assert "pytest is not installed" in done.err
    assert "-m pip install" in done.err


def test_an_installed_version_other_than_the_locked_one_is_named(workspace):
    workspace.edit("requirements.lock", "numpy==", "numpy==1.26.0 # not ")
    done = workspace.type("build", "//eeg:welch")
    assert done.code == 1
    assert "is installed, requirements.lock says 1.26.0" in done.err


def test_fmt_keeps_comments_and_values_and_works_on_a_broken_workspace(tmp_path):
    here = Workspace(tmp_path)
    here.type("init", ".")
    path = here.path("pipelines/hello/fxg.yaml")
    text = path.read_text()
    path.write_text(
        text.replace("doc: Count", "doc: Count  ").replace("\n", "   \r\n") + "nods: {}\n"
    )
    assert here.type("fmt", "--check").code == 1
    assert here.type("fmt").code == 0
    assert path.read_text() == text.replace("doc: Count", "doc: Count  ") + "\nnods: {}\n"
    assert here.type("fmt", "--check").code == 0
    path.write_text('fxg: 1\nnodes: {}\ndoc: "kept \\\n  as it is"   \n')
    assert here.type("fmt").code == 0
