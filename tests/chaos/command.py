"""The real command line in a process of its own, with scripted ports put in at the root.

`python -m tests.chaos.command WORDS` runs one command; what it is scripted with stands in the
environment: FXG_CHAOS_LOG, FXG_CHAOS_TOOL_S, FXG_CHAOS_JOB_S, FXG_CHAOS_MODEL_S, FXG_CHAOS_CHILD,
and FXG_CHAOS_WITHOUT, the defences that are taken away. FXG_CHAOS_REAL keeps tools and sandbox.
"""

import functools
import os
import sys
from pathlib import Path

from fxgbuild import machine, quick
from fxgbuild.cli import app
from fxgbuild.cli.main import main
from tests.chaos import defences
from tests.chaos.scripted import Log, World


def install(world, put=setattr, *, real=False):
    """Put a scripted world where the composition root builds the rim."""
    put(app.App, "model", lambda self: world.model())
    put(machine, "describe_interpreter", functools.cache(machine.describe_interpreter))
    if not real:
        put(app, "run_tool", world.tools)
        put(app.App, "_open_sandbox", lambda self: world.sandbox())


def world_of(environ):
    """The world that an environment describes."""
    times = {name: float(environ.get(f"FXG_CHAOS_{name.upper()}", 0)) for name in
             ("tool_s", "job_s", "model_s")}  # fmt: skip
    log = Log(Path(environ["FXG_CHAOS_LOG"]))
    return World(log, **times, child=environ.get("FXG_CHAOS_CHILD", ""))


def enter(words):
    """The way in that `python -m fxgbuild` has, null builds first."""
    return 0 if quick.answer(words) else main(words)


def run(words):
    """What a process does once it has its environment and its folder."""
    defences.take_away(os.environ.get("FXG_CHAOS_WITHOUT", "").split())
    install(world_of(os.environ), real=bool(os.environ.get("FXG_CHAOS_REAL")))
    return enter(words)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
