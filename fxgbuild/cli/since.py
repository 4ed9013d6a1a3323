"""`--changed-since REF`: of the targets that patterns name, those that changed files can reach."""

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from fxgbuild.digest import Json
from fxgbuild.errors import UsageError
from fxgbuild.files import DiskTree
from fxgbuild.git.repository import open_repository
from fxgbuild.git.tree import GitTree
from fxgbuild.lang.documents import read_document
from fxgbuild.lang.fxg import GraphDoc
from fxgbuild.lang.label import Label
from fxgbuild.lang.load import GRAPH_FILES, Tree, load_settings
from fxgbuild.lang.model import Workspace
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.plan.changed import Changes, affected, touched, touches_all

UNKEYED = {"requires", "cache", "store", "generate", "remote", "gc"}  # settings in no key


def changed_since(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option to a verb, which gets it as `changed_since`."""
    return click.option(
        "--changed-since",
        metavar="REF",
        default="",
        help="Only targets that files changed since a commit can reach.",
    )(function)


def targets_since(root: Path, workspace: Workspace, ref: str) -> tuple[frozenset[Label], str]:
    """The targets that may differ from a commit's, and why it is all of them where it is."""
    found = _Since(root, workspace, ref).changes()
    return affected(workspace, found), found.whole


class _Since:
    """The working tree beside a commit."""

    def __init__(self, root: Path, workspace: Workspace, ref: str) -> None:
        self.workspace, self.settings = workspace, workspace.settings
        self.repository = open_repository(root)
        names = self.repository.range(ref)
        if names.head:
            raise UsageError(
                f"`--changed-since {ref}` names two commits",
                hint="name one; the other side is the working tree",
            )
        self.disk = DiskTree(root)
        self.tree = GitTree(self.repository, names.base, self.disk)
        self.files = self.repository.changed(names.base)

    def changes(self) -> Changes:
        whole = self._whole()
        nodes = {} if whole else self._nodes()
        return Changes(self.files, self.tree.entries, self._keys(), whole, nodes)

    def _nodes(self) -> dict[str, frozenset[str]]:
        """Of each changed graph file that could be read before, the nodes it says else of."""
        found: dict[str, frozenset[str]] = {}
        for graph in self.workspace.graphs.values():
            path = graph.where.path
            home = "" if graph.folder == "." else f"{graph.folder}/"
            old = [f"{home}{n}" for n in GRAPH_FILES if f"{home}{n}" in self.tree.entries]
            if path in self.files and len(old) == 1:
                before, after = _document(self.tree, old[0]), _document(self.disk, path)
                names = touched(before, after) if before and after else None
                if names is not None:
                    found[path] = names
        return found

    def _whole(self) -> str:
        if self._settings_moved():
            return "`fxgbuild.toml` changed"
        if self._lock_moved():
            return f"`{self.settings.python.lock}` changed"
        return touches_all(self.workspace, self.files, self._rules)

    def _settings_moved(self) -> bool:
        if "fxgbuild.toml" not in self.files:
            return False
        before, problems = load_settings(self.tree)
        return bool(problems) or _keyed(before) != _keyed(self.settings)

    def _lock_moved(self) -> bool:
        path = self.settings.python.lock
        return bool(path) and (path in self.files or path not in self.tree.entries)

    @cached_property
    def _rules(self) -> list[str]:
        """The folders of rule sets that lie in the workspace."""
        homes = (self.settings.rules, self.settings.builtin_rules or self.disk.builtin_rules)
        return sorted({home.strip("/") for home in homes if not home.startswith("/")} - {""})

    def _keys(self) -> frozenset[str]:
        """The keys of pins that are not the same on both sides."""
        cache = self.settings.cache.strip("/")
        moved = {path.rpartition("/")[0] for path in self.files if path.startswith(f"{cache}/")}
        found = set()
        for home in sorted(moved):
            for tree in (self.tree, self.disk):
                found.add(_key_in(tree.read(f"{home}/pin.json")))
        return frozenset(found)


def _document(tree: Tree, path: str) -> GraphDoc | None:
    return read_document(path, tree.read(path) or b"", GraphDoc)[0]


def _key_in(record: bytes | None) -> str:
    """The key that a pin's record states; "" says only that something moved."""
    try:
        found: Json = json.loads(record or b"{}")
    except (ValueError, RecursionError):
        return ""
    return str(found.get("key", "")) if isinstance(found, dict) else ""


def _keyed(settings: SettingsDoc) -> Json:
    return settings.model_dump(exclude=UNKEYED)


def note(ref: str, labels: Sequence[Label], whole: str) -> str:
    """What is said of the choice on stderr."""
    if whole:
        return f"{whole} since {ref}: everything may be touched"
    return "" if labels else f"no target of these patterns was touched since {ref}"
