"""Cold: the build of //eeg from empty stores up to the last node's verdict, over the four tools.

Integration and emission come after that verdict and are stated apart.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from fxgbuild.files import DiskTree
from fxgbuild.lang.load import load_workspace
from tests.bench import hand
from tests.bench.clock import Run, row, timed
from tests.e2e.conftest import REPOSITORY, clean_environment, copy_repository

BUILD = [sys.executable, "-m", "fxgbuild", "build", "//eeg:all", "--json"]


def arguments(parser):
    parser.add_argument("--runs", type=int, default=3, help="times each side is run, by turns")


def measure(options, say):
    """Both sides by turns in one run; medians, and their ratio."""
    runs = options.runs
    with tempfile.TemporaryDirectory() as folder:
        workspace = copy_repository(_made(Path(folder) / "ws")).root
        target = _made(Path(folder) / "hand")
        verdicts, rest, tools = [], [], {}
        for number in range(runs + 1):
            shutil.rmtree(workspace / ".fxgbuild", ignore_errors=True)
            whole = timed(BUILD, workspace, clean_environment())
            result = json.loads(whole.out)
            assert result["actions"]["by_kind"]["test"]["run"] == 14, result["actions"]
            if not number:  # the first round fills the machine's page cache, and is not counted
                hand.write(REPOSITORY, workspace, target, _nodes(workspace))
            after = result["wall_s"] - result["judged_s"]
            hands = _by_hand(target)
            if number:
                verdicts.append(Run(whole.seconds - after, whole.peak_mb, 0, ""))
                rest.append(Run(after, whole.peak_mb, 0, ""))
                for name, run in hands.items():
                    tools.setdefault(name, []).append(run)
                say(f"run {number}: fxgbuild {whole.seconds - after:.2f} s to the last verdict")
    rows = [row("cold", "eeg", 14, "fxgbuild to last verdict", verdicts)]
    rows.append(row("cold", "eeg", 14, "integration, emission", rest))
    rows += [row("cold", "eeg", 14, name, own) for name, own in tools.items()]
    sums = [sum(own[i].seconds for own in tools.values()) for i in range(runs)]
    ratio = median(run.seconds for run in verdicts) / median(sums)
    return {"rows": rows, "ratios": {"cold_over_tools": round(ratio, 3)}}


def _made(path):
    path.mkdir()
    return path


def _by_hand(target):
    """Each tool once; ruff and bandit may find what our own configuration does not ask for."""
    hand.empty_caches(target)
    env = {**clean_environment(), "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
    env = {name: value for name, value in env.items() if name != "PYTHONPATH"}
    codes = {"ruff": (0, 1), "bandit": (0, 1)}
    commands = hand.commands(python=sys.executable)
    return {n: timed(c, target, env, codes.get(n, (0,))) for n, c in commands.items()}


def _nodes(workspace):
    """What the hand-written tests need to know of every node."""
    loaded, problems = load_workspace(DiskTree(workspace))
    assert not problems, problems
    return {
        name: {
            "name": name,
            "function": node.function,
            "params": dict(node.params),
            "inputs": dict(node.inputs),
            "outputs": dict(node.outputs),
            "properties": node.task.properties.path,
        }
        for name, node in loaded.graphs["eeg"].nodes.items()
    }
