"""The same with nothing scripted but the model: ruff, mypy, bandit and pytest in the sandbox."""

import random
import signal
import time

import pytest

from tests.chaos import edits, graphs
from tests.chaos.living import Living
from tests.chaos.oracle import Oracle
from tests.chaos.processes import in_lanes
from tests.chaos.test_edits import check_cold, step
from tests.chaos.test_kills import BUILD, check_recovery

REAL = {"FXG_CHAOS_REAL": "1"}
EDITS = 25
KILLS = 25
# The model's stumbling is a mark that only the scripted tools read.
CHANGES = [edit for edit in edits.STATE if edit.__name__ != "stumbling_spec"]

pytestmark = pytest.mark.slow


def test_twenty_five_edits(starter, home):
    living, oracle = Living(home / "ws", starter, REAL), Oracle()
    source = random.Random(25)  # noqa: S311 - an edit is no secret
    state = graphs.workspace_of(["fold", "total", "smooth", "count", "gather"])
    built = step(living, oracle, state, counted=False)
    for _ in range(EDITS):
        while not source.choice(CHANGES)(state, source):
            pass
        built = step(living, oracle, state, counted=False)
    check_cold(living, built, home, pins=False)


def test_twenty_five_kills(starter, home):
    state = graphs.workspace_of(["fold", "total", "smooth", "count"])
    undisturbed = Living(home / "undisturbed", starter, REAL)
    undisturbed.write(state)
    start = time.monotonic()
    wanted = undisturbed.whole(undisturbed.build())
    took_s = time.monotonic() - start
    source = random.Random(26)  # noqa: S311
    # Beside another one a build takes longer.
    moments = [source.uniform(0, 1.4 * took_s) for _ in range(KILLS)]

    def kill(number):
        living = Living(home / f"ws{number}", starter, REAL)
        living.write(state)
        process = starter.start(living, *BUILD, env=REAL)
        time.sleep(moments[number])
        process.kill(signal.SIGKILL)
        process.wait()
        check_recovery(starter, living, wanted, env=REAL)

    in_lanes(kill, range(KILLS), lanes=2)
