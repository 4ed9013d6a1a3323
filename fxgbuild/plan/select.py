"""Selection: patterns to targets, as Bazel's command line reads them."""

from collections.abc import Mapping, Sequence

from fxgbuild.errors import UsageError
from fxgbuild.lang.label import Label, Pattern, parse_pattern
from fxgbuild.lang.model import Artifact, Graph, Node, Workspace
from fxgbuild.lang.rule_label import is_rule_label
from fxgbuild.plan.order import upstream
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


# Every target's name by package, and whether patterns leave it out.
Directory = Mapping[str, Mapping[str, bool]]


def directory(workspace: Workspace) -> dict[str, dict[str, bool]]:
    """The targets of a workspace by name: nodes, then the graph, then artifacts."""
    found = {}
    for package, graph in workspace.graphs.items():
        found[package] = {name: "manual" in node.tags for name, node in graph.nodes.items()}
        found[package][graph.label.name] = False
        found[package] |= {name: "manual" in a.tags for name, a in graph.artifacts.items()}
    return found


def match(workspace: Workspace, texts: Sequence[str], *, package: str = "") -> list[Label]:
    """Resolve patterns left to right; raises UsageError naming what is close."""
    rules = workspace.settings.rules
    return match_names(directory(workspace), texts, package=package, rules=rules)


def match_names(
    names: Directory, texts: Sequence[str], *, package: str = "", rules: str = "rules"
) -> list[Label]:
    """Resolve patterns over names alone; `rules` is the folder of the workspace's rule sets."""
    chosen: dict[Label, None] = {}
    for text in texts or ("//...",):
        if is_rule_label(text, rules.strip("/")):
            hint = "`fxgbuild test`, `ls` and `show` take rule sets, apart from targets"
            raise UsageError(f"`{text}` names a rule set, not a target", hint=hint)
        pattern = parse_pattern(text, package=package)
        if isinstance(pattern, str):
            raise UsageError(pattern)
        for label in _matched(names, pattern):
            if pattern.negative:
                chosen.pop(label, None)
            else:
                chosen[label] = None
    return list(chosen)


def _matched(names: Directory, pattern: Pattern) -> list[Label]:
    packages = [name for name in names if pattern.covers(name)]
    if not packages:
        near = closest(pattern.package, names)
        where = f"//{pattern.package}" if pattern.package else "this workspace"
        raise UsageError(
            f"`{pattern}` matches no package", facts={"closest": near}, hint=_listing(where)
        )
    if not pattern.is_exact():
        return [
            Label(package, name)
            for package in packages
            for name, manual in names[package].items()
            if pattern.negative or not manual
        ]
    inside = names[pattern.package]
    name = pattern.name or pattern.package.rsplit("/", 1)[-1]
    if name not in inside:
        raise UsageError(
            f"there is no target `{Label(pattern.package, name)}`",
            facts={"closest": closest(name, inside)},
            hint=_listing(f"//{pattern.package}"),
        )
    return [Label(pattern.package, name)]


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
    asked = nodes.keys()
    needed = upstream(workspace, graphs.values())
    own = {label.package for label in graphs}
    extra = frozenset(x for x in needed if x not in asked and x.package not in own)
    nodes |= needed
    found = tuple(nodes.values()), tuple(graphs.values()), tuple(artifacts.values())
    return Selection(*found, extra)
