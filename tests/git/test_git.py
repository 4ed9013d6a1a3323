"""A commit's files are read as the disk's are, wherever the workspace lies; nothing is written."""

import hashlib
import os
import shutil

import pytest

from fxgbuild.errors import HistoryMissing, UsageError
from fxgbuild.files import DiskTree
from fxgbuild.git.repository import Repository, open_repository
from fxgbuild.git.tree import SMALL, GitTree

from .repositories import commit, git, write

FILES = {
    "fxgbuild.toml": "fxg = 1\n",
    "one/fxg.yaml": "fxg: 1\n",
    "one/data.bin": bytes(range(256)) * 8,
    "one/large.txt": "x" * (SMALL + 1),
    "one/deep/er/fxg.json": "{}",
    "rules/a/rules.toml": "a",
    "rules/b/rules.toml": "b",
    "cache/one/n/pin.json": "{}",
    ".hidden/fxg.yaml": "fxg: 1\n",
    "__pycache__/fxg.yaml": "fxg: 1\n",
    "a name with\ta tab é/fxg.yaml": "fxg: 1\n",
    "empty": "",
}


def tree_of(folder, commit_id):
    return GitTree(open_repository(folder), commit_id, DiskTree(folder))


@pytest.mark.parametrize("inside", ["", "some/folder"])
def test_a_commit_reads_as_the_disk_did(tmp_path, inside):
    root = tmp_path / "repository"
    here = root / inside
    write(root, {"beside.txt": "not of the workspace"})
    write(here, FILES)
    first = commit(root)
    disk = DiskTree(here)
    was = {name: (disk.read(name), disk.digest(name)) for name in FILES}
    graphs = {folder: list(disk.graph_files(folder)) for folder in (".", "one", "nowhere")}
    folders = {folder: disk.folders(folder) for folder in ("rules", "one", "nowhere", "rules/")}
    for name in FILES:
        (here / name).unlink()
    write(here, {"fxgbuild.toml": "changed", "one/new/fxg.yaml": "fxg: 1"})
    tree = tree_of(here, first)
    assert {name: (tree.read(name), tree.digest(name)) for name in FILES} == was
    assert {folder: list(tree.graph_files(folder)) for folder in graphs} == graphs
    assert {folder: tree.folders(folder) for folder in folders} == folders
    beside = ["beside.txt"] if inside else []
    for name in ("one/new/fxg.yaml", "one", "nowhere", "../beside.txt", *beside):
        assert tree.read(name) is tree.digest(name) is None


def test_a_link_is_no_file_and_the_program_s_own_files_are_the_disk_s(tmp_path):
    write(tmp_path, {"real": "x"})
    (tmp_path / "link").symlink_to("real")
    tree = tree_of(tmp_path, commit(tmp_path))
    assert tree.read("link") is None
    own = str(tmp_path / "real")
    assert tree.read(own) == b"x"
    assert tree.digest(own) == tree.digest("real")
    assert tree.folders(str(tmp_path)) == [".git"]


def test_what_git_keeps_elsewhere_has_the_digest_that_its_pointer_says(tmp_path):
    name = hashlib.sha256(b"large").hexdigest()
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{name}\nsize 5\n"
    assert tree_of(tmp_path, commit(tmp_path, {"data": text})).digest("data").hex == name


def test_many_files_are_read_by_few_processes(tmp_path, monkeypatch):
    files = {f"p/{n}/fxg.yaml": str(n) for n in range(300)}
    tree = tree_of(tmp_path, commit(tmp_path, files))
    asked, ask = [], Repository.ask

    def counted(self, *words, **named):
        asked.append(words)
        return ask(self, *words, **named)

    monkeypatch.setattr(Repository, "ask", counted)
    paths = list(tree.graph_files("p"))
    assert sorted(tree.read(path) for path in paths) == sorted(d.encode() for d in files.values())
    assert len(asked) == 1


