"""Does a branch or tag contain a commit? Asked of the git repository that the workspace is in."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from fxgbuild.errors import HistoryMissing
from fxgbuild.git.repository import Repository, open_repository
from fxgbuild.release.facts import Contained

# Where a name is looked up. What everybody has comes first: a branch of one's own may be ahead.
PLACES = ("refs/remotes/origin/", "refs/heads/", "refs/tags/", "refs/remotes/")


def ask_git(
    root: Path, questions: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], Contained]:
    """The answer to each (commit, ref), as `Facts.contained` takes them; never raises."""
    questions = tuple(questions)
    if not questions:
        return {}
    try:
        repository = open_repository(root)
    except HistoryMissing as error:
        return dict.fromkeys(questions, Contained("unknown", error.message))
    return {(commit, ref): _answer(repository, commit, ref) for commit, ref in questions}


def _answer(repository: Repository, commit: str, ref: str) -> Contained:
    there = [name for name in _names(ref) if _has(repository, f"{name}^{{commit}}")]
    if not there:
        return Contained("unknown", f"there is no branch or tag `{ref}` here")
    if not _has(repository, f"{commit}^{{commit}}"):
        return Contained("unknown", f"the commit {commit[:12]} is not here")
    code = repository.ask("merge-base", "--is-ancestor", commit, there[0]).exit_code
    if code == 0:
        return Contained("yes")
    if code == 1 and not repository.is_shallow():
        return Contained("no")
    return Contained("unknown", "this clone is shallow" if code == 1 else "git failed")


def _names(ref: str) -> tuple[str, ...]:
    return (ref,) if ref.startswith("refs/") else tuple(place + ref for place in PLACES)


def _has(repository: Repository, name: str) -> bool:
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    return repository.text(*words) is not None
