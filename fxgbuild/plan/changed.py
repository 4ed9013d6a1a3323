"""Which targets changed files can reach: never fewer than those whose keys differ, often more.

Pure: it is told which files changed, which named files the older side does not have, and the keys
of the pins that moved.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from fxgbuild.lang.fxg import GraphDoc
from fxgbuild.lang.label import Label
from fxgbuild.lang.load import GRAPH_FILES
from fxgbuild.lang.model import Acceptance, Graph, Node, TaskType, Workspace
from fxgbuild.plan.key import key_of
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.plan.select import all_targets

UNREAD = (".md", ".gitignore", ".gitattributes")  # no target reads such files
UNKEYED = ("README.md", "faults/")  # of a rule set: in no key


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved between two states of the files."""

    files: frozenset[str]
    known: Collection[str]  # files that the older side has: one it lacks counts as changed
    pins: frozenset[str]  # keys of pins that came, went or changed
    whole: str = ""  # why everything may be touched, where it may
    nodes: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by changed graph file


# What of a graph file no node's key covers; nodes and edges are compared one by one.
APART = {"nodes", "edges", "doc", "outputs", "data", "acceptance", "artifacts", "visibility"}


def touched(before: GraphDoc, after: GraphDoc) -> frozenset[str] | None:
    """The nodes of which a graph file says something else than before; None for all of them."""
    sides = before.model_dump(exclude=APART), after.model_dump(exclude=APART)
    if sides[0] != sides[1]:
        return None
    edges = _into(before), _into(after)
    return frozenset(
        name
        for name, node in after.nodes.items()
        if before.nodes.get(name) != node or edges[0].get(name) != edges[1].get(name)
    )


def _into(doc: GraphDoc) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for edge in doc.edges:
        found.setdefault(edge.to.partition(".")[0], []).append(edge)
    return found


def affected(workspace: Workspace, changes: Changes) -> frozenset[Label]:
    """Every target that can differ: what reads a changed file, and what that reaches."""
    if changes.whole:
        return frozenset(all_targets(workspace))
    reach = _Reach(workspace, changes)
    for graph in workspace.graphs.values():
        reach.graph(graph)
    return reach.targets()


def touches_all(workspace: Workspace, files: frozenset[str], rules: Collection[str]) -> str:
    """A changed file of a rule set that more than its own task types read; "" for none."""
    own = {path for task in workspace.tasks.values() for path in rule_files(task)}
    for path in sorted(files):
        home = next((h for h in rules if path.startswith(f"{h}/")), "")
        inside = path.removeprefix(f"{home}/").partition("/")[2] if home else ""
        if inside and path not in own and not inside.startswith(UNKEYED):
            return f"`{path}` belongs to a whole rule set"
    return ""


def rule_files(task: TaskType) -> tuple[str, str]:
    """The two files of a rule set that only one task type reads."""
    home = task.where.path.rpartition("/")[0]
    template = task.template.path if task.template else ""
    return template, f"{home}/properties/test_{task.function}.py"


class _Reach:
    def __init__(self, workspace: Workspace, changes: Changes) -> None:
        self.workspace, self.changes = workspace, changes
        self.nodes: set[Label] = set()
        self.schemas: set[Label] = set()  # nodes whose ports may differ
        self.graphs: set[str] = set()
        self.folders = {graph.folder: graph.label.package for graph in workspace.graphs.values()}
        self.inside: dict[str, set[str]] = {}
        for path in changes.files:
            package = self._package(path)
            if package is not None:
                self.inside.setdefault(package, set()).add(path)

    def _package(self, path: str) -> str | None:
        """The package of the nearest folder with a graph file."""
        folder = path
        while folder and folder != ".":
            folder = folder.rpartition("/")[0] or "."
            if folder in self.folders:
                return self.folders[folder]
        return None

    def graph(self, graph: Graph) -> None:
        """What of a package can differ by its own files, its rules' files and its pins."""
        package = graph.label.package
        named: set[str] = set()
        for node in graph.nodes.values():
            own = {_path(graph, name) for name in node_files(node)}
            named |= own
            if self._moved({*own, *rule_files(node.task)}) or self._pin_moved(node):
                self.nodes.add(node.label)
        cases = {_path(graph, f.path) for case in graph.cases.values() for f in case.values()}
        own = {_path(graph, name) for name in acceptance_files(graph.acceptance)}
        if self._moved(own) or cases & self.changes.files:
            self.graphs.add(package)
        unknown = self.inside.get(package, set()) - named - own - cases
        unforeseen = any(not path.endswith((*UNREAD, *GRAPH_FILES)) for path in unknown)
        if unforeseen or graph.where.path in self.changes.files:
            names = None if unforeseen else self.changes.nodes.get(graph.where.path)
            own_names = graph.nodes.keys() if names is None else names
            labels = {graph.nodes[name].label for name in own_names}
            self.nodes |= labels
            self.schemas |= labels
            self.graphs.add(package)

    def _moved(self, paths: set[str]) -> bool:
        """Did one of some files change? Those that the older side lacks may be read by nobody."""
        return bool(paths & self.changes.files) or any(
            path not in self.changes.known
            for path in paths
            if path and not path.startswith("/") and "/properties/" not in path
        )

    def _pin_moved(self, node: Node) -> bool:
        if not self.changes.pins or not node.is_generated():
            return False
        cache = self.workspace.settings.cache.strip("/")
        home = f"{cache}/{node.label.package}/{node.label.name}/"
        if any(path.startswith(home) for path in self.changes.files):
            return True
        key = key_of("generate", generate_preimage(self.workspace, node))
        return key.hex in self.changes.pins

    def targets(self) -> frozenset[Label]:
        """Consumers see schemas, one step far; graphs and artifacts run all that is upstream."""
        after: dict[Label, set[Label]] = {}
        for graph in self.workspace.graphs.values():
            for edge in graph.edges:
                if edge.source is not None:
                    after.setdefault(edge.source, set()).add(edge.target)
        self.nodes |= {x for label in self.schemas for x in after.get(label, ())}
        below, todo = set(self.nodes), list(self.nodes)
        while todo:
            for label in after.get(todo.pop(), ()):
                if label not in below:
                    below.add(label)
                    todo.append(label)
        packages = self.graphs | {label.package for label in below}
        return frozenset([*self.nodes, *self._of_packages(packages)])

    def _of_packages(self, packages: set[str]) -> Iterator[Label]:
        for package in packages:
            graph = self.workspace.graphs[package]
            yield graph.label
            yield from (artifact.label for artifact in graph.artifacts.values())


def _path(graph: Graph, name: str) -> str:
    return name if graph.folder == "." else f"{graph.folder}/{name}"


def node_files(node: Node) -> Iterator[str]:
    """The files that a node names, relative to its package."""
    if node.source:
        yield node.source.file.path
        yield from (file.path for file in node.source.deps)
    yield from acceptance_files(node.acceptance)


def acceptance_files(acceptance: Acceptance | None) -> Iterator[str]:
    if acceptance is None:
        return
    if acceptance.cases:
        yield acceptance.cases.path
    yield from (file.path for file in acceptance.tests)
    yield from (file.path for file in acceptance.data)
