"""The scheduler: sync blocks, async forks, failures end a run.

Overlap in time is shown by events that wait for one another, never by sleeping.
"""

import sys
import threading

import pytest

from fxgbuild.runtime.scheduler import NodeFailed, run_graph

from .links import NUMBER, edge, link, node
from .stages import LIST, WAIT_S, Log, fail, meeting, plus_one, run_logged, star


def test_a_graph_gives_its_outputs_its_values_and_a_report_per_node():
    graph = link(
        [node("a"), node("b")],
        [edge("x", "a.x"), edge("a.out", "b.x")],
        {"y": "b.out", "same": "x"},
    )
    result = run_graph(graph, {"a": plus_one, "b": plus_one}, {"x": 1.0})
    assert result.outputs == {"y": 3.0, "same": 1.0}
    assert result["y"] == 3.0
    assert result.values == {"a.out": 2.0, "b.out": 3.0}
    assert [task["node"] for task in result.tasks] == ["a", "b"]
    task = result.tasks[0]
    assert set(task) == {"node", "start_s", "wall_s", "attempts", "bytes", "digests"}
    assert task["attempts"] == 1
    assert task["bytes"] == len(b"2.0")
    assert len(task["digests"]["out"]) == 64


def test_sync_callees_run_one_after_another_in_declared_order():
    _, events = run_logged(star("sync"), jobs=4)
    assert events == ["+a", "-a", "+b0", "-b0", "+b1", "-b1", "+b2", "-b2"]


def test_a_sync_callee_is_done_with_all_it_calls_before_the_next_edge():
    graph = link(
        [node(name) for name in "acbd"],
        [edge("x", "a.x"), edge("a.out", "b.x"), edge("b.out", "c.x"), edge("a.out", "d.x")],
        {"c": "c.out", "d": "d.out"},
    )
    _, events = run_logged(graph, jobs=4)
    assert [event for event in events if event[0] == "+"] == ["+a", "+b", "+c", "+d"]
    assert events.index("-c") < events.index("+d")


@pytest.mark.parametrize(
    ("call", "mode"), [("async", "sequential"), ("async", "fork"), ("sync", "fork")]
)
def test_forked_callees_run_at_the_same_time(call, mode):
    together = meeting(3)
    functions = {"a": plus_one, "b0": together, "b1": together, "b2": together}
    result = run_graph(star(call, mode), functions, {"x": 1.0}, jobs=3)
    assert result.outputs == {"b0": 2.0, "b1": 2.0, "b2": 2.0}


def test_an_async_callee_runs_while_its_caller_goes_on():
    together = meeting(2)
    graph = link(
        [node("a"), node("b"), node("c")],
        [edge("x", "a.x"), edge("a.out", "b.x", "async"), edge("a.out", "c.x", "sync")],
        {"b": "b.out", "c": "c.out"},
    )
    run_graph(graph, {"a": plus_one, "b": together, "c": together}, {"x": 1.0}, jobs=2)


def test_the_edge_after_sync_forks_waits_for_all_of_them():
    graph = link(
        [node("a"), node("b"), node("c"), node("d")],
        [
            edge("x", "a.x"),
            edge("a.out", "b.x", mode="fork"),
            edge("a.out", "c.x", mode="fork"),
            edge("a.out", "d.x"),
        ],
        {"d": "d.out"},
    )
    log = Log()
    together = meeting(2)
    functions = {"a": log.node("a"), "d": log.node("d")}
    for name in "bc":
        functions[name] = lambda x, log=log, name=name: log.node(name)(x=together(x))
    run_graph(graph, functions, {"x": 1.0}, jobs=4)
    assert log.events[-2:] == ["+d", "-d"]


def test_graph_inputs_call_as_nodes_do():
    together = meeting(2)
    graph = link(
        [node("a"), node("b")],
        [edge("x", "a.x", "async"), edge("x", "b.x", "async")],
        {"a": "a.out", "b": "b.out"},
    )
    run_graph(graph, {"a": together, "b": together}, {"x": 1.0}, jobs=2)


def test_no_more_than_jobs_nodes_run_at_one_time():
    running, most, lock = [0], [0], threading.Lock()

    def function(x):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.001)
        with lock:
            running[0] -= 1
        return x

    graph = star("async", n=20)
    run_graph(
        graph, dict.fromkeys(["a", *(f"b{i}" for i in range(20))], function), {"x": 1.0}, jobs=3
    )
    assert most[0] <= 3


