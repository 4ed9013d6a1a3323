"""Selection: patterns to targets, as Bazel's command line reads them."""

from collections.abc import Sequence

from fxgbuild.errors import UsageError
from fxgbuild.lang.label import Label, Pattern, parse_pattern
from fxgbuild.lang.model import Artifact, Graph, Node, Workspace
from fxgbuild.plan.order import closure
from fxgbuild.plan.plan import Selection
from fxgbuild.problem import closest

Target = Node | Graph | tuple[Graph, Artifact]


def all_targets(workspace: Workspace) -> dict[Label, Target]:
    """Every target by label: nodes, then the graph, then artifacts, package by package."""
    found: dict[Label, Target] = {}
    for graph in workspace.graphs.values():
        found |= {node.label: node for node in graph.nodes.values()}
        found[graph.label] = graph
        found |= {artifact.label: (graph, artifact) for artifact in graph.artifacts.values()}
    return found


def match(workspace: Workspace, texts: Sequence[str], *, package: str = "") -> list[Label]:
    """Resolve patterns left to right; raises UsageError naming what is close."""
    targets = all_targets(workspace)
    chosen: dict[Label, None] = {}
    for text in texts or ("//...",):
        pattern = parse_pattern(text, package=package)
        if isinstance(pattern, str):
            raise UsageError(pattern)
        labels = _matched(workspace, targets, pattern)
        for label in labels:
            if pattern.negative:
                chosen.pop(label, None)
            else:
                chosen[label] = None
    return list(chosen)


def _tags(target: Target) -> tuple[str, ...]:
    if isinstance(target, Node):
        return target.tags
    return () if isinstance(target, Graph) else target[1].tags


def _matched(workspace: Workspace, targets: dict[Label, Target], pattern: Pattern) -> list[Label]:
    packages = [name for name in workspace.graphs if pattern.covers(name)]
    if not packages:
        near = closest(pattern.package, workspace.graphs)
        where = f"//{pattern.package}" if pattern.package else "this workspace"
        raise UsageError(
            f"`{pattern}` matches no package", facts={"closest": near}, hint=_listing(where)
        )
    if not pattern.is_exact():
        inside = [label for label in targets if label.package in packages]
        return [x for x in inside if pattern.negative or "manual" not in _tags(targets[x])]
    graph = workspace.graphs[pattern.package]
    label = Label(pattern.package, pattern.name) if pattern.name else graph.label
    if label not in targets:
        near = closest(label.name, [x.name for x in targets if x.package == label.package])
        raise UsageError(
            f"there is no target `{label}`",
            facts={"closest": near},
            hint=_listing(f"//{pattern.package}"),
        )
    return [label]


def _listing(where: str) -> str:
    target = "//..." if not where.startswith("//") else f"{where}:all"
    return f"`fxgbuild ls {target}` names every target"


def select(workspace: Workspace, labels: Sequence[Label]) -> Selection:
    """Add what the wanted targets need: a graph its nodes, an artifact its graph."""
    targets = all_targets(workspace)
    nodes: dict[Label, Node] = {}
    graphs: dict[Label, Graph] = {}
    artifacts: dict[Label, tuple[Graph, Artifact]] = {}
    for label in labels:
        target = targets[label]
        if isinstance(target, Node):
            nodes[label] = target
        elif isinstance(target, Graph):
            graphs[label] = target
        else:
            artifacts[label] = target
            graphs[target[0].label] = target[0]
    for graph in graphs.values():
        nodes |= {node.label: node for node in closure(workspace, graph)[0]}
    return Selection(tuple(nodes.values()), tuple(graphs.values()), tuple(artifacts.values()))
