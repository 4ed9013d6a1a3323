"""Functions that nodes of test graphs call, and graphs that several tests run."""

import threading

from fxgbuild.runtime.scheduler import run_graph

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


def fail(x):
    raise OSError("no disk")


RETRY = {"attempts": 4, "t0_s": 0.1, "factor": 2, "cap_s": 0.3, "errors": ["OSError"]}


def flaky(failures, error=None):
    left = [failures]

    def function(x):
        if left[0]:
            left[0] -= 1
            raise error or TimeoutError("busy")
        return x

    return function


def same_x(x):
    return x
