"""Patterns to targets, their order and closure."""

from pathlib import Path

import pytest

from fxgbuild.errors import UsageError
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Workspace
from fxgbuild.plan.order import closure, topological
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
    assert {str(node.label) for node in deep.nodes} == {"//demo:clean", "//demo/deep:shape"}


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


def test_every_node_stands_after_all_it_needs(workspace: Workspace) -> None:
    for graph in workspace.graphs.values():
        nodes, edges = closure(workspace, graph)
        place = {node.label: number for number, node in enumerate(nodes)}
        assert all(place[edge.source] < place[edge.target] for edge in edges if edge.source)
        assert len(place) == len(nodes)


def test_ties_keep_the_order_given(workspace: Workspace) -> None:
    labels = [Label("x", name) for name in "cab"]
    assert topological(labels, ()) == labels
