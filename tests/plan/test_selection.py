"""Patterns to targets, their order and closure, and queries."""

from pathlib import Path

import networkx as nx
import pytest

from fxgbuild.errors import QueryFailed, UsageError
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Workspace
from fxgbuild.plan.order import closure, producers, topological
from fxgbuild.plan.query import World, answer
from fxgbuild.plan.select import all_targets, match, select
from tests.lang.workspaces import FILES, load, loaded, write

GRAPH = "packages/demo/fxg.yaml"
OTHER = """\
fxg: 1
use: ["//rules/lab"]
nodes:
  shape: {task: lab.Shape, spec: Count.}
edges:
  - {from: "//demo:clean.signal", to: shape.signal}
"""
TWO = dict(FILES) | {
    "packages/demo/deep/fxg.yaml": OTHER,
    GRAPH: FILES[GRAPH] + 'visibility: ["//demo/deep"]\n',
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return loaded(tmp_path, TWO)


DEMO = ["//demo:clean", "//demo:measure", "//demo:plain", "//demo:demo", "//demo:wheel"]
DEEP = ["//demo/deep:shape", "//demo/deep:deep"]


@pytest.mark.parametrize(
    ("patterns", "wanted"),
    [
        ([], DEMO + DEEP),
        (["//..."], DEMO + DEEP),
        (["//demo/..."], DEMO + DEEP),
        (["//demo:all"], DEMO),
        (["//demo/deep:all"], DEEP),
        (["//demo"], ["//demo:demo"]),
        (["//demo:demo"], ["//demo:demo"]),
        (["//demo:wheel"], ["//demo:wheel"]),
        (["//demo:shape"], ["//demo:shape"]),
        ([":clean"], ["//demo:clean"]),
        ([":all", "-:demo", "-:wheel"], DEMO[:3]),
        (["//...", "-//demo/..."], []),
        (["-//demo:clean", "//demo:clean"], ["//demo:clean"]),
        (["//demo:shape", "//demo:all", "-//demo:all"], []),
        (["//demo:clean", "//demo:clean"], ["//demo:clean"]),
    ],
)
def test_patterns_add_and_take_away_from_left_to_right(
    workspace: Workspace, patterns: list[str], wanted: list[str]
) -> None:
    found = [str(label) for label in match(workspace, patterns, package="demo")]
    assert sorted(found) == sorted(wanted)
    assert len(found) == len(set(found))


def test_a_manual_target_is_built_only_by_its_own_name(workspace: Workspace) -> None:
    assert Label("demo", "shape") in all_targets(workspace)
    assert Label("demo", "shape") not in match(workspace, ["//..."])
    assert match(workspace, ["//demo:shape"]) == [Label("demo", "shape")]


@pytest.mark.parametrize(
    ("pattern", "message", "near"),
    [
        ("//dmeo", "`//dmeo` matches no package", "`demo`"),
        ("//demo:claen", "there is no target `//demo:claen`", "`clean`"),
        ("-//demo:claen", "there is no target `//demo:claen`", "`clean`"),
        ("//nothing/...", "`//nothing/...` matches no package", ""),
        ("demo", "`demo` is no label", ""),
        ("//demo:wheels", "there is no target `//demo:wheels`", "`wheel`"),
    ],
)
def test_a_pattern_that_matches_nothing_names_what_is_near(
    workspace: Workspace, pattern: str, message: str, near: str
) -> None:
    with pytest.raises(UsageError) as caught:
        match(workspace, [pattern])
    assert caught.value.message.startswith(message)
    assert near in caught.value.facts.get("closest", "")
    assert caught.value.exit_code == 2


def test_a_workspace_without_packages_says_so(tmp_path: Path) -> None:
    workspace, _ = load(write(tmp_path, {"fxgbuild.toml": "fxg = 1\n"}))
    with pytest.raises(UsageError, match="matches no package"):
        match(workspace, ["//..."])


def test_a_selection_holds_what_its_targets_need(workspace: Workspace) -> None:
    only = select(workspace, [Label("demo", "measure")])
    assert [str(node.label) for node in only.nodes] == ["//demo:measure"]
    assert not only.graphs
    wheel = select(workspace, [Label("demo", "wheel")])
    assert [str(graph.label) for graph in wheel.graphs] == ["//demo:demo"]
    assert {node.label.name for node in wheel.nodes} == {"clean", "measure", "shape", "plain"}
    deep = select(workspace, [Label("demo/deep", "deep")])
    assert [str(node.label) for node in deep.nodes] == ["//demo:clean", "//demo/deep:shape"]


# Order --------------------------------------------------------------------------------------------


def chain(count: int) -> dict[str, str]:
    lines = ["fxg: 1", 'use: ["//rules/lab"]', "nodes:"]
    lines += [f"  n{n}: {{task: lab.Clean, spec: Step.}}" for n in reversed(range(count))]
    lines += ['inputs: {raw: "float64[rows, channels] uV"}', "edges:"]
    lines += ["  - {from: raw, to: n0.signal}"]
    lines += [f"  - {{from: n{n}.signal, to: n{n + 1}.signal}}" for n in range(count - 1)]
    return dict(FILES) | {"packages/chain/fxg.yaml": "\n".join(lines) + "\n"}


def test_a_chain_of_twenty_thousand_nodes_is_ordered_without_recursion(tmp_path: Path) -> None:
    workspace = loaded(tmp_path, chain(20_000))
    nodes, edges = closure(workspace, workspace.graphs["chain"])
    assert [node.label.name for node in nodes[:3]] == ["n0", "n1", "n2"]
    assert [node.label.name for node in nodes] == [f"n{n}" for n in range(20_000)]
    assert [edge.target.name for edge in edges[:2]] == ["n0", "n1"]
    after = {label: tuple(producers(workspace, label)) for label in (n.label for n in nodes)}
    found = answer("deps(//chain:n19999)", world(workspace, after))
    assert len(found) == 20_000


def test_every_node_stands_after_all_it_needs(workspace: Workspace) -> None:
    for graph in workspace.graphs.values():
        nodes, edges = closure(workspace, graph)
        place = {node.label: number for number, node in enumerate(nodes)}
        assert all(place[edge.source] < place[edge.target] for edge in edges if edge.source)
        assert len(place) == len(nodes)


def test_ties_keep_the_order_given(workspace: Workspace) -> None:
    labels = [Label("x", name) for name in "cab"]
    assert topological(labels, ()) == labels


# Queries ------------------------------------------------------------------------------------------


def world(workspace: Workspace, after: dict[Label, tuple[Label, ...]] | None = None) -> World:
    targets = all_targets(workspace)
    edges = after or {label: tuple(producers(workspace, label)) for label in targets}
    kinds = {label: f"{type(target).__name__} target" for label, target in targets.items()}
    return World(nx.DiGraph(edges), kinds, lambda text: match(workspace, [text]))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("//demo:clean", ["//demo:clean"]),
        ("deps(//demo:measure)", ["//demo:clean", "//demo:measure"]),
        ("deps(//demo:measure, 0)", ["//demo:measure"]),
        ("deps(//demo/deep:shape)", ["//demo/deep:shape", "//demo:clean"]),
        (
            "rdeps(//demo/..., //demo:clean)",
            ["//demo/deep:shape", "//demo:clean", "//demo:measure"],
        ),
        ("rdeps(//demo:all, //demo:clean)", ["//demo:clean", "//demo:measure"]),
        ("rdeps(//..., //demo:clean, 0)", ["//demo:clean"]),
        ("rdeps(//demo:plain, //demo:clean)", []),
        ("kind('Node', //demo:all)", DEMO[:3]),
        ('kind("^Graph", //...)', ["//demo/deep:deep", "//demo:demo"]),
        ("//demo:clean + //demo:measure", DEMO[:2]),
        ("//demo:clean union //demo:measure", DEMO[:2]),
        ("//demo:all except kind(Node, //demo:all)", ["//demo:demo", "//demo:wheel"]),
        ("//demo:all ^ deps(//demo:measure)", DEMO[:2]),
        ("//demo:all - //demo:all + //demo:clean", ["//demo:clean"]),
        ("//demo:all - (//demo:all - //demo:clean)", ["//demo:clean"]),
        ("  (  //demo:clean  )  ", ["//demo:clean"]),
    ],
)
def test_a_query_is_answered_in_sorted_labels(
    workspace: Workspace, query: str, wanted: list[str]
) -> None:
    assert sorted(str(label) for label in answer(query, world(workspace))) == sorted(wanted)


