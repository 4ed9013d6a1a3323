"""Who wrote what stands in a commit, and where the repository comes from."""

import re
from collections.abc import Collection, Iterable

from fxgbuild.errors import HistoryMissing
from fxgbuild.git.repository import Repository, must

_MARK = "\x01"
_BETWEEN = "\x02"
_PEOPLE = f"%ae{_BETWEEN}%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x02)"
_IN_BRACKETS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_ADDRESS = re.compile(r"(https?|ssh|git)://(?:[^@/]*@)?([^@/?#]+)(/[^?#\s]*)")
_SHORT = re.compile(r"(?:[\w.-]+@)?([\w.-]+):(?!//)([\w./~-]+)")


def authors(repository: Repository, commit: str, paths: Collection[str]) -> tuple[str, ...]:
    """E-mail addresses: of the commit's authors, and of who last changed each of some files.

    A commit's authors are its author and whom its `Co-authored-by` lines name.
    """
    last = must(repository.ask("show", "-s", f"--format={_PEOPLE}", commit), ("show",))
    people = _addresses(last.decode("utf-8", "replace").strip())
    changed = _last_changes(repository, commit, set(paths)) if paths else {}
    _refuse_cut_off(repository, changed)
    return tuple(sorted(people.union(*changed.values())))


def _addresses(told: str) -> frozenset[str]:
    """The addresses in an author's address and `Co-authored-by` values, as git lists them."""
    author, *others = told.split(_BETWEEN)
    named = (_IN_BRACKETS.search(other) for other in others)
    return frozenset({author, *(found[1] for found in named if found)}) - {""}


def _last_changes(
    repository: Repository, commit: str, waiting: set[str]
) -> dict[str, frozenset[str]]:
    """The commits that last changed some files, with their authors' addresses."""
    # A merge is named for a file only where it is neither of its parents'.
    words = ("log", "-c", f"--format={_MARK}%H {_PEOPLE}", "--name-only", "--no-renames",
             "--relative", "-z", "--stdin")  # fmt: skip
    asked = f"{commit}\n--\n" + "".join(f"{path}\n" for path in sorted(waiting))
    told = must(repository.ask(*words, stdin=asked.encode()), words).decode("utf-8", "replace")
    found: dict[str, frozenset[str]] = {}
    for part in told.split(_MARK)[1:]:
        head, *names = part.replace("\n", "\0").split("\0")
        if waiting & set(names):
            waiting -= set(names)
            id_, _, people = head.partition(" ")
            found[id_] = _addresses(people)
    return found


def _refuse_cut_off(repository: Repository, commits: Iterable[str]) -> None:
    """Where a shallow clone ends, everything before looks like that one commit's work."""
    if not repository.is_shallow():
        return
    ends = (repository.text("rev-list", "--max-parents=0", "HEAD") or "").split()
    if set(ends) & set(commits):
        raise HistoryMissing(
            "this shallow clone does not say who wrote the files of the closure",
            facts={"repository": str(repository.root)},
            hint="`git fetch --unshallow` brings the history; in CI ask for `fetch-depth: 0`",
        )


def address(repository: Repository) -> str:
    """Where others find the repository, without credentials; empty where nobody else can."""
    url = repository.text("config", "--get", "remote.origin.url") or ""
    long, short = _ADDRESS.fullmatch(url), _SHORT.fullmatch(url)
    if long:
        return f"{long[1]}://{long[2]}{long[3]}"
    return f"ssh://{short[1]}/{short[2].lstrip('/')}" if short else ""
