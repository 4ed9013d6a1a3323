"""Runs a graph: sync calls block, async calls fork, joins synchronise; results know no time.

The caller's thread decides what runs next and calls `observe`; up to `jobs` threads run nodes.
"""

import importlib
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .bind import bind_inputs, bind_params
from .graph import Edge, Graph, Join, read_link
from .invoke import Delivered, NodeFailed, Outcome, Setting, invoke
from .retry import Interrupted

__all__ = ["NodeFailed", "Observe", "RunResult", "run_graph"]

Observe = Callable[[str, str, object], None]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run gave: graph outputs by name, port values by "node.port", a report per node."""

    outputs: dict[str, Any]
    values: dict[str, Any]
    tasks: list[dict[str, Any]]

    def __getitem__(self, output: str) -> Any:
        return self.outputs[output]


def run_graph(  # noqa: PLR0913  (one call with everything a run can be told)
    link: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]],
    inputs: Mapping[str, Any],
    *,
    run_params: Mapping[str, object] | None = None,
    jobs: int = 2,
    observe: Observe | None = None,
    check: bool = False,
    sleep: Callable[[float], None] | None = None,
) -> RunResult:
    """Run every node of a link once and give all values.

    `functions` maps node names to what is called as f(**inputs_by_port, **params). When a caller
    is done, its outgoing edges are taken in declared order, the graph's inputs first of all:

    - sync, sequential: the callee, and all that it calls synchronously, is done before the
      caller's next edge is taken.
    - sync, fork: neighbouring edges of this kind run side by side, and the next edge waits for
      all of them.
    - async: the callee is forked, the caller goes on.

    A callee of several edges is started by the delivery that completes its ports. Several edges
    into one port join: `all` gives the list of all values in declared order; `quorum` n the list
    of the first n, `any` the first alone. First is by declared order among the producers that do
    not fail, never by time: an edge counts once all edges declared before it have delivered or
    failed, so that a result depends on no timing; later ones are not waited for. A failure is
    passed over when every path from it ends in such a port; else it ends the run: nothing new
    starts, what runs is waited for, and NodeFailed names the node (of several, the first in
    topological order).

    A node's policy comes from all its incoming edges: the strictest timeout, and the retry with
    the most attempts. Waits are min(cap_s, t0_s * factor**n). A try that times out is abandoned,
    as Python cannot stop it.

    Graph inputs and `run_params` ("name" or "node.name") are always checked (ValueError); node
    ports with `check`. Functions get arrays read-only and containers of their own. `observe`
    hears, in this thread: ("start", node, attempt), ("value", "node.port", value), ("end", node,
    task), ("failed", node, message), and for edges with `monitor` ("deliver", "a.x -> b.y",
    value). BLAS runs on one thread where threadpoolctl is installed.
    """
    graph = read_link(link)
    missing = [name for name in graph.nodes if name not in functions]
    if missing or jobs < 1:
        raise ValueError(f"no function for node {missing[0]}" if missing else "jobs is at least 1")
    given = bind_inputs(graph, inputs)
    params = bind_params(graph, run_params or {})
    cancel = threading.Event()
    with _one_blas_thread() as pin:
        setting = Setting(params, check, time.monotonic(), sleep or _sleeper(cancel), pin)
        run = _Run(graph, functions, given, setting, observe or _ignore)
        with _pool(jobs, pin, cancel) as pool:
            run.execute(pool, cancel)
        return run.result()


@dataclass(slots=True, eq=False)
class _Strand:
    """One line of control: stacked edges still to take; the innermost call is last."""

    frames: list[deque[Edge]]
    parent: "_Strand | None" = None
    children: int = 0


@dataclass(slots=True)
class _State:
    """How far each node and edge is."""

    values: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, NodeFailed] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    fed: dict[str, dict[str, list[Edge]]] = field(default_factory=dict)
    fatal: list[NodeFailed] = field(default_factory=list)


class _Run:
    """The decisions of one run. All of it happens in the caller's thread but `_work`."""

    def __init__(
        self,
        graph: Graph,
        functions: Mapping[str, Callable[..., Any]],
        inputs: Mapping[str, Any],
        setting: Setting,
        observe: Observe,
    ) -> None:
        self._graph = graph
        self._functions = functions
        self._inputs = inputs
        self._setting = setting
        self._observe = observe
        self._state = _State()
        self._events: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._running = 0
        self._needed = {node for node, _ in graph.outputs.values()}
        self._pool: ThreadPoolExecutor | None = None
        self._left = {
            (node.name, port): len(join.edges)
            for node in graph.nodes.values()
            for port, join in node.joins.items()
        }

    def execute(self, pool: ThreadPoolExecutor, cancel: threading.Event) -> None:
        self._pool = pool
        self._advance(_Strand([deque(self._graph.edges_from[""])]))
        for node in self._graph.nodes.values():
            if not node.joins:
                self._start(node.name, _Strand([]))
        while self._running and not self._state.fatal:
            self._handle(*self._events.get())
        if self._state.fatal:
            cancel.set()
            pool.shutdown(wait=True, cancel_futures=True)
            while not self._events.empty():
                self._handle(*self._events.get())
            raise min(
                self._state.fatal, key=lambda failed: list(self._graph.nodes).index(failed.node)
            )

    def result(self) -> RunResult:
        state = self._state
        values = {
            f"{node}.{port}": value
            for node in self._graph.nodes
            for port, value in state.values.get(node, {}).items()
        }
        outputs = {
            name: state.values[node][port] if node else self._inputs[port]
            for name, (node, port) in self._graph.outputs.items()
        }
        tasks = [state.tasks[node] for node in self._graph.nodes if node in state.tasks]
        return RunResult(outputs, values, tasks)

    def _handle(self, event: str, subject: str, detail: Any, strand: _Strand | None) -> None:
        if event == "start":
            self._observe(event, subject, detail)
            return
        self._running -= 1
        if event == "end":
            self._succeed(subject, detail)
        elif event == "failed":
            self._fail(subject, detail)
            self._observe("failed", subject, detail.message)
        assert strand is not None  # noqa: S101  (only "start" has none)
        if not self._state.fatal:
            strand.frames.append(deque(self._graph.edges_from[subject]))
            self._advance(strand)

    def _succeed(self, node: str, outcome: Outcome) -> None:
        self._state.values[node] = outcome.values
        self._state.tasks[node] = outcome.task
        for port, value in outcome.values.items():
            self._observe("value", f"{node}.{port}", value)
        self._observe("end", node, outcome.task)

    def _fail(self, node: str, cause: NodeFailed) -> None:
        """Note a node without outputs; fatal when the graph needs it or nobody can pass it over."""
        self._state.failures[node] = cause
        if node in self._needed or not self._graph.edges_from[node]:
            self._state.fatal.append(cause)

    def _advance(self, strand: _Strand) -> None:
        """Take edges until the strand waits for a node or has ended; then those of its parent."""
        current: _Strand | None = strand
        while current is not None and not self._state.fatal:
            if not self._step(current):
                return
            if not current.frames:
                current = self._end(current)

    def _step(self, strand: _Strand) -> bool:
        """Take one edge, or a group of sync forks; says whether the strand may go on at once."""
        if not strand.frames:
            return True
        frame = strand.frames[-1]
        if not frame:
            strand.frames.pop()
            return True
        edge = frame.popleft()
        if (edge.call, edge.mode) == ("sync", "fork"):
            group = [edge]
            while frame and (frame[0].call, frame[0].mode) == ("sync", "fork"):
                group.append(frame.popleft())
            ready = [one.target for one in group if self._take(one, strand)]
            strand.children += len(ready)
            for target in ready:
                self._start(target, _Strand([], parent=strand))
            return not ready
        if not self._take(edge, strand):
            return True
        self._start(edge.target, strand if edge.call == "sync" else _Strand([]))
        return edge.call != "sync"

    def _end(self, strand: _Strand) -> _Strand | None:
        """Give the strand that waited for this one's end, if it was the last."""
        parent = strand.parent
        if parent is None:
            return None
        parent.children -= 1
        return parent if not parent.children else None

    def _take(self, edge: Edge, strand: _Strand) -> bool:
        """Deliver an edge; says whether its target is to be started now."""
        state, target = self._state, edge.target
        state.taken.add(edge.number)
        if edge.monitor and edge.node not in state.failures:
            self._observe("deliver", str(edge), self._value(edge))
        fed = state.fed.setdefault(target, {})
        if target in state.failures or edge.target_port in fed:
            return False
        joins = self._graph.nodes[target].joins
        chosen = self._chosen(edge, joins[edge.target_port])
        if isinstance(chosen, NodeFailed):
            self._fail(target, chosen)
            strand.frames.append(deque(self._graph.edges_from[target]))
        elif chosen:
            fed[edge.target_port] = chosen
            return len(fed) == len(joins)
        return False

    def _chosen(self, taken: Edge, join: Join) -> list[Edge] | NodeFailed | None:
        """Give the edges that feed a port; the failure when too few are left; None when unknown."""
        failures = self._state.failures
        if join.need == len(join.edges):
            if taken.node in failures:
                return failures[taken.node]
            self._left[taken.target, taken.target_port] -= 1
            return None if self._left[taken.target, taken.target_port] else list(join.edges)
        gone = [edge for edge in join.edges if edge.node in failures]
        if len(join.edges) - len(gone) < join.need:
            return failures[gone[0].node]
        lost = {edge.number for edge in gone}
        chosen: list[Edge] = []
        for edge in join.edges:
            if edge.number in lost:
                continue
            if edge.number not in self._state.taken:
                return None
            chosen.append(edge)
            if len(chosen) == join.need:
                return chosen
        return None

    def _value(self, edge: Edge) -> Any:
        if not edge.node:
            return self._inputs[edge.port]
        return self._state.values[edge.node][edge.port]

    def _start(self, name: str, strand: _Strand) -> None:
        node = self._graph.nodes[name]
        fed = self._state.fed.get(name, {})
        delivered = {
            port: [(self._value(edge), edge.scale) for edge in fed[port]] for port in node.joins
        }
        self._running += 1
        assert self._pool is not None  # noqa: S101  (set by execute)
        self._pool.submit(self._work, name, delivered, strand)

    def _work(self, name: str, delivered: Delivered, strand: _Strand) -> None:
        """Run one node in a thread of the pool."""

        def tell(event: str, subject: str, detail: object) -> None:
            self._events.put((event, subject, detail, None))

        try:
            node = self._graph.nodes[name]
            outcome = invoke(node, self._functions[name], delivered, self._setting, tell)
        except NodeFailed as failed:
            self._events.put(("failed", name, failed, strand))
        except Interrupted:
            self._events.put(("interrupted", name, None, strand))
        else:
            self._events.put(("end", name, outcome, strand))


def _ignore(_event: str, _subject: str, _detail: object) -> None:
    """Observe nothing."""


def _sleeper(cancel: threading.Event) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        if cancel.wait(seconds):
            raise Interrupted

    return sleep


@contextmanager
def _pool(
    jobs: int, pin: Callable[[], None], cancel: threading.Event
) -> Iterator[ThreadPoolExecutor]:
    """A thread pool that starts nothing more once the run has ended, however it ended."""
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="fxg", initializer=pin)
    try:
        yield pool
    finally:
        cancel.set()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _one_blas_thread() -> Iterator[Callable[[], None]]:
    """Keep numerical libraries on one thread, since sums depend on how they are split.

    Gives what a new thread has to call: OpenMP keeps its limit by thread.
    """
    try:
        if "numpy" not in sys.modules:
            raise ImportError
        controller = importlib.import_module("threadpoolctl").ThreadpoolController()
    except ImportError:
        yield lambda: None
        return
    with controller.limit(limits=1):
        yield lambda: _limit(controller)


def _limit(controller: Any) -> None:
    controller.limit(limits=1)
