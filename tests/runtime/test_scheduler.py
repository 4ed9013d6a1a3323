"""The scheduler: sync blocks, async forks, joins synchronise, and no timing shows in a result.

Overlap in time is shown by events that wait for one another, never by sleeping.
"""

import logging
import random
import threading
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.runtime.bind import BadInput
from fxgbuild.runtime.graph import BadLink
from fxgbuild.runtime.scheduler import NodeFailed, run_graph

from .links import NUMBER, edge, link, node

WAIT_S = 20
ARRAY = {"array": {"dtype": "float64", "dims": ["n"]}}
LIST = {"type": "array", "items": NUMBER}


def plus_one(x):
    return x + 1.0


class Log:
    """Records when nodes start and end, in the order it happens."""

    def __init__(self):
        self.events = []
        self.lock = threading.Lock()

    def node(self, name):
        def function(**inputs):
            with self.lock:
                self.events.append(f"+{name}")
            result = sum(value for value in inputs.values() if isinstance(value, float)) + 1.0
            with self.lock:
                self.events.append(f"-{name}")
            return result

        return function


def run_logged(graph, **options):
    log = Log()
    functions = {raw["name"]: log.node(raw["name"]) for raw in graph["nodes"]}
    return run_graph(graph, functions, {"x": 1.0}, **options), log.events


def meeting(parties):
    """A function that returns only when `parties` callers are inside it at the same time."""
    barrier = threading.Barrier(parties)

    def function(x):
        barrier.wait(WAIT_S)
        return x

    return function


def star(call, mode="sequential", n=3):
    names = [f"b{i}" for i in range(n)]
    return link(
        [node("a"), *(node(name) for name in names)],
        [edge("x", "a.x"), *(edge("a.out", f"{name}.x", call, mode=mode) for name in names)],
        {name: f"{name}.out" for name in names},
    )


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


def joined(join, schema=LIST, sources="abc"):
    return link(
        [*(node(name) for name in sources), node("z", {"p": schema}, {"out": schema})],
        [
            *(edge("x", f"{name}.x", "async") for name in sources),
            *(edge(f"{name}.out", "z.p", join=join) for name in sources),
        ],
        {"y": "z.out"},
    )


def fail(x):
    raise OSError("no disk")


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


