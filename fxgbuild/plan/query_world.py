"""The world a query is asked of: targets, what each needs, states and types; made when asked for.

What a target needs are its direct needs: a node its producers, a graph its own nodes, an artifact
its graph. All else follows, so the whole is linear in nodes and edges.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Edge, Graph, Node, Workspace
from fxgbuild.lang.schema import Schema
from fxgbuild.plan.plan import Plan
from fxgbuild.plan.query import EVERYTHING
from fxgbuild.plan.select import Target, all_targets

if TYPE_CHECKING:
    import networkx as nx


def by_name(label: Label) -> tuple[str, str]:
    """Sorts like the label itself, in half the time."""
    return label.package, label.name


@dataclass(frozen=True)
class World:
    workspace: Workspace
    states: Callable[[], Mapping[Label, frozenset[str]]]
    types: Callable[[], Mapping[str, Schema]]
    package: str = ""  # of the folder that `:name` is said in

    @cached_property
    def targets(self) -> Mapping[Label, Target]:
        return all_targets(self.workspace)

    @cached_property
    def graph(self) -> "nx.DiGraph[Label]":
        """Every target, with edges to what it needs."""
        import networkx as nx  # noqa: PLC0415 - many queries follow no edge

        found: nx.DiGraph[Label] = nx.DiGraph()
        found.add_nodes_from(self.targets)
        for label in self.targets:
            found.add_edges_from((label, other) for other in self.needs(label))
        return found

    def needs(self, label: Label) -> Iterable[Label]:
        target = self.targets[label]
        if isinstance(target, Node):
            return dict.fromkeys(edge.source for edge in self.invocations(label) if edge.source)
        if isinstance(target, Graph):
            return [node.label for node in target.nodes.values()]
        return [target[0].label]

    def invocations(self, label: Label, source: Label | None = None) -> list[Edge]:
        """The edges into a node, all or those from one producer."""
        edges = self.workspace.edge_sources(label)
        return [edge for edge in edges if source is None or edge.source == source]

    def ports(self, label: Label, source: Label) -> list[str]:
        """The output ports of one target that another takes."""
        return list(dict.fromkeys(e.source_port for e in self.invocations(label, source)))

    def reached(self, start: Iterable[Label], depth: int, *, upward: bool = False) -> set[Label]:
        """What a set needs in at most so many steps, or what needs it; the set included."""
        return {label for layer in self._layers(start, depth, upward) for label in layer}

    def _layers(self, start: Iterable[Label], depth: int, upward: bool) -> list[list[Label]]:
        import networkx as nx  # noqa: PLC0415

        graph = self.graph.reverse(copy=False) if upward else self.graph
        return list(itertools.islice(nx.bfs_layers(graph, list(start)), depth + 1))

    def path(self, starts: Iterable[Label], ends: Iterable[Label]) -> list[Label]:
        """A shortest chain of needs from one set to another, the same each time; [] if none."""
        distance: dict[Label, int] = {}
        for number, layer in enumerate(self._layers(ends, EVERYTHING, upward=True)):
            distance.update(dict.fromkeys(layer, number))
        near = [label for label in starts if label in distance]
        if not near:
            return []
        chain = [min(near, key=lambda label: (distance[label], by_name(label)))]
        while distance[chain[-1]]:
            steps = [x for x in self.graph.successors(chain[-1]) if x in distance]
            chain.append(min(steps, key=lambda label: (distance[label], by_name(label))))
        return chain


def plan_states(plan: Plan) -> dict[Label, frozenset[str]]:
    """The names after `state:` that hold of each target of a plan."""
    found = {}
    for target in plan.targets:
        words = {target.state}
        if target.state != "clean":
            words.add("modified")
            if any(reason.field in ("pin", "record") for reason in target.reasons):
                words.add("new")
        found[target.label] = frozenset(words)
    return found
