"""Whether a branch or tag contains a commit is git's answer, or no answer with a reason."""

import subprocess

import pytest

from fxgbuild.promote.contained import ask_git
from fxgbuild.release.facts import Contained


def git(folder, *words):
    who = ("-c", "user.name=ana", "-c", "user.email=ana@example.org")
    done = subprocess.run(
        ("git", *who, *words), cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder, message):
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """main: one, two; side: one, three; the tag v1 on two."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    one = commit(folder, "one")
    two = commit(folder, "two")
    git(folder, "tag", "v1")
    git(folder, "checkout", "--quiet", "-b", "side", one)
    return folder, one, two, commit(folder, "three")


def answers(folder, *questions):
    found = ask_git(folder, questions)
    return [found[question] for question in questions]


def test_a_branch_or_tag_contains_its_commits_and_those_before(repository):
    folder, one, two, three = repository
    questions = [(c, ref) for c in (one, two, three) for ref in ("main", "v1", "refs/heads/side")]
    found = [answer.answer for answer in answers(folder, *questions)]
    assert found == ["yes", "yes", "yes", "yes", "yes", "no", "no", "no", "yes"]


def test_what_is_not_here_has_no_answer_but_a_reason(repository, tmp_path):
    folder, one, *_ = repository
    gone, other = answers(folder, (one, "release/9"), ("0" * 40, "main"))
    assert gone == Contained("unknown", "there is no branch or tag `release/9` here")
    assert other == Contained("unknown", f"the commit {'0' * 12} is not here")
    (nowhere,) = answers(tmp_path, (one, "main"))
    assert nowhere == Contained("unknown", "this workspace is in no git repository")
    assert ask_git(tmp_path, ()) == {}


def test_a_branch_of_one_s_own_does_not_stand_for_everybody_s(repository, tmp_path):
    """What was never pushed is in no branch of the origin."""
    folder, _, two, _ = repository
    clone = tmp_path / "clone"
    git(folder, "clone", "--quiet", "--branch", "main", f"file://{folder}", str(clone))
    own = commit(clone, "own")
    found = [answer.answer for answer in answers(clone, (two, "main"), (own, "main"))]
    assert found == ["yes", "no"]
    assert answers(clone, (own, "refs/heads/main")) == [Contained("yes")]


def test_a_shallow_clone_does_not_say_no(repository, tmp_path):
    folder, one, two, three = repository
    clone = tmp_path / "shallow"
    git(folder, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{folder}", clone)
    assert answers(clone, (two, "main")) == [Contained("yes")]
    assert answers(clone, (three, "main")) == [Contained("unknown", "this clone is shallow")]
    (answer,) = answers(clone, (one, "main"))
    assert answer.answer == "unknown"


@pytest.mark.parametrize("ref", ["--all", "main^{/x}", "", "main..side", "refs/heads/../main"])
def test_what_is_no_name_of_a_branch_contains_nothing(repository, ref):
    folder, one, *_ = repository
    assert answers(folder, (one, ref))[0].answer == "unknown"
