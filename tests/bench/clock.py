"""Run one command and say how long it took and how much memory its largest process used."""

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_mb: int
    code: int
    out: str


def timed(command, cwd, env=None, codes=(0,)):
    """Wall time and peak memory of a command; a code that is not expected ends the benchmark."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = code = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text = out.read().decode()
        if code not in codes:
            raise SystemExit(f"{command} ended with {code}:\n{text}\n{err.read().decode()}")
    return Run(seconds, usage.ru_maxrss // 1024, code, text)


def row(scenario, shape, n, tool, runs):
    """A row of the result: medians over the runs of one side."""
    return {
        "scenario": scenario,
        "shape": shape,
        "n": n,
        "tool": tool,
        "median_s": round(median(run.seconds for run in runs), 3),
        "runs": len(runs),
        "peak_mb": max(run.peak_mb for run in runs),
    }
