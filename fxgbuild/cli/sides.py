"""Two sides of a comparison, loaded: a commit and the working tree, or two commits."""

from dataclasses import dataclass
from pathlib import Path

from fxgbuild.errors import BadWorkspace
from fxgbuild.files import DiskTree
from fxgbuild.git.repository import Range, open_repository
from fxgbuild.git.tree import GitTree
from fxgbuild.lang.label import Label
from fxgbuild.lang.load import Tree, load_workspace
from fxgbuild.lang.model import Workspace
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.problem import Problem
from fxgbuild.review.pins import PinView, read_pin
from fxgbuild.review.side import Side


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared, and what was wrong with the older side."""

    range: Range
    before: Side
    after: Side
    problems: tuple[Problem, ...]  # of the base: it is compared as far as it can be read


def open_sides(root: Path, words: str) -> Sides:
    """Read both sides, writing nothing; raises BadWorkspace where the newer one has problems."""
    repository = open_repository(root)
    found = repository.range(words)
    disk = DiskTree(root)
    base = GitTree(repository, found.base, disk)
    head: Tree = GitTree(repository, found.head, disk) if found.head else disk
    before, problems = _loaded(base)
    after, wrong = _loaded(head)
    if wrong:
        raise BadWorkspace(wrong)
    sides = Side(before, pins(base, before)), Side(after, pins(head, after))
    return Sides(found, *sides, tuple(problems))


def _loaded(tree: Tree) -> tuple[Workspace, list[Problem]]:
    """What a tree has; nothing where the workspace was not there yet."""
    if isinstance(tree, GitTree) and "fxgbuild.toml" not in tree.entries:
        return Workspace(SettingsDoc(), {}, {}), []
    return load_workspace(tree)


def pins(tree: Tree, workspace: Workspace) -> dict[Label, PinView]:
    """The pins of all nodes, and of those whose folder is of a name that is gone."""
    cache = workspace.settings.cache.strip("/")
    if isinstance(tree, GitTree):
        tree.fetch([cache])
    found: dict[Label, PinView] = {}
    for label in _labels(tree, cache, ""):
        home = f"{cache}/{label.package}/{label.name}"
        pin = read_pin(label, tree.read(f"{home}/pin.json"), tree.read(f"{home}/code.py"))
        if pin is not None:
            found[label] = pin
    return found


def _labels(tree: Tree, cache: str, inside: str) -> list[Label]:
    """Every folder below `cache/` that could be a pin's."""
    found = []
    for name in tree.folders(f"{cache}/{inside}".rstrip("/")):
        path = f"{inside}/{name}" if inside else name
        if inside and not name.startswith("."):
            found.append(Label(inside, name))
        found += _labels(tree, cache, path)
    return found
