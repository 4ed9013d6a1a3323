"""Scope: how much of the workspace a command loads, and what it remembers of the rest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fxgbuild import quick, state
from fxgbuild.build.memory import Memory, Package
from fxgbuild.errors import BadWorkspace
from fxgbuild.inputs import SeenTree
from fxgbuild.lang.documents import Parse
from fxgbuild.lang.label import Label
from fxgbuild.lang.load import Part, load_workspace
from fxgbuild.lang.model import Workspace
from fxgbuild.plan.plan import Selection
from fxgbuild.plan.select import directory, match_names, select


@dataclass(frozen=True, slots=True)
class Scope:
    """A loaded workspace, or the part that may have changed beside what is remembered."""

    workspace: Workspace
    tree: SeenTree
    memory: Memory | None
    remembered: Mapping[str, Package]  # packages that were not loaded

    def labels(self, patterns: Sequence[str], package: str) -> list[Label]:
        names = {name: known.names() for name, known in self.remembered.items()}
        known, rules = names | directory(self.workspace), self.workspace.settings.rules
        return match_names(known, patterns, package=package, rules=rules)

    def stated(self) -> dict[str, str]:
        """The keys of pins that were not looked at, because nothing about them has moved."""
        return {
            f"{package}/{name}": row.key
            for package, known in self.remembered.items()
            for name, row in known.targets.items()
            if row.pinned and row.key
        }

    def divide(self, labels: Sequence[Label]) -> tuple[Selection, list[Label]] | None:
        """What to plan, and what stands as it was; None when more must be loaded to tell."""
        inside = [label for label in labels if label.package not in self.remembered]
        outside = list(dict.fromkeys(x for label in labels for x in self._standing(label)))
        if not all(self.remembered[label.package].was_built(label.name) for label in outside):
            return None
        return select(self.workspace, inside), outside

    def _standing(self, label: Label) -> Iterable[Label]:
        """A remembered target, with what its package has of what it needs."""
        known = self.remembered.get(label.package)
        if known is None:
            return
        kind = known.targets[label.name].kind
        for name, row in known.targets.items() if kind != "node" else ():
            if row.kind == "node" or (row.kind == "graph" and kind == "artifact"):
                yield Label(label.package, name)
        yield label


def whole_scope(root: Path, parse: Parse) -> Scope:
    """Everything, read anew."""
    tree = SeenTree(root)
    workspace, problems = load_workspace(tree, parse=parse)
    if problems:
        raise BadWorkspace(problems)
    return Scope(workspace, tree, None, {})


def narrow_scope(root: Path, store: Path, parse: Parse) -> Scope | None:
    """Only what may have changed since the state was written, if that can be told."""
    known = quick.LOOKS.get(str(store))
    if known is None:
        found = state.read(str(store))
        if found is None:
            return None
        known = (found, quick.looked(found, str(root), str(store)))
    memory = Memory(*known)
    affected = memory.affected()
    part = None if affected is None else memory.part(affected)
    return None if part is None else _partial(root, memory, part, parse)


def _partial(root: Path, memory: Memory, part: Part, parse: Parse) -> Scope | None:
    tree = SeenTree(root)
    workspace, problems = load_workspace(tree, part, parse)
    if problems or not memory.holds(workspace):
        return None  # what is wrong may only seem so: a part does not know a package new to it
    rest = {n: p for n, p in memory.packages.items() if n not in workspace.graphs}
    return Scope(workspace, tree, memory, rest)