def test_a_node_of_several_ports_waits_for_all_of_them():
    graph = link(
        [node("join", ("p", "q")), node("slow"), node("fast")],
        [
            edge("x", "slow.x", "async"),
            edge("x", "fast.x", "async"),
            edge("fast.out", "join.p"),
            edge("slow.out", "join.q"),
        ],
        {"y": "join.out"},
    )
    _, events = run_logged(graph, jobs=2)
    assert events[-2:] == ["+join", "-join"]


def test_a_failing_node_is_named_and_nothing_after_it_runs():
    ran = []
    graph = link(
        [node("a"), node("b"), node("c")],
        [edge("x", "a.x"), edge("a.out", "b.x"), edge("a.out", "c.x")],
        {"y": "b.out", "z": "c.out"},
    )
    functions = {"a": plus_one, "b": fail, "c": ran.append}
    with pytest.raises(NodeFailed, match=r"^node b failed: OSError: no disk$") as caught:
        run_graph(graph, functions, {"x": 1.0})
    assert (caught.value.node, caught.value.message) == ("b", "OSError: no disk")
    assert isinstance(caught.value.__cause__, OSError)
    assert ran == []


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_even_an_exit_of_a_node_is_only_its_failure(error):
    def leave(x):
        raise error

    graph = link([node("a")], [edge("x", "a.x")], {"y": "a.out"})
    with pytest.raises(NodeFailed, match="node a failed"):
        run_graph(graph, {"a": leave}, {"x": 1.0})


def test_a_failure_waits_for_what_runs_and_of_several_names_the_first_of_the_graph():
    together = meeting(3)

    def broken(x):
        together(x)
        raise OSError("no disk")

    functions = {"a": plus_one, "b0": together, "b1": broken, "b2": broken}
    before = threading.active_count()
    for _ in range(20):
        with pytest.raises(NodeFailed) as caught:
            run_graph(star("async"), functions, {"x": 1.0}, jobs=3)
        assert caught.value.node in ("b1", "b2")
    assert threading.active_count() == before


def test_a_wait_between_tries_ends_with_the_run():
    retry = {"attempts": 2, "t0_s": 1000, "factor": 1, "cap_s": None, "errors": []}
    graph = star("async", n=2)
    graph["edges"][1]["retry"] = retry
    tried = threading.Event()

    def first(x):
        tried.set()
        raise OSError("no disk")

    def second(x):
        assert tried.wait(WAIT_S)
        raise ValueError("done")

    with pytest.raises(NodeFailed, match="node b1 failed: ValueError: done"):
        run_graph(graph, {"a": plus_one, "b0": first, "b1": second}, {"x": 1.0}, jobs=2)


def test_a_chain_of_ten_thousand_nodes_runs():
    """A quarter of it in each way to call: deeper than Python's stack, each of them."""
    count = 10_000
    ways = [(call, mode) for call in ("sync", "async") for mode in ("sequential", "fork")]
    chosen = [ways[i * len(ways) // count] for i in range(count)]
    assert chosen.count(ways[0]) > 2 * sys.getrecursionlimit()
    graph = link(
        [node(f"n{i}") for i in range(count)],
        [
            edge("x" if i == 0 else f"n{i - 1}.out", f"n{i}.x", call, mode=mode)
            for i, (call, mode) in enumerate(chosen)
        ],
        {"y": f"n{count - 1}.out"},
    )
    functions = {f"n{i}": plus_one for i in range(count)}
    assert run_graph(graph, functions, {"x": 0.0}).outputs == {"y": float(count)}
    with pytest.raises(NodeFailed, match="node n3 failed"):
        run_graph(graph, {**functions, "n3": fail}, {"x": 0.0})


def total(p):
    return sum(p)


def test_a_fan_of_ten_thousand_edges_into_one_port_runs():
    count = 10_000
    names = [f"n{i}" for i in range(count)]
    graph = link(
        [*(node(name) for name in names), node("z", {"p": LIST}, {"out": NUMBER})],
        [
            *(edge("x", f"{name}.x", "async") for name in names),
            *(edge(f"{name}.out", "z.p") for name in names),
        ],
        {"y": "z.out"},
    )
    functions = {**dict.fromkeys(names, plus_one), "z": total}
    assert run_graph(graph, functions, {"x": 0.0}).outputs == {"y": float(count)}
