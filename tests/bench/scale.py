"""Scale: how the time of a command grows with the workspace, over four shapes.

`growth` ratios are seconds per target at ten times the size, over seconds per target: 1 is linear,
below 1 is better than that because starting up is part of it.
"""

import tempfile
from pathlib import Path

from tests.bench.clock import Side, by_turns, row, seconds
from tests.bench.shapes import SHAPES
from tests.bench.workspace import ALL, built, edits, fxgbuild
from tests.e2e.conftest import clean_environment


def arguments(parser):
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--full", action="store_true", help="100,000 nodes as well; takes hours")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--runs", type=int, default=3)


def measure(options, say):
    result = {"rows": [], "ratios": {}}
    sizes = sorted({*options.sizes, *([100000] if options.full else [])})
    for shape in options.shapes:
        found = {}
        for n in sizes:
            with tempfile.TemporaryDirectory() as folder:
                found[n] = _one(shape, n, Path(folder) / "ws", options.runs, result, say)
        for n in sizes:
            for what, runs in found.get(10 * n, {}).items():
                ratio = seconds(runs) / 10 / seconds(found[n][what])
                name = f"growth_{what.replace(' ', '_')}_{shape}_{10 * n}"
                result["ratios"][name] = round(ratio, 3)
    return result


def _one(shape, n, workspace, runs, result, say):
    first = built(shape, n, workspace, say)
    found = {"first build": [first]}
    for what, command, before in _sides(workspace, n, runs):
        side = Side(what, fxgbuild(*command), workspace, clean_environment(), before=before)
        found |= by_turns([side], runs)
    result["rows"] += [row("scale", shape, n, what, own) for what, own in found.items()]
    return found


def _sides(workspace, n, runs):
    """In this order: what disturbs the state comes last."""
    yield "null build", ("build", ALL), None
    yield "query deps", ("query", f"deps({ALL})"), None
    turns = iter(edits(workspace, n, runs + 1))
    done = []

    def another():
        if done:
            done[-1].undo()
        done.append(next(turns))
        done[-1].apply()

    yield "plan after edit", ("plan", ALL), another
    done[-1].undo()

    def forget():
        for path in (workspace / ".fxgbuild").glob("state*"):
            path.unlink()

    yield "plan without state", ("plan", ALL), forget
