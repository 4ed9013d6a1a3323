"""`diff` and `--changed-since` as typed, in real repositories."""

import shutil

import pytest

from tests.docs.test_docs_session import contracts
from tests.e2e.conftest import Workspace
from tests.git.repositories import commit, git, write

GRAPH = "pipelines/hello/fxg.yaml"
EMPTY_CASE = '      - {inputs: {text: ""}, outputs: {counts: {lines: 0, words: 0}}}\n'


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A new workspace with one commit; read only by convention."""
    home = Workspace(tmp_path_factory.mktemp("diff"))
    assert home.type("init", "ws").code == 0
    commit(home.root / "ws")
    return Workspace(home.root / "ws")


@pytest.fixture
def here(fresh, tmp_path):
    shutil.copytree(fresh.root, tmp_path / "ws")
    return Workspace(tmp_path / "ws")


def all_files(root):
    return {path: path.lstat().st_mtime_ns for path in root.rglob("*")}


def test_a_weakened_gate_fails_a_check_and_nothing_is_written(here):
    here.edit(GRAPH, EMPTY_CASE, "")
    before = all_files(here.root)
    done = here.type("diff", "--fail-on-weakened")
    assert done.code == 1, done.err
    lines = done.out.splitlines()
    assert lines[0].endswith("→ the working tree: 1 gate weakened; no target changed")
    assert lines[2:4] == [
        "gates weakened",
        "  //hello:count  examples: 1 of 2 removed: `example 2`",
    ]
    assert "where the base was built, a build runs: 1 test" in lines
    assert all_files(here.root) == before


def test_the_document_says_both_ends_and_every_change(here):
    here.edit("pipelines/hello/words.py", "len(text.split())", "len(text.split(None))")
    done = here.type("diff", "HEAD", "//hello:count", "--json", "--exit-code")
    assert done.code == 1
    found = done.json
    assert found["base"] == {"name": "HEAD", "commit": git(here.root, "rev-parse", "HEAD")}
    assert found["head"] == {"name": "working tree", "commit": None}
    listed = set(contracts()["diff"][0])
    assert set(found) == listed
    (target,) = found["targets"]
    assert set(target) <= set(contracts()["diff"][1])
    assert (target["label"], target["status"]) == ("//hello:count", "changed")
    assert target["code"]["removed"] == target["code"]["added"] == 1
    assert found["actions"]["lint"] == 1


@pytest.mark.slow
def test_the_two_ends_of_a_range_and_the_exit_codes(here):
    assert here.type("diff", "--exit-code").code == 0
    first = git(here.root, "rev-parse", "HEAD")
    here.edit(GRAPH, "Count the words of a text.", "Count words.")
    second = commit(here.root)
    here.edit(GRAPH, EMPTY_CASE, "")
    assert here.type("diff", "--fail-on-weakened").code == 1
    done = here.type("diff", f"{first}..{second}", "--fail-on-weakened", "--exit-code", "--json")
    assert done.code == 1
    assert done.json["head"]["commit"] == second
    assert done.json["totals"]["weakened"] == 0
    back = here.type("diff", f"{second}..{first}", "--json").json
    assert [t["label"] for t in back["targets"]] == ["//hello:hello"]
    assert here.type("diff", "nowhere").code == 2
    assert here.type("diff", "--markdown", "--json").code == 2


@pytest.mark.slow
def test_a_workspace_in_a_subfolder_with_untracked_packages(tmp_path):
    repository = tmp_path / "repository"
    inside = Workspace(repository / "deep" / "inside")
    inside.root.mkdir(parents=True)
    write(repository, {"other.txt": "x"})
    base = commit(repository)
    assert inside.type("init").code == 0
    done = inside.type("diff", "--json")
    assert done.code == 0, done.err
    assert {t["status"] for t in done.json["targets"]} == {"added"}
    commit(repository)
    git(repository, "checkout", "-q", "--detach")
    shutil.copytree(inside.root / "pipelines/hello", inside.root / "pipelines/more")
    (inside.root / "pipelines/more/fxg.yaml").write_text(
        (inside.root / GRAPH).read_text("utf-8").replace("hello-words", "more-words"), "utf-8"
    )
    done = inside.type("diff", "--json", cwd=inside.root / "pipelines/hello")
    labels = {t["label"] for t in done.json["targets"]}
    assert labels == {"//more:count", "//more:more", "//more:wheel"}
    assert inside.type("ls", "//...", "--changed-since", "HEAD").out.split() == sorted(labels)
    assert len(inside.type("ls", "//...", "--changed-since", base).out.split()) == 6


@pytest.mark.slow
def test_what_git_cannot_say_is_an_error_with_a_way_out(here, tmp_path):
    commit(here.root, {"a": "1"})
    url = f"file://{here.root}"
    git(tmp_path, "clone", "-q", "--depth=1", url, "shallow")
    done = Workspace(tmp_path / "shallow").type("diff", "HEAD~1")
    assert done.code == 1
    assert "git fetch --deepen" in done.err
    assert "FXG5005" in done.err
    shutil.rmtree(here.root / ".git")
    done = here.type("diff", "--json")
    assert (done.code, done.json["error"]["id"]) == (1, "FXG5005")


@pytest.mark.slow
def test_a_base_that_cannot_be_read_is_said_and_a_head_is_an_error(here):
    good = (here.root / GRAPH).read_text("utf-8")
    write(here.root, {GRAPH: good.replace("core.Function", "core.Nothing")})
    commit(here.root)
    write(here.root, {GRAPH: good})
    done = here.type("diff")
    assert done.code == 0
    assert "the base has 1 problem" in done.out
    write(here.root, {GRAPH: good.replace("core.Function", "core.Nothing")})
    assert here.type("diff").code == 1


@pytest.mark.slow
def test_only_what_was_touched_is_built_tested_planned_and_emitted(here):
    assert here.type("build").code == 0
    for verb in ("build", "test", "plan", "emit", "ls", "diff"):
        done = here.type(verb, "--changed-since", "HEAD")
        assert done.code == 0, (verb, done.err)
        assert "no target of these patterns was touched since HEAD" in done.err, verb
    here.edit("pipelines/hello/words.py", "Count the lines", "Count all lines")
    shutil.copytree(here.root / "pipelines/hello", here.root / "pipelines/more")
    here.edit("pipelines/more/fxg.yaml", "hello-words", "more-words")
    commit(here.root)
    here.edit("pipelines/more/words.py", "Count all lines", "Count lines")
    done = here.type("build", "--changed-since", "HEAD", "--json")
    assert {t["label"].partition(":")[0] for t in done.json["targets"]} == {"//more"}
    emitted = here.type("emit", "--changed-since", "HEAD", "--json").json
    assert [item["label"] for item in emitted] == ["//more:wheel"]


@pytest.mark.slow
def test_a_pin_that_was_carried_tells_its_reason_and_one_edited_by_hand_is_shouted(workspace):
    commit(workspace.root)
    workspace.edit("examples/eeg/fxg.yaml", "A flat channel gives zeros", "A flat one gives zeros")
    done = workspace.type("diff", "//eeg:welch", "--json").json
    assert done["needed"] == ["//eeg:welch"]
    assert workspace.type("carry", "//eeg:welch", "--because", "words `only` @all").code == 0
    assert workspace.build()[0] == 0
    found = workspace.type("diff", "HEAD", "//eeg:all", "--json").json
    (target,) = [t for t in found["targets"] if t["label"] == "//eeg:welch"]
    assert target["pin"]["after"]["carried"][0]["because"] == "words `only` @all"
    assert target["pin"]["before"]["key"] != target["pin"]["after"]["key"]
    assert target["code"] is None
    assert found["needed"] == []
    assert len(found["built"]["//eeg:wheel"]) == 64
    page = workspace.type("diff", "--markdown").out
    assert "words `only` @all``" in page
    code = workspace.path("cache/eeg/moments/code.py")
    code.write_text(code.read_text("utf-8") + "\n# by hand\n", "utf-8")
    done = workspace.type("diff", "--fail-on-weakened")
    assert done.code == 1
    assert "PINS EDITED BY HAND OR DAMAGED" in done.out
    assert "//eeg:moments  its code is not the code that passed" in done.out
    again = [workspace.type("diff", "--markdown").out for _ in range(2)]
    assert again[0] == again[1]
