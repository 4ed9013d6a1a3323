"""Whose work the files of a commit are, and where others find the repository."""

import pytest

from fxgbuild.errors import HistoryMissing
from fxgbuild.git.authorship import address, authors
from fxgbuild.git.repository import open_repository

from .repositories import commit, git


def work_of(folder, person, files):
    """A commit by somebody; everything else of it is the same."""
    commit(folder, files)
    git(folder, "commit", "-q", "--amend", "--author", f"{person} <{person}@b.c>", "-m", person)


def found(folder, *paths):
    names = authors(open_repository(folder), "HEAD", paths)
    return [name.removesuffix("@b.c") for name in names]


@pytest.mark.parametrize("inside", ["", "some/folder"])
def test_each_file_is_the_work_of_who_changed_it_last(tmp_path, inside):
    here = tmp_path / inside
    commit(tmp_path, {"beside": "x"})
    below = f"{inside}/" if inside else ""
    work_of(tmp_path, "ana", {f"{below}a": "1", f"{below}é b": "1", f"{below}c": "1"})
    work_of(tmp_path, "ben", {f"{below}é b": "2"})
    work_of(tmp_path, "cyd", {"beside": "2"})
    assert found(here, "a") == ["ana", "cyd"]  # cyd made HEAD
    assert found(here, "é b") == ["ben", "cyd"]
    assert found(here, "a", "é b") == ["ana", "ben", "cyd"]
    assert found(here) == found(here, "no file") == ["cyd"]


def test_who_a_commit_names_as_a_co_author_is_one(tmp_path):
    work_of(tmp_path, "ana", {"a": "1"})
    named = "pair\n\nCo-authored-by: Ben B <ben@b.c>\nCo-authored-by: Cyd <cyd@b.c>\n"
    git(tmp_path, "commit", "-q", "--amend", "-m", named)
    work_of(tmp_path, "dan", {"d": "1"})
    assert found(tmp_path, "a") == ["ana", "ben", "cyd", "dan"]
    git(tmp_path, "commit", "-q", "--amend", "-m", "x\n\nCo-authored-by: nobody\n")
    assert found(tmp_path, "d") == ["dan"]


def test_a_merge_is_the_work_of_who_wrote_what_it_merges(tmp_path):
    work_of(tmp_path, "ana", {"a": "1", "b": "1"})
    git(tmp_path, "checkout", "-q", "-b", "side")
    work_of(tmp_path, "ben", {"b": "2"})
    git(tmp_path, "checkout", "-q", "main")
    work_of(tmp_path, "cyd", {"c": "1"})
    git(tmp_path, "merge", "-q", "--no-ff", "-m", "merge", "side")
    git(tmp_path, "commit", "-q", "--amend", "--author", "dan <dan@b.c>", "-m", "merge")
    assert found(tmp_path, "b") == ["ben", "dan"]
    work_of(tmp_path, "eve", {"c": "2"})
    assert found(tmp_path, "a", "b", "c") == ["ana", "ben", "eve"]


def test_a_change_that_only_the_merge_makes_is_of_who_merged(tmp_path):
    work_of(tmp_path, "ana", {"a": "1"})
    git(tmp_path, "checkout", "-q", "-b", "side")
    work_of(tmp_path, "ben", {"b": "1"})
    git(tmp_path, "checkout", "-q", "main")
    work_of(tmp_path, "cyd", {"c": "1"})
    git(tmp_path, "merge", "-q", "--no-ff", "-m", "merge", "side")
    (tmp_path / "b").write_text("slipped in")
    git(tmp_path, "commit", "-q", "-a", "--amend", "--author", "dan <dan@b.c>", "-m", "merge")
    work_of(tmp_path, "eve", {"e": "1"})
    assert "dan" in found(tmp_path, "b")


def test_a_shallow_clone_does_not_make_one_person_the_author_of_everything(tmp_path):
    work_of(tmp_path / "far", "ana", {"a": "1"})
    work_of(tmp_path / "far", "ben", {"b": "1"})
    work_of(tmp_path / "far", "cyd", {"c": "1"})
    far = (tmp_path / "far").as_uri()
    git(tmp_path, "clone", "-q", "--depth", "2", far, "near")
    assert found(tmp_path / "near", "c") == ["cyd"]
    with pytest.raises(HistoryMissing, match="does not say who wrote"):
        found(tmp_path / "near", "a", "c")
    git(tmp_path / "near", "fetch", "-q", "--unshallow")
    assert found(tmp_path / "near", "a", "c") == ["ana", "cyd"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://ana:hush@example.org/a/b.git", "https://example.org/a/b.git"),
        ("https://example.org/a/b?token=hush", ""),
        ("ssh://git@example.org:22/a/b", "ssh://example.org:22/a/b"),
        ("git@example.org:a/b.git", "ssh://example.org/a/b.git"),
        ("/srv/here/b.git", ""),
        ("file:///srv/here/b.git", ""),
        ("", ""),
    ],
)
def test_the_address_has_no_credentials_and_no_path_of_this_machine(tmp_path, url, told):
    commit(tmp_path, {"a": "1"})
    if url:
        git(tmp_path, "config", "remote.origin.url", url)
    assert address(open_repository(tmp_path)) == told
