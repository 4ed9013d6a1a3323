"""Debugging: a node's tests in the sandbox until one fails, and then a person at its last call."""

from dataclasses import dataclass

from fxgbuild.build.context import Context
from fxgbuild.build.jobs import job_document, test_target
from fxgbuild.digest import Json
from fxgbuild.lang.model import Node

LONGEST_S = 8 * 3600.0  # a person thinks; what the code itself may use is bounded as ever


@dataclass(frozen=True, slots=True)
class Debugged:
    """The test at which a person took over, or every test's outcome where none was stopped at."""

    test: str
    tests: tuple[Json, ...]
    ended: str


def debug_node(
    context: Context, node: Node, code: str, test: str, terminal: tuple[int, int]
) -> Debugged:
    """Run stage four as ever, but stop at the first failing test, or at the one of this name."""
    settings = context.workspace.settings.sandbox
    graph = context.workspace.graphs[node.label.package]
    target = test_target(node, code, settings, graph.folder, context.data)
    limits = {**target.document["limits"], "wall_s": LONGEST_S, "cpu_s": LONGEST_S}
    target.document.update(limits=limits, test=test)
    document, files = job_document("debug", [target], 1)
    outcome = context.laboratory().job(
        document, files, wall_s=LONGEST_S, memory_mb=settings.memory_mb, terminal=terminal
    )
    frame = outcome.frames[0]
    return Debugged(
        str(frame.get("debugged") or ""), tuple(frame["tests"]), str(frame.get("ended", ""))
    )
