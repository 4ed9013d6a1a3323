"""Run one command and say how long it took and how much memory its largest process used.

A process inherits the peak of the one that forks it, so a small starter stands between us and what
is measured; nothing below the starter's own peak, about 9 MB, can be told.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

STARTER = """
import os, sys, time
report, command = int(sys.argv[1]), sys.argv[2:]
os.set_inheritable(report, False)
start = time.perf_counter()
child = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - start
code = os.waitstatus_to_exitcode(status)
cpu = usage.ru_utime + usage.ru_stime
os.write(report, f"[{seconds}, {cpu}, {usage.ru_maxrss // 1024}, {code}]".encode())
"""


class TookTooLong(Exception):
    """A command was ended because it did not end by itself in time."""


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_mb: int
    code: int
    out: str
    cpu_s: float | None = None  # where it is known of just this
    err: str = ""


@dataclass(frozen=True)
class Side:
    """One of those that are measured by turns; `before` puts things in place, unmeasured."""

    tool: str
    command: list[str]
    cwd: Path
    env: dict[str, str] | None = None
    codes: tuple[int, ...] = (0,)
    before: Callable[[], None] | None = None


def timed(command, cwd, env=None, codes=(0,), limit=None):
    """Wall time, processor time and peak memory of a command.

    A code that is not expected ends the benchmark (None: any code is expected); a command that
    takes longer than `limit` is killed with all it started, and TookTooLong is raised.
    """
    read, write = os.pipe()
    starter = [sys.executable, "-I", "-S", "-c", STARTER, str(write), *map(str, command)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            starter,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            pass_fds=[write],
            start_new_session=True,
        )
        os.close(write)
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            raise TookTooLong(f"{command} took longer than {limit} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            report = os.read(read, 1000)
            os.close(read)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    if not report:
        raise SystemExit(f"{command} could not be started:\n{texts[1]}")
    seconds, cpu_s, peak_mb, code = json.loads(report)
    if codes is not None and code not in codes:
        raise SystemExit(f"{command} ended with {code}:\n{texts[0]}\n{texts[1]}")
    return Run(seconds, peak_mb, code, texts[0], cpu_s, texts[1])


def by_turns(sides, runs, budget=None, warm_up=True):
    """Every side once per round, so that what else the machine does meets all of them alike.

    The first round warms what can be warm and is not counted, but it is paid for: a side that has
    used up its budget of seconds sits out the rounds that are left, once it has been measured.
    """
    found = {side.tool: [] for side in sides}
    spent = dict.fromkeys(found, 0.0)
    for number in range(runs + warm_up):
        for side in sides:
            own = found[side.tool]
            if own and budget is not None and spent[side.tool] > budget:
                continue
            if side.before:
                side.before()
            run = timed(side.command, side.cwd, side.env, side.codes)
            spent[side.tool] += run.seconds
            if number or not warm_up:
                own.append(run)
    return found


def settle():
    """Wait until times of files written by now differ from the time of a look at them.

    Every build tool that trusts times doubts those that are too young; some file systems keep
    times in steps of two seconds.
    """
    time.sleep(2.6)


def row(scenario, shape, n, tool, runs, **more):
    """A row of the result: medians over the runs of one side."""
    cpu = [run.cpu_s for run in runs if run.cpu_s is not None]
    return {
        "scenario": scenario,
        "shape": shape,
        "n": n,
        "tool": tool,
        "median_s": round(median(run.seconds for run in runs), 4),
        "min_s": round(min(run.seconds for run in runs), 4),
        "cpu_s": round(median(cpu), 4) if cpu else None,
        "runs": len(runs),
        "peak_mb": max(run.peak_mb for run in runs),
        **more,
    }


def seconds(runs):
    return median(run.seconds for run in runs)
