"""Null: a build of a workspace in which nothing has changed, beside other build tools.

Every tool builds the same graph once, then all are asked again by turns. Beside them stand two
floors: the interpreter alone, and the interpreter that stats the files of the workspace.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.clock import Side, TookTooLong, by_turns, row, seconds, settle, timed
from tests.bench.peers import installed
from tests.bench.peers.peer import environment, output
from tests.bench.shapes import SHAPES
from tests.bench.workspace import ALL, built, files, fxgbuild
from tests.e2e.conftest import clean_environment

FXGBUILD, PLAN = "fxgbuild", "fxgbuild plan"
START, STAT = "python -c pass", "python -IS, stat of the workspace's files"
STAT_CODE = """
import os, sys
for path in open(sys.argv[1]).read().split("\\n"):
    os.stat(path)
"""


def arguments(parser):
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["layered"])
    parser.add_argument("--runs", type=int, default=9, help="rounds; every tool once in each")
    parser.add_argument("--peers", nargs="*", help="only these of the peers")
    parser.add_argument(
        "--cap", type=float, default=90, help="seconds for a peer's first build, else left out"
    )
    parser.add_argument(
        "--budget", type=float, default=20, help="seconds for one tool's runs, then it sits out"
    )


def measure(options, say):
    result = {"rows": [], "ratios": {}, "missing": [], "left_out": [], "versions": {}}
    for shape in options.shapes:
        for n in options.sizes:
            with tempfile.TemporaryDirectory() as folder:
                _one(shape, n, Path(folder), options, result, say)
    for name in ("ninja", "make"):
        largest = f"{name}_{max(options.sizes)}"
        if f"null_over_{largest}" in result["ratios"]:
            result["ratios"][f"null_over_{name}"] = result["ratios"][f"null_over_{largest}"]
    return result


def _one(shape, n, folder, options, result, say):
    """One shape and size: rows and ratios into the result."""
    workspace = folder / "ws"
    built(shape, n, workspace, say)
    programs, result["missing"] = installed(options.peers)
    ready = {}
    try:
        for peer, program in programs.items():
            home = folder / peer.name
            peer.write(home, list(SHAPES[shape](n)))
            if why := _first_build(peer, program, home, options.cap, say):
                result["left_out"].append({"tool": peer.name, "shape": shape, "n": n, "why": why})
                continue
            ready[peer] = program
            result["versions"][peer.name] = _version(peer, program, home)
        settle()
        own = _own_sides(workspace, folder)
        sides = [_side(peer, program, folder / peer.name) for peer, program in ready.items()]
        stamps = {peer: _stamps(peer, folder / peer.name, n) for peer in ready}
        found = by_turns(own + sides, options.runs, options.budget)
        for peer, before in stamps.items():
            assert before == _stamps(peer, folder / peer.name, n), f"{peer.name} built again"
        for peer in ready:
            more = {"server_mb": peer.server_mb(folder / peer.name)} if peer.server_mb else {}
            result["rows"].append(row("null", shape, n, peer.name, found[peer.name], **more))
    finally:
        for peer, program in programs.items():
            if peer.stop and (folder / peer.name).exists():
                _stop(peer, program, folder / peer.name)
    result["rows"] += [row("null", shape, n, side.tool, found[side.tool]) for side in own]
    end = f"_{n}" if shape == "layered" else f"_{shape}_{n}"
    null = seconds(found[FXGBUILD])
    for peer in ready:
        result["ratios"][f"null_over_{peer.name}{end}"] = _ratio(null, found[peer.name])
    result["ratios"][f"null_over_python_start{end}"] = _ratio(null, found[START])
    result["ratios"][f"null_over_stat{end}"] = _ratio(null, found[STAT])
    result["ratios"][f"plan_over_null{end}"] = _ratio(seconds(found[PLAN]), found[FXGBUILD])


def _ratio(value, runs):
    return round(value / seconds(runs), 3)


def _own_sides(workspace, folder):
    listed = folder / "files"
    listed.write_text("\n".join(files(workspace)))
    env = clean_environment()
    stat = [sys.executable, "-IS", "-c", STAT_CODE, str(listed)]
    return [
        Side(FXGBUILD, fxgbuild("build", ALL), workspace, env),
        Side(PLAN, fxgbuild("plan", ALL), workspace, env),
        Side(START, [sys.executable, "-c", "pass"], workspace, env),
        Side(STAT, stat, workspace, env),
    ]


def _first_build(peer, program, home, cap, say):
    """Build a peer's workspace; a sentence says why that was not to be had."""
    env, spent = environment(home), 0.0
    try:
        for words in (*peer.first, peer.build):
            run = timed([program, *words], home, env, None, cap - spent)
            spent += run.seconds
            if run.code:
                last = (run.err or run.out).strip().splitlines()[-1:]
                return f"its first build ended with code {run.code}: {' '.join(last)[:200]}"
    except TookTooLong:
        return f"its first build took longer than {cap:g} s"
    say(f"{peer.name}: first build {spent:.1f} s")
    return ""


def _version(peer, program, home):
    run = timed([program, *peer.version], home, environment(home), None)
    return (run.out.strip() or "unknown").splitlines()[0]


def _side(peer, program, home):
    return Side(peer.name, [program, *peer.build], home, environment(home))


def _stamps(peer, home, n):
    """When each output was written: nothing of it moves in a null build."""
    return [(home / peer.out / output(i)).stat().st_mtime_ns for i in range(n)]


def _stop(peer, program, home):
    timed([program, *peer.stop], home, environment(home), None)
    for path in home.parent.glob(f"{home.name}-root"):  # Bazel's is read-only
        shutil.rmtree(path, onerror=_writable)


def _writable(function, path, _):
    Path(path).parent.chmod(0o700)
    Path(path).chmod(0o700)
    function(path)