@pytest.mark.parametrize("call", ["sync", "async"])
@pytest.mark.parametrize("mode", ["sequential", "fork"])
def test_a_chain_of_ten_thousand_nodes_runs(call, mode):
    count = 10_000
    graph = link(
        [node(f"n{i}") for i in range(count)],
        [
            edge("x" if i == 0 else f"n{i - 1}.out", f"n{i}.x", call, mode=mode)
            for i in range(count)
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


RETRY = {"attempts": 4, "t0_s": 0.1, "factor": 2, "cap_s": 0.3, "errors": ["OSError"]}


def flaky(failures, error=None):
    left = [failures]

    def function(x):
        if left[0]:
            left[0] -= 1
            raise error or TimeoutError("busy")
        return x

    return function


def retrying(**more):
    return link([node("a")], [edge("x", "a.x", **more)], {"y": "a.out"})


def test_waits_between_tries_grow_by_the_factor_up_to_the_cap():
    waits = []
    result = run_graph(retrying(retry=RETRY), {"a": flaky(3)}, {"x": 1.0}, sleep=waits.append)
    assert waits == [0.1, 0.2, 0.3]
    assert result.tasks[0]["attempts"] == 4


def test_after_the_last_try_the_error_stands():
    waits = []
    with pytest.raises(NodeFailed, match="TimeoutError: busy"):
        run_graph(retrying(retry=RETRY), {"a": flaky(4)}, {"x": 1.0}, sleep=waits.append)
    assert len(waits) == 3


def test_only_the_named_errors_are_tried_again():
    waits = []
    with pytest.raises(NodeFailed, match="ValueError: x"):
        run_graph(
            retrying(retry=RETRY), {"a": flaky(1, ValueError("x"))}, {"x": 1.0}, sleep=waits.append
        )
    assert waits == []


def test_several_edges_give_the_strictest_timeout_and_the_most_attempts():
    attempts, waits = [], []
    graph = link(
        [node("a", ("p", "q"))],
        [
            edge("x", "a.p", retry={**RETRY, "attempts": 2, "t0_s": 9}, timeout_s=1000),
            edge("x", "a.q", retry={**RETRY, "attempts": 3, "errors": []}, timeout_s=0.01),
        ],
        {"y": "a.out"},
    )
    never = threading.Event()

    def hang(p, q):
        attempts.append(1)
        never.wait(WAIT_S)

    with pytest.raises(NodeFailed, match=r"TimeoutError: took longer than 0\.01 s"):
        run_graph(graph, {"a": hang}, {"x": 1.0}, sleep=waits.append)
    never.set()
    assert len(attempts) == 3
    assert waits == [0.1, 0.2]


def test_a_try_that_times_out_is_tried_again_and_its_late_result_dropped():
    release = threading.Event()
    calls = []

    def function(x):
        calls.append(1)
        if len(calls) == 1:
            release.wait(WAIT_S)
            return -1.0
        release.set()
        return 5.0

    graph = retrying(retry={**RETRY, "errors": ["TimeoutError"], "t0_s": 0}, timeout_s=0.5)
    result = run_graph(graph, {"a": function}, {"x": 1.0})
    assert result.outputs == {"y": 5.0}
    assert result.tasks[0]["attempts"] == 2


def hook(kind, when, mode="batch", name=""):
    return {"kind": kind, "when": when, "mode": mode, "name": name}


def test_hooks_run_around_the_function_in_declared_order(caplog):
    hooks = [
        hook("logging", "after", name="third"),
        hook("logging", "before", name="first"),
        hook("logging", "before", "streaming", name="second"),
    ]
    ports = ("p", "q")
    graph = link(
        [node("a", ports, hooks=hooks)], [edge("x", "a.p"), edge("x", "a.q")], {"y": "a.out"}
    )

    def function(p, q):
        logging.getLogger("fxg.run").info("called")
        return p + q

    with caplog.at_level(logging.INFO, "fxg.run"):
        run_graph(graph, {"a": function}, {"x": 1.0})
    assert [record.getMessage() for record in caplog.records] == [
        "first: before a: p (3 bytes), q (3 bytes)",
        "second: before a: p (3 bytes)",
        "second: before a: q (3 bytes)",
        "called",
        "third: after a: out (3 bytes)",
    ]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_security_hook_refuses_a_port_that_breaks_its_schema(when):
    small = {"type": "number", "maximum": 1}
    graph = link(
        [node("a", {"x": small}, {"out": small}, hooks=[hook("security", when, name="gate")])],
        [edge("x", "a.x")],
        {"y": "a.out"},
    )
    run_graph(graph, {"a": same_x}, {"x": 1.0})
    called = []
    with pytest.raises(NodeFailed, match=rf"hook gate {when}: .* is above the maximum 1"):
        run_graph(graph, {"a": lambda x: called.append(1) or 2.0}, {"x": 2.0})
    assert bool(called) == (when == "after")


def same_x(x):
    return x


def test_a_data_hook_records_the_digests_of_what_it_sees():
    hooks = [hook("data", "before"), hook("data", "after", "streaming")]
    graph = link([node("a", hooks=hooks)], [edge("x", "a.x")], {"y": "a.out"})
    task = run_graph(graph, {"a": same_x}, {"x": 1.0}).tasks[0]
    digest = task["digests"]["out"]
    assert task["recorded"] == {"before": {"x": digest}, "after": {"out": digest}}


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
    with pytest.raises(NodeFailed, match="output out: expected a number, found str") as caught:
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
    with pytest.raises(NodeFailed, match=r"output out: axis 0 is 6, expected n \* k = 4"):
        run_graph(checked_graph(), thrice, {"x": np.ones(2)}, check=True)
    with pytest.raises(NodeFailed, match=r"input x: .* above 1"):
        run_graph(checked_graph(), twice, {"x": np.full(2, 7.0)}, check=True)


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        ({}, "input x is missing"),
        ({"x": 1.0, "z": 1}, "no input 'z'; the graph's inputs: x"),
        ({"x": "1"}, "input x: expected a number, found str"),
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
        ({"seed": -1}, "-1 is below the minimum 0"),
        ({"seed": 1, "sed": 1}, "no run parameter 'sed'"),
        ({"seed": 1, "k": 1}, "no run parameter 'k'"),
    ],
)
def test_run_parameters_are_always_checked(params, what):
    with pytest.raises(BadInput, match=what):
        run_graph(seeded(), dict.fromkeys("ab", with_seed), {"x": 1.0}, run_params=params)


def test_observe_hears_everything_in_the_callers_thread():
    heard = []
    graph = link(
        [node("a"), node("b")],
        [edge("x", "a.x"), edge("a.out", "b.x", monitor=True, retry={**RETRY, "t0_s": 0})],
        {"y": "b.out"},
    )

    def observe(event, subject, detail):
        assert threading.current_thread() is threading.main_thread()
        heard.append((event, subject, detail if event in ("start", "value", "deliver") else None))

    run_graph(graph, {"a": plus_one, "b": flaky(1)}, {"x": 1.0}, observe=observe)
    assert heard == [
        ("start", "a", 1),
        ("value", "a.out", 2.0),
        ("end", "a", None),
        ("deliver", "a.out -> b.x", 2.0),
        ("start", "b", 1),
        ("start", "b", 2),
        ("value", "b.out", 2.0),
        ("end", "b", None),
    ]


def test_an_error_of_the_observer_ends_the_run():
    def observe(event, subject, detail):
        raise RuntimeError("observer")

    graph = link([node("a")], [edge("x", "a.x")], {"y": "a.out"})
    with pytest.raises(RuntimeError, match="observer"):
        run_graph(graph, {"a": plus_one}, {"x": 1.0}, observe=observe)


def test_numerical_libraries_run_on_one_thread_and_get_theirs_back():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    np.ones((4, 4)) @ np.ones((4, 4))
    seen = []

    def look(x):
        seen.append({pool["num_threads"] for pool in threadpoolctl.threadpool_info()})
        return x

    before = threadpoolctl.threadpool_info()
    graph = link([node("a")], [edge("x", "a.x", timeout_s=WAIT_S)], {"y": "a.out"})
    run_graph(graph, {"a": look}, {"x": 1.0})
    assert seen == [{1}]
    assert threadpoolctl.threadpool_info() == before


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