def test_names_of_commits(tmp_path):
    first = commit(tmp_path, {"a": "1"})
    git(tmp_path, "tag", "-a", "v1", "-m", "x")
    second = commit(tmp_path, {"a": "2"})
    git(tmp_path, "checkout", "-q", "-b", "side", first)
    third = commit(tmp_path, {"b": "1"})
    here = open_repository(tmp_path)
    found = {
        words: here.range(words) for words in ("main", "v1", "main..side", "main...", "...main")
    }
    ends = {words: (r.base, r.head) for words, r in found.items()}
    assert ends == {
        "main": (second, ""),
        "v1": (first, ""),
        "main..side": (second, third),
        "main...": (first, ""),
        "...main": (first, second),
    }
    assert here.range("").base == third  # there is no remote
    for wrong in ("nowhere", "--all", "-x", "main^{tree}"):
        with pytest.raises(UsageError):
            here.range(wrong)


def test_without_a_base_it_is_where_the_remote_s_branch_was_left(tmp_path):
    first = commit(tmp_path / "origin", {"a": "1"})
    git(tmp_path, "clone", "-q", "origin", "clone")
    clone = tmp_path / "clone"
    git(clone, "checkout", "-q", "-b", "side")
    commit(clone, {"b": "2"})
    second = commit(tmp_path / "origin", {"a": "3"})
    git(clone, "fetch", "-q")
    git(clone, "checkout", "-q", "--detach")
    here = open_repository(clone)
    assert here.range("").base == first
    assert here.range("origin/main").base == second


def test_a_shallow_clone_says_what_to_fetch(tmp_path):
    for n in range(4):
        commit(tmp_path / "origin", {"a": str(n)})
    git(tmp_path / "origin", "checkout", "-q", "-b", "side", "HEAD~3")
    commit(tmp_path / "origin", {"b": "1"})
    url = f"file://{tmp_path / 'origin'}"
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", url, "clone")
    here = open_repository(tmp_path / "clone")
    for words in ("origin/main...", "HEAD~2"):
        with pytest.raises(HistoryMissing) as caught:
            here.range(words)
        assert "git fetch --deepen" in caught.value.hint


def test_a_worktree_is_a_place_like_any_other(tmp_path):
    first = commit(tmp_path / "main", {"a": "1"})
    git(tmp_path / "main", "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "side")
    write(tmp_path / "tree", {"a": "2", "new": "3"})
    here = open_repository(tmp_path / "tree")
    assert here.changed(here.commit("main")) == {"a", "new"}
    assert tree_of(tmp_path / "tree", first).read("a") == b"1"


def test_changed_files_are_those_that_differ_in_any_way(tmp_path):
    here = tmp_path / "inside"
    write(tmp_path, {".gitignore": "ignored\n", "outside": "1"})
    names = ("same", "edited", "staged", "gone", "é name\twith tab", "back")
    write(here, dict.fromkeys(names, "1"))
    first = commit(tmp_path)
    write(here, {"edited": "2", "staged": "2", "new": "1", "ignored": "1", "é name\twith tab": "2"})
    write(tmp_path, {"outside": "2", "back": "2"})
    git(tmp_path, "add", "inside/staged")
    (here / "gone").unlink()
    os.utime(here / "same")
    found = open_repository(here)
    assert found.changed(first) == {"edited", "staged", "gone", "new", "é name\twith tab"}
    commit(tmp_path)
    assert found.changed(first) == {"edited", "staged", "gone", "new", "é name\twith tab"}


def test_nothing_that_a_repository_names_is_run_and_nothing_is_written(tmp_path):
    first = commit(tmp_path, {"a": "1"})
    seen = tmp_path.parent / f"{tmp_path.name}-seen"
    for name in ("core.fsmonitor", "diff.external", "core.pager"):
        git(tmp_path, "config", name, f"touch {seen}; false")
    write(tmp_path, {"a": "2"})
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    here = open_repository(tmp_path)
    assert here.changed(first) == {"a"}
    assert tree_of(tmp_path, first).read("a") == b"1"
    assert not seen.exists()
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before


def test_what_is_no_repository_is_said(tmp_path, monkeypatch):
    with pytest.raises(HistoryMissing, match="no git repository"):
        open_repository(tmp_path)
    git(tmp_path, "init", "-q")
    with pytest.raises(HistoryMissing, match="no commit yet"):
        open_repository(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(HistoryMissing, match="not installed"):
        open_repository(tmp_path)
