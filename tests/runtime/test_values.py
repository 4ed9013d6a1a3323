"""What flows through a graph: read-only, converted, checked, bound by name."""

from typing import NamedTuple

import numpy as np
import pytest

from fxgbuild.runtime.bind import BadInput
from fxgbuild.runtime.graph import BadLink
from fxgbuild.runtime.scheduler import NodeFailed, run_graph

from .links import NUMBER, edge, link, node
from .stages import ARRAY, plus_one, same_x


def array_graph():
    return link(
        [node("a", {"x": ARRAY}, {"out": ARRAY}), node("b", {"x": ARRAY}, {"out": ARRAY})],
        [edge("x", "a.x"), edge("a.out", "b.x")],
        {"y": "b.out"},
        {"x": ARRAY},
    )


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_node_that_writes_into_its_input_fails(name):
    def mutate(x):
        x[0] = 9
        return x

    functions = {"a": same_x, "b": same_x, name: mutate}
    given_array = np.zeros(2)
    with pytest.raises(NodeFailed, match=f"node {name} failed: .*read-only"):
        run_graph(array_graph(), functions, {"x": given_array})
    assert given_array.flags.writeable
    assert given_array.tolist() == [0, 0]


def test_containers_are_the_receivers_own():
    state = {"state": {"m": ARRAY, "k": {"type": "integer"}}}
    graph = link(
        [node("a", {"s": state}), node("b", {"s": state})],
        [edge("s", "a.s"), edge("s", "b.s")],
        {"y": "b.out"},
        {"s": state},
    )

    def take(s):
        return float(s.pop("k"))

    value = {"m": np.zeros(1), "k": 7}
    assert run_graph(graph, {"a": take, "b": take}, {"s": value}).outputs == {"y": 7.0}
    assert value["k"] == 7


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_an_edge_converts_units_in_the_arrays_own_dtype(dtype):
    schema = {"array": {"dtype": dtype, "dims": ["n"]}}
    graph = link(
        [node("a", {"x": schema}, {"out": schema})],
        [edge("x", "a.x", scale=1e6)],
        {"y": "a.out"},
        {"x": schema},
    )
    result = run_graph(graph, {"a": same_x}, {"x": np.array([1, 2], dtype)})
    assert result.outputs["y"].dtype == dtype
    assert result.outputs["y"].tolist() == [1e6, 2e6]


def test_an_edge_converts_units_of_a_number():
    graph = link([node("a")], [edge("x", "a.x", scale=0.5)], {"y": "a.out"})
    assert run_graph(graph, {"a": same_x}, {"x": 3.0}).outputs == {"y": 1.5}


class Pair(NamedTuple):
    high: float
    low: float


def test_several_outputs_are_the_fields_of_a_named_tuple():
    graph = link(
        [node("a", outputs=("low", "high"))], [edge("x", "a.x")], {"l": "a.low", "h": "a.high"}
    )
    result = run_graph(graph, {"a": lambda x: Pair(2.0, 1.0)}, {"x": 1.0})
    assert result.outputs == {"l": 1.0, "h": 2.0}
    for wrong in ((1.0, 2.0), {"low": 1.0, "high": 2.0}, None):
        with pytest.raises(NodeFailed, match="expected a NamedTuple with the fields"):
            run_graph(graph, {"a": lambda x, wrong=wrong: wrong}, {"x": 1.0})


def repr_of(x):
    return repr(x)


def test_a_result_that_is_not_of_the_ports_kind_fails_even_without_check():
    graph = link([node("a")], [edge("x", "a.x")], {"y": "a.out"})
    with pytest.raises(
        NodeFailed, match=r"output port a\.out: expected float, found '1.0'"
    ) as caught:
        run_graph(graph, {"a": repr_of}, {"x": 1.0})
    assert caught.value.port == "out"


def checked_graph():
    spec = {"array": {"dtype": "float64", "dims": ["n"], "range": [0, 1]}}
    doubled = {"array": {"dtype": "float64", "dims": ["n * k"]}}
    return link(
        [node("a", {"x": spec}, {"out": doubled}, params={"k": 2})],
        [edge("x", "a.x")],
        {"y": "a.out"},
        {"x": ARRAY},
    )


