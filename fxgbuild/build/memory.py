"""What is remembered of packages that need not be loaded: their targets, clean as they were.

From the state file's inputs that have moved follows which packages must be looked at again; the
rest stands. Pure: it is told what has moved.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fxgbuild.build.verdict import Outcome
from fxgbuild.lang.label import Label
from fxgbuild.lang.load import Part
from fxgbuild.lang.model import Graph, Workspace
from fxgbuild.plan.plan import TargetPlan
from fxgbuild.state import State


class Standing(NamedTuple):
    """One target as the last build left it."""

    kind: str
    key: str | None
    digest: str | None
    manual: bool
    pinned: bool = False  # its key is that of a pin under its own name


@dataclass(frozen=True, slots=True)
class Package:
    """One package as the last build left it."""

    name: str
    file: str
    interface: str
    needs: tuple[str, ...]  # packages it takes values from
    runs: bool  # has something that covers what is upstream: an integration, an artifact
    clean: bool  # every target of its own stands
    figures: tuple[str, ...]  # what its graph computed on its example data
    targets: Mapping[str, Standing]

    def to_line(self) -> str:
        parts = (self.name, self.file, self.interface, self.needs, self.runs, self.clean)
        return json.dumps([*parts, self.figures, self.targets], separators=(",", ":"))

    def names(self) -> dict[str, bool]:
        """Every target's name, and whether patterns leave it out."""
        return {name: row.manual for name, row in self.targets.items()}

    def was_built(self, name: str) -> bool:
        """Was a target ever looked at? One that patterns leave out may never have been."""
        row = self.targets[name]
        return row.kind == "graph" or row.key is not None

    def outcomes(self, names: Iterable[str]) -> Iterable[Outcome]:
        for name in names:
            row = self.targets[name]
            yield Outcome(f"//{self.name}:{name}", "clean", row.key, row.digest)


def package_from(line: str) -> Package:
    name, file, interface, needs, runs, clean, figures, targets = json.loads(line)
    rows = {key: Standing(*row) for key, row in targets.items()}
    return Package(name, file, interface, tuple(needs), runs, clean, tuple(figures), rows)


@dataclass(slots=True)
class Memory:
    """All packages of a state, and which of them must be looked at again."""

    state: State
    moved: Sequence[int]
    packages: dict[str, Package] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.packages = {p.name: p for p in map(package_from, self.state.lines)}

    def affected(self) -> set[str] | None:
        """Packages with moved inputs, and those that were not clean; None where all may be."""
        owners = {self.state.owners[place] for place in self.moved}
        if -1 in owners:
            return None
        found = {self.state.packages[owner] for owner in owners}
        return found | {name for name, package in self.packages.items() if not package.clean}

    def part(self, affected: set[str]) -> Part | None:
        """What to load: the affected, what covers their code downstream, all that those cover."""
        whole = affected | self._downstream(affected)
        todo = [name for name in whole if self.packages[name].runs]
        while todo:
            for need in self.packages[todo.pop()].needs:
                if need not in whole:
                    whole.add(need)
                    todo.append(need)
        if len(whole) > len(self.packages) // 2 and len(self.packages) > 1:
            return None
        near = {need for name in whole for need in self.packages[name].needs} - whole
        files = {name: self.packages[name].file for name in whole | near}
        return Part(files, frozenset(whole), frozenset(near))

    def _downstream(self, affected: set[str]) -> set[str]:
        """Packages that run what comes from the affected, at any distance."""
        after: dict[str, list[str]] = {}
        for package in self.packages.values():
            for need in package.needs:
                after.setdefault(need, []).append(package.name)
        seen, todo = set(affected), list(affected)
        while todo:
            for follower in after.get(todo.pop(), ()):
                if follower not in seen:
                    seen.add(follower)
                    todo.append(follower)
        return {name for name in seen - affected if self.packages[name].runs}

    def holds(self, workspace: Workspace) -> bool:
        """Did no package that was loaded change what others can see of it?"""
        return all(
            self.packages[name].interface == interface
            for name, interface in workspace.interfaces.items()
        )


def remembered_package(
    graph: Graph,
    interface: str,
    plans: Mapping[Label, TargetPlan],
    outcomes: Mapping[Label, Outcome],
    figures: Sequence[str],
) -> Package:
    """A package after a build; it is clean when each of its own targets came out well."""
    names: dict[str, tuple[str, ...]] = {name: node.tags for name, node in graph.nodes.items()}
    names |= {graph.label.name: ()}
    names |= {name: artifact.tags for name, artifact in graph.artifacts.items()}
    rows: dict[str, Standing] = {}
    clean = True
    for name, tags in names.items():
        label = Label(graph.label.package, name)
        plan, outcome = plans.get(label), outcomes.get(label)
        if outcome is None:
            clean = clean and "manual" in tags
        else:
            clean = clean and outcome.outcome not in ("failed", "skipped")
        kind = "node" if name in graph.nodes else "artifact"
        kind = plan.kind if plan else kind
        key, digest = (outcome.key, outcome.digest) if outcome else (None, None)
        pinned = plan is not None and plan.step("generate") is not None
        rows[name] = Standing(kind, key, digest, "manual" in tags, pinned)
    sources = {edge.source.package for edge in graph.edges if edge.source}
    return Package(
        name=graph.label.package,
        file=graph.where.path,
        interface=interface,
        needs=tuple(sorted(sources - {graph.label.package})),
        runs=graph.runs_here() or bool(graph.artifacts),
        clean=clean,
        figures=tuple(figures),
        targets=rows,
    )