@pytest.mark.parametrize(
    ("query", "message", "column"),
    [
        ("", "a label or a function should stand here", 1),
        ("deps(", "a label or a function should stand here", 6),
        ("deps()", "a label or a function should stand here", 6),
        ("dep(//demo)", "there is no function `dep`", 1),
        ("deps(//demo:clean", "`)` should stand here", 18),
        ("deps(//demo:clean, x)", "a depth is a whole number", 20),
        ("deps(//demo:clean, -1)", "a depth is a whole number", 20),
        ("rdeps(//demo:clean)", "`,` should stand here", 19),
        ("//demo:clean //demo:measure", "`//demo:measure` is left over", 14),
        ("//demo:clean + ", "a label or a function should stand here", 16),
        ("kind('(', //demo)", "not a regular expression", 7),
        ("//demo:claen", "there is no target `//demo:claen`", 1),
        ("deps(//dmeo)", "`//dmeo` matches no package", 6),
        ("(" * 60 + "//demo" + ")" * 60, "nested deeper than 50", 52),
        (")", "a label or a function should stand here", 1),
        ("kind(", "`,` should stand here", 6),
        ("//demo:clean + 'x", "a quote is not closed", 15),
    ],
)
def test_a_bad_query_names_the_column(
    workspace: Workspace, query: str, message: str, column: int
) -> None:
    with pytest.raises(QueryFailed) as caught:
        answer(query, world(workspace))
    assert message in caught.value.message
    assert caught.value.facts.get("column", str(column)) == str(column)
    assert caught.value.exit_code == 7


def test_a_bad_query_names_what_is_near(workspace: Workspace) -> None:
    with pytest.raises(QueryFailed) as caught:
        answer("depps(//demo)", world(workspace))
    assert "`deps`" in caught.value.facts["closest"]
