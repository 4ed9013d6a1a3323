"""One invocation: retries, timeouts, hooks, and what observers hear."""

import logging
import threading

import numpy as np
import pytest

from fxgbuild.runtime.scheduler import NodeFailed, run_graph

from .links import edge, link, node
from .stages import RETRY, WAIT_S, flaky, plus_one, same_x


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
    with pytest.raises(NodeFailed, match=rf"hook gate {when}: .*: expected float in"):
        run_graph(graph, {"a": lambda x: called.append(1) or 2.0}, {"x": 2.0})
    assert bool(called) == (when == "after")


def test_a_data_hook_records_the_digests_of_what_it_sees():
    hooks = [hook("data", "before"), hook("data", "after", "streaming")]
    graph = link([node("a", hooks=hooks)], [edge("x", "a.x")], {"y": "a.out"})
    task = run_graph(graph, {"a": same_x}, {"x": 1.0}).tasks[0]
    digest = task["digests"]["out"]
    assert task["recorded"] == {"before": {"x": digest}, "after": {"out": digest}}


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
