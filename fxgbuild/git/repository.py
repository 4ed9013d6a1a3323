"""The repository that a workspace lies in: its commits by name, and what changed since one."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.command import Command, Completed
from fxgbuild.errors import HistoryMissing, UsageError
from fxgbuild.process import start

LIMIT_S = 300.0
DEFAULTS = ("origin/HEAD", "origin/main", "origin/master")
# Nothing is refreshed on the way, no monitor or pager is started; names are names, not patterns;
# a commit is itself, not what a clone has put in its place.
QUIET = (
    *("--no-optional-locks", "--no-pager", "--literal-pathspecs", "--no-replace-objects"),
    *("-c", "core.fsmonitor=false", "-c", "core.quotePath=false"),
)


@dataclass(frozen=True, slots=True)
class Range:
    """Two sides of a comparison: commits; an empty `head` is the working tree."""

    base: str
    head: str
    base_name: str
    head_name: str


@dataclass(frozen=True, slots=True)
class Repository:
    """git, asked from the workspace's folder."""

    root: Path
    git: str
    prefix: str  # the workspace's folder within the repository, "" or with a slash at its end

    def ask(self, *words: str, stdin: bytes = b"") -> Completed:
        """Run one git command that only reads."""
        command = Command((self.git, *QUIET, *words), limit_s=LIMIT_S, stdin=stdin)
        return start(command, self.root, Path.home())

    def text(self, *words: str) -> str | None:
        """What a command prints, or None where it fails."""
        done = self.ask(*words)
        return done.stdout.decode("utf-8", "replace").strip() if done.exit_code == 0 else None

    def commit(self, name: str) -> str:
        """The commit that a name stands for; raises UsageError or HistoryMissing."""
        found = None
        if name and not name.startswith("-"):
            found = self.text(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
            )
        if found:
            return found
        if self.is_shallow():
            raise self._shallow(f"`{name}` is not in this shallow clone")
        names = self.text("for-each-ref", "--count=5", "--format=%(refname:short)") or ""
        raise UsageError(
            f"git knows no commit `{name}`",
            facts={"repository": str(self.root), "it has": ", ".join(names.split("\n"))},
            hint="`git branch -a` lists the names; `git fetch origin` brings more",
        )

    def merge_base(self, one: str, other: str) -> str:
        """Where two commits parted; raises HistoryMissing where that is not known here."""
        found = self.text("merge-base", self.commit(one), self.commit(other))
        if found:
            return found
        if self.is_shallow():
            raise self._shallow(f"where `{one}` and `{other}` parted is beyond this shallow clone")
        raise HistoryMissing(
            f"`{one}` and `{other}` have no commit in common",
            hint=f"name a base: `fxgbuild diff {one}` compares with it as it is",
        )

    def is_shallow(self) -> bool:
        return self.text("rev-parse", "--is-shallow-repository") == "true"

    def _shallow(self, message: str) -> HistoryMissing:
        return HistoryMissing(
            message,
            facts={"repository": str(self.root)},
            hint="`git fetch --deepen=100` (and `git fetch origin BASE`) brings more of the "
            "history, `git fetch --unshallow` all of it; in CI ask for `fetch-depth: 0`",
        )

    def range(self, words: str) -> Range:
        """What BASE on a command line means: `A`, `A..B`, `A...` and `A...B` as in git, or none."""
        if not words:
            return self._default()
        one, dots, other = words.partition("..")
        if not dots:
            return Range(self.commit(one), "", one, "")
        parted = other.startswith(".")
        other = other.removeprefix(".")
        one = one or "HEAD"
        base = self.merge_base(one, other or "HEAD") if parted else self.commit(one)
        name = f"merge base with {one}" if parted else one
        return Range(base, self.commit(other) if other else "", name, other)

    def _default(self) -> Range:
        """Where HEAD parted from the remote's default branch; HEAD where there is none."""
        for name in DEFAULTS:
            if self.text("rev-parse", "--verify", "--quiet", f"refs/remotes/{name}"):
                return Range(self.merge_base(name, "HEAD"), "", f"merge base with {name}", "")
        return Range(self.commit("HEAD"), "", "HEAD", "")

    def changed(self, commit: str) -> frozenset[str]:
        """Files of the workspace whose content in the working tree is not the commit's.

        Those that git does not track count as changed, ignored ones are not seen.
        """
        diff = self._must("diff", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv",
                          "--ignore-submodules", "--relative", "-z", commit, "--")  # fmt: skip
        beside = self._must("ls-files", "--others", "--exclude-standard", "-z")
        return frozenset(os.fsdecode(name) for name in (diff + beside).split(b"\0") if name)

    def _must(self, *words: str) -> bytes:
        return must(self.ask(*words), words)


def must(done: Completed, words: Sequence[str]) -> bytes:
    """The output of a command that has to work; raises HistoryMissing with what git says."""
    if done.exit_code == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.exit_code}"
    raise HistoryMissing(f"`git {words[0]}` failed", facts={"git says": said})


def open_repository(root: Path) -> Repository:
    """The repository that a folder lies in; raises HistoryMissing."""
    git = shutil.which("git")
    if git is None:
        raise HistoryMissing("git is not installed, or not on the PATH")
    found = Repository(root, git, "")
    done = found.ask("rev-parse", "--show-prefix")
    if done.exit_code:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise HistoryMissing(
            "this workspace is in no git repository",
            facts={"workspace": str(root), "git says": said},
            hint="`git init && git add . && git commit -m start` begins one",
        )
    if found.text("rev-parse", "--verify", "--quiet", "HEAD") is None:
        raise HistoryMissing(
            "the repository has no commit yet", hint="`git add . && git commit -m start`"
        )
    return Repository(root, git, os.fsdecode(done.stdout.rstrip(b"\n")))