def test_node_ports_are_checked_on_request_with_the_nodes_names_and_parameters():
    twice = {"a": lambda x, k: np.tile(x, int(k))}
    thrice = {"a": lambda x, k: np.tile(x, 3)}
    run_graph(checked_graph(), twice, {"x": np.ones(2)}, check=True)
    run_graph(checked_graph(), thrice, {"x": np.full(2, 7.0)})
    with pytest.raises(NodeFailed, match=r"output port a\.out: axis 0 is 6, expected n \* k = 4"):
        run_graph(checked_graph(), thrice, {"x": np.ones(2)}, check=True)
    with pytest.raises(
        NodeFailed, match=r"input port a\.x: element \[0\]: expected float64 in \[0, 1\], found 7"
    ):
        run_graph(checked_graph(), twice, {"x": np.full(2, 7.0)}, check=True)


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        ({}, "input x is missing"),
        ({"x": 1.0, "z": 1}, "no input 'z'; the graph's inputs: x"),
        ({"x": "1"}, "input x: expected float, found '1'"),
    ],
)
def test_graph_inputs_are_always_checked(inputs, what):
    graph = link([node("a")], [edge("x", "a.x")], {"y": "a.out"})
    with pytest.raises(BadInput, match=what):
        run_graph(graph, {"a": plus_one}, inputs)


def test_an_optional_input_may_be_left_out_and_an_unfed_optional_port_is_none():
    maybe = {"anyOf": [NUMBER, {"type": "null"}]}
    graph = link(
        [node("a", {"x": maybe, "unfed": maybe})], [edge("x", "a.x")], {"y": "a.out"}, {"x": maybe}
    )
    seen = []
    run_graph(graph, {"a": lambda x, unfed: seen.append((x, unfed)) or 1.0}, {})
    assert seen == [(None, None)]


SEED = {"type": "integer", "minimum": 0}


def seeded():
    return link(
        [node(name, params={"k": 2}, run_params={"seed": SEED}) for name in "ab"],
        [edge("x", "a.x"), edge("x", "b.x")],
        {"a": "a.out", "b": "b.out"},
    )


def with_seed(x, k, seed):
    return float(seed * k)


def test_run_parameters_reach_all_nodes_that_have_them_or_the_named_one():
    functions = dict.fromkeys("ab", with_seed)
    run = run_graph(seeded(), functions, {"x": 1.0}, run_params={"seed": 3, "b.seed": 5})
    assert run.outputs == {"a": 6.0, "b": 10.0}


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ({}, r"parameter a\.seed is missing"),
        ({"a.seed": 1}, r"parameter b\.seed is missing"),
        ({"seed": -1}, r"expected int in \[0, inf\], found -1"),
        ({"seed": 1, "sed": 1}, "no run parameter 'sed'"),
        ({"seed": 1, "k": 1}, "no run parameter 'k'"),
    ],
)
def test_run_parameters_are_always_checked(params, what):
    with pytest.raises(BadInput, match=what):
        run_graph(seeded(), dict.fromkeys("ab", with_seed), {"x": 1.0}, run_params=params)


def broken_links():
    def graph(**more):
        base = link(
            [node("a"), node("b")], [edge("x", "a.x"), edge("a.out", "b.x")], {"y": "b.out"}
        )
        return {**base, **more}

    two = [edge("x", "a.x"), edge("x", "b.x")]
    return {
        "format": graph(format=2),
        "two nodes have one name": graph(nodes=[node("a"), node("a")]),
        "no input port b.z": graph(edges=[edge("x", "a.x"), edge("a.out", "b.z")]),
        "no input port z.x": graph(edges=[edge("x", "z.x")]),
        "no output port a.z": graph(edges=[edge("x", "a.x"), edge("a.z", "b.x")]),
        "no graph input z": graph(edges=[edge("z", "a.x")]),
        "output y: there is no output port": graph(outputs={"y": "b.z"}),
        "nothing feeds the input port b.x": graph(edges=[edge("x", "a.x")]),
        "cycle among a, b": graph(edges=[edge("b.out", "a.x"), edge("a.out", "b.x")]),
        "different joins": graph(edges=[*two, edge("a.out", "b.x", join="any")]),
        "it has 2 edges": graph(
            edges=[two[0], *(edge(s, "b.x", join={"quorum": 3}) for s in ("x", "a.out"))]
        ),
        "call 'later'": graph(edges=[edge("x", "a.x", "later")]),
        "another unit": link(
            [node("a", {"x": {"type": "integer"}})],
            [edge("x", "a.x", scale=2)],
            {},
            {"x": {"type": "integer"}},
        ),
    }


@pytest.mark.parametrize("what", broken_links())
def test_a_link_that_cannot_run_is_refused_before_anything_runs(what):
    def never(**_):
        pytest.fail("a node ran")

    with pytest.raises(BadLink, match=what):
        run_graph(broken_links()[what], {"a": never, "b": never}, {"x": 1.0})


def test_a_missing_function_and_no_jobs_are_refused():
    graph = link([node("a")], [edge("x", "a.x")], {"y": "a.out"})
    with pytest.raises(ValueError, match="no function for node a"):
        run_graph(graph, {}, {"x": 1.0})
    with pytest.raises(ValueError, match="jobs"):
        run_graph(graph, {"a": plus_one}, {"x": 1.0}, jobs=0)
