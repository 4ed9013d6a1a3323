"""Joins take the first in declared order that do not fail, and no timing shows in a result."""

import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.runtime.scheduler import NodeFailed, run_graph

from .links import NUMBER, edge, link, node
from .stages import LIST, WAIT_S, fail, plus_one


def joined(join, schema=LIST, sources="abc"):
    return link(
        [*(node(name) for name in sources), node("z", {"p": schema}, {"out": schema})],
        [
            *(edge("x", f"{name}.x", "async") for name in sources),
            *(edge(f"{name}.out", "z.p", join=join) for name in sources),
        ],
        {"y": "z.out"},
    )


def same(p):
    return p


def valued(name):
    return lambda x: float(ord(name))


A, B, C = (float(ord(name)) for name in "abc")


@pytest.mark.parametrize(
    ("join", "failing", "wanted"),
    [
        ("all", "", [A, B, C]),
        ("any", "", A),
        ("any", "a", B),
        ("any", "ab", C),
        ({"quorum": 2}, "", [A, B]),
        ({"quorum": 2}, "b", [A, C]),
        ({"quorum": 3}, "", [A, B, C]),
    ],
)
def test_a_join_takes_the_first_that_do_not_fail_in_declared_order(join, failing, wanted):
    graph = joined(join, NUMBER if join == "any" else LIST)
    functions = {name: fail if name in failing else valued(name) for name in "abc"}
    for jobs in (1, 3):
        result = run_graph(graph, {**functions, "z": same}, {"x": 1.0}, jobs=jobs)
        assert result.outputs["y"] == wanted
        assert [task["node"] for task in result.tasks] == [*sorted(set("abc") - set(failing)), "z"]


@pytest.mark.parametrize(("join", "failing"), [("all", "b"), ("any", "abc"), ({"quorum": 2}, "bc")])
def test_a_join_that_cannot_be_met_fails_the_run_and_names_the_first_cause(join, failing):
    graph = joined(join, NUMBER if join == "any" else LIST)
    functions = {name: fail if name in failing else valued(name) for name in "abc"}
    with pytest.raises(NodeFailed) as caught:
        run_graph(graph, {**functions, "z": same}, {"x": 1.0}, jobs=3)
    assert caught.value.node in failing


def test_any_does_not_wait_for_edges_declared_later():
    graph = joined("any", NUMBER, "ab")
    started = threading.Event()

    def late(x):
        assert started.wait(WAIT_S)
        return x

    def first_come(p):
        started.set()
        return p

    functions = {"a": valued("a"), "b": late, "z": first_come}
    result = run_graph(graph, functions, {"x": 1.0}, jobs=2)
    assert result.outputs["y"] == A
    assert "b.out" in result.values


def test_any_takes_the_first_declared_though_a_later_one_delivers_earlier():
    graph = joined("any", NUMBER, "ab")
    delivered = threading.Event()

    def late(x):
        assert delivered.wait(WAIT_S)
        return A

    def observe(event, subject, _):
        if (event, subject) == ("end", "b"):
            delivered.set()

    functions = {"a": late, "b": valued("b"), "z": same}
    result = run_graph(graph, functions, {"x": 1.0}, jobs=2, observe=observe)
    assert result.outputs["y"] == A


def test_a_failure_is_passed_over_when_all_that_follows_it_ends_in_a_join_that_is_met():
    graph = link(
        [node("a"), node("after"), node("b"), node("z", ("p",))],
        [
            edge("x", "a.x", "async"),
            edge("a.out", "after.x"),
            edge("x", "b.x", "async"),
            edge("after.out", "z.p", join="any"),
            edge("b.out", "z.p", join="any"),
        ],
        {"y": "z.out"},
    )
    functions = {"a": fail, "after": plus_one, "b": plus_one, "z": same}
    assert run_graph(graph, functions, {"x": 1.0}).outputs == {"y": 2.0}
    graph["outputs"]["more"] = "after.out"
    with pytest.raises(NodeFailed, match="node a failed: OSError: no disk"):
        run_graph(graph, functions, {"x": 1.0})


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 12))
    nodes, edges = [], []
    for i in range(count):
        sources = draw(st.lists(st.integers(-1, i - 1), min_size=1, max_size=4))
        join = draw(st.sampled_from(["all", "any", {"quorum": 1}]))
        listed = len(sources) > 1 and join != "any"
        nodes.append(node(f"n{i}", {"p": LIST if listed else NUMBER}))
        edges += [
            edge(
                "x" if source < 0 else f"n{source}.out",
                f"n{i}.p",
                draw(st.sampled_from(["sync", "async"])),
                mode=draw(st.sampled_from(["sequential", "fork"])),
                join=join,
            )
            for source in sources
        ]
    broken = draw(st.sets(st.integers(0, count - 1), max_size=2))
    return link(nodes, edges, {"y": f"n{count - 1}.out"}), broken


@settings(max_examples=150, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_a_result_depends_on_no_timing(case, rng):
    graph, broken = case

    def function(i, jitter):
        def call(p):
            if jitter:
                threading.Event().wait(jitter.random() / 1000)
            if i in broken:
                raise OSError("broken")
            return float(i) + sum(p) if isinstance(p, list) else p * 3 + i

        return call

    seen = []
    for jobs in (1, 2, 4):
        jitter = random.Random(rng.random()) if jobs > 1 else None  # noqa: S311
        functions = {f"n{i}": function(i, jitter) for i in range(len(graph["nodes"]))}
        try:
            result = run_graph(graph, functions, {"x": 1.0}, jobs=jobs)
        except NodeFailed as failed:
            seen.append(("failed", int(failed.node[1:]) in broken))
        else:
            digests = [(task["node"], task["digests"]) for task in result.tasks]
            seen.append((result.outputs, result.values, digests))
    assert seen[0] == seen[1] == seen[2]
