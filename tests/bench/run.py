"""Run: the emitted graph of //eeg in process, over the pipeline written by hand.

Both persons, in one interpreter each, after a first pass that is not counted, so that imports are
no part of it; with one thread for numerical libraries on both sides. Sequential means one worker.
"""

import json
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from tests.bench.clock import Side, by_turns, row, seconds
from tests.bench.workspace import typed
from tests.e2e.conftest import clean_environment, copy_repository

PEOPLE = ("subject00", "subject01")
PASSES = """
import json, sys, time
from pathlib import Path
side, home = sys.argv[1], Path(sys.argv[2])
sys.path[:0] = [str(home), sys.argv[3]]
if side == "baseline":
    from baseline import run_person
else:
    from eeg_pipeline import run
    def run_person(person):
        stem = home / "data" / person.replace("subject", "Subject")
        rest, task = (Path(f"{stem}_{number}.edf").read_bytes() for number in (1, 2))
        return {"evaluate": run(rest=rest, task=task, jobs=int(side)).outputs["metrics"]}
for _ in range(2):
    start = time.perf_counter()
    found = {person: run_person(person)["evaluate"]["accuracy"] for person in sys.argv[4:]}
    seconds = time.perf_counter() - start
print(json.dumps([seconds, found]))
"""
SIDES = {
    "baseline by hand": "baseline",
    "graph, sequential": "1",
    "graph, two workers": "2",
}


def arguments(parser):
    parser.add_argument("--runs", type=int, default=5, help="rounds; every side once in each")


def measure(options, say):
    with tempfile.TemporaryDirectory() as folder:
        (root := Path(folder) / "ws").mkdir()
        workspace = copy_repository(root).root
        emitted = typed(workspace, "emit", "//eeg:all", "--json")
        say(f"emitted in {emitted.seconds:.1f} s")
        wheel = next(one["path"] for one in json.loads(emitted.out) if one["path"].endswith(".whl"))
        with zipfile.ZipFile(workspace / wheel) as archive:
            archive.extractall(package := Path(folder) / "package")
        given = [str(workspace / "examples" / "eeg"), str(package), *PEOPLE]
        env = {**clean_environment(), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        python = [sys.executable, "-c", PASSES]
        sides = [Side(name, [*python, side, *given], root, env) for name, side in SIDES.items()]
        found = by_turns(sides, options.runs, warm_up=False)
    answers = {json.dumps(json.loads(run.out)[1]) for runs in found.values() for run in runs}
    assert len(answers) == 1, f"the sides do not agree: {answers}"
    found = {tool: [_inside(run) for run in runs] for tool, runs in found.items()}
    baseline, sequential, two = (seconds(found[name]) for name in SIDES)
    return {
        "rows": [row("run", "eeg", 14, tool, runs) for tool, runs in found.items()],
        "ratios": {
            "sequential_over_baseline": round(sequential / baseline, 3),
            "baseline_over_two_workers": round(baseline / two, 3),
        },
    }


def _inside(run):
    """The pass that counts, as the process itself timed it."""
    return replace(run, seconds=json.loads(run.out)[0], cpu_s=None)
