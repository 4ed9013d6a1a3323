"""Edit: one spec of many changes, its new pin is there, and the code was never validated.

Measured from the command to its end: `build //...`, which runs the four stages for that one node,
beside ruff, mypy (with a warm cache), bandit and pytest by hand on the same rendered module; and
`plan //...` right after another edit of that kind, beside the null build of the same run.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench import hand
from tests.bench.clock import row, seconds, timed
from tests.bench.shapes import SHAPES
from tests.bench.synthetic import PROPERTY, name, package
from tests.bench.workspace import ALL, built, edits, typed
from tests.e2e.conftest import clean_environment

STAGES = ("lint", "type", "security", "test")
NULL, BUILD, PLAN = "fxgbuild null build", "fxgbuild build after edit", "fxgbuild plan after edit"


def arguments(parser):
    parser.add_argument("--sizes", type=int, nargs="+", default=[10000])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["layered"])
    parser.add_argument("--runs", type=int, default=7, help="rounds; both sides once in each")


def measure(options, say):
    result = {"rows": [], "ratios": {}}
    for shape in options.shapes:
        for n in options.sizes:
            with tempfile.TemporaryDirectory() as folder:
                _one(shape, n, Path(folder), options.runs, result, say)
    ratios = result["ratios"]
    largest = max(options.sizes)
    for ratio in ("edit_over_tools", "plan_over_null"):
        if f"{ratio}_{largest}" in ratios:
            ratios[ratio] = ratios[f"{ratio}_{largest}"]
    return result


def _one(shape, n, folder, runs, result, say):
    workspace, target = folder / "ws", folder / "hand"
    built(shape, n, workspace, say)
    _prepare(target)
    todo = edits(workspace, n, 2 * (runs + 1))
    found, tools = {NULL: [], PLAN: [], BUILD: []}, {}
    for number in range(runs + 1):
        planned, done = todo[2 * number : 2 * number + 2]
        null = typed(workspace, "build", ALL)
        planned.apply()
        plan = typed(workspace, "plan", ALL)
        _check(typed(workspace, "build", ALL, "--json"))
        done.apply()
        build = typed(workspace, "build", ALL)
        hands = _by_hand(workspace, target, done)
        if not number:  # the first round warms every cache, and is not counted
            continue
        for what, run in ((NULL, null), (PLAN, plan), (BUILD, build)):
            found[what].append(run)
        for tool, run in hands.items():
            tools.setdefault(tool, []).append(run)
        say(f"round {number}: build {build.seconds:.2f} s, plan {plan.seconds:.2f} s")
    result["rows"] += [row("edit", shape, n, what, own) for what, own in {**found, **tools}.items()]
    sums = [sum(run.seconds for run in turn) for turn in zip(*tools.values(), strict=True)]
    end = f"_{n}" if shape == "layered" else f"_{shape}_{n}"
    ratio = seconds(found[BUILD]) / median(sums)
    result["ratios"][f"edit_over_tools{end}"] = round(ratio, 3)
    ratio = seconds(found[PLAN]) / seconds(found[NULL])
    result["ratios"][f"plan_over_null{end}"] = round(ratio, 3)


def _check(run):
    """Each of the four stages ran exactly once."""
    kinds = json.loads(run.out)["actions"]["by_kind"]
    assert {kind: kinds[kind]["run"] for kind in STAGES} == dict.fromkeys(STAGES, 1), kinds


def _prepare(target):
    target.mkdir()
    (target / "conftest.py").write_text(hand.CONFTEST)
    (target / "mypy.ini").write_text("[mypy]\nstrict = true\n")


def _by_hand(workspace, target, edit):
    """Each tool once on the module that the build rendered."""
    node = name(edit.i)
    for old in (target / "code_under_test", *target.glob("at_*")):
        shutil.rmtree(old, ignore_errors=True)
    code, tests = target / "code_under_test", target / f"at_{node}"
    for folder in (code, tests):
        folder.mkdir()
        (folder / "__init__.py").touch()
    shutil.copy(workspace / f".fxgbuild/out/{package(edit.i)}/{node}.py", code)
    assert f"* {edit.factor}" in (code / f"{node}.py").read_text(), edit.label
    (tests / "test_fold.py").write_text(PROPERTY)
    facts = {f"at_{node}": {"name": node, "function": "fold", "params": {}}}
    (target / "nodes.json").write_text(json.dumps(facts))
    env = clean_environment()
    return {
        tool: timed(command, target, env, codes=(0, 1) if tool in ("ruff", "bandit") else (0,))
        for tool, command in hand.commands(sys.executable).items()
    }
