"""Builds side by side: each key is asked and judged once, whoever does it; a dead holder is no one.

A suspended holder makes others wait, say for whom, and give up when they are told to; commands
that only read wait for nobody.
"""

import shutil
import signal
import time

import pytest

from tests.chaos import graphs
from tests.chaos.living import Living, memory
from tests.chaos.oracle import repeated

TASKS = ["fold", "total", "smooth", "count", "gather", "fold"]
BUILD = ("build", "//...", "--json")
# Slow enough that all of them are at it at the same time.
TIMES = {"FXG_CHAOS_TOOL_S": "0.1", "FXG_CHAOS_JOB_S": "0.1", "FXG_CHAOS_MODEL_S": "0.3"}
READING = (
    ("why", "//alpha:n1"),
    ("query", "deps(//alpha:all)"),
    ("plan", "//..."),
    ("ls", "//..."),
    ("show", "//alpha:n2"),
    ("log",),
)


def workspace(home, name="ws"):
    living = Living(home / name)
    living.write(graphs.workspace_of(TASKS))
    return living


@pytest.fixture(scope="session")
def alone(starter):
    """What one build by itself gives."""
    folder = memory("alone")
    living = workspace(folder)
    done = starter.run(living, *BUILD)
    assert done.code == 0, done.err
    yield living.result(done.json)
    shutil.rmtree(folder)


def once(living):
    """Nothing was asked, judged, integrated twice."""
    twice = {"asked": repeated(living.log.lines("asked"), "prompt")}
    for stage in ("lint", "type", "security"):
        twice[stage] = repeated(living.log.lines(stage), "code")
    twice["test"] = repeated(living.log.lines("test"), "label", "code")
    twice["integrate"] = repeated(living.log.lines("integrate"), "label")
    return {what: found for what, found in twice.items() if found}


def eight(starter, living, env=TIMES):
    running = [starter.start(living, *BUILD, env=env) for _ in range(8)]
    return [process.wait() for process in running]


def test_eight_builds_do_each_key_once(starter, home, alone):
    living = workspace(home)
    ended = eight(starter, living)
    assert [done.code for done in ended] == [0] * 8, [done.err for done in ended if done.code]
    assert [living.result(done.json) == alone for done in ended] == [True] * 8
    assert once(living) == {}
    assert starter.run(living, "cache", "verify").code == 0


def test_without_locks_a_key_is_asked_for_more_than_once(starter, home):
    living = workspace(home)
    eight(starter, living, TIMES | {"FXG_CHAOS_WITHOUT": "locks"})
    assert once(living).get("asked"), "the test of single flight does not bite"


def test_eight_builds_with_a_store_each_share_one_folder_of_pins(starter, home, alone):
    """Their locks are not each other's; the worst is work done twice."""
    living = workspace(home)
    times = TIMES | {"FXG_CHAOS_WITHOUT": "haste"}
    env = [times | {"FXG_STORE": str(home / f"store{number}")} for number in range(8)]
    running = [starter.start(living, *BUILD, env=own) for own in env]
    ended = [process.wait() for process in running]
    assert [done.code for done in ended] == [0] * 8, [done.err[-500:] for done in ended]
    targets = {t["label"]: (t["key"], t["digest"]) for t in ended[0].json["targets"]}
    assert targets == alone["targets"]
    assert living.result(ended[0].json)["pins"] == alone["pins"]


def held(starter, living):
    """A build that holds keys: its model is at work."""
    holder = starter.start(living, *BUILD, env=TIMES | {"FXG_CHAOS_MODEL_S": "1.5"})
    deadline = time.monotonic() + 20
    while not living.log.lines("asked"):
        assert time.monotonic() < deadline
        assert not holder.ended, holder.said()
        time.sleep(0.01)
    return holder


def test_the_holder_is_killed_and_another_takes_over(starter, home, alone):
    living = workspace(home)
    holder = held(starter, living)
    others = [starter.start(living, *BUILD, env=TIMES) for _ in range(3)]
    time.sleep(0.5)
    asked = living.log.lines("asked")
    assert {line["pid"] for line in asked} == {holder.pid}, "somebody asked for a held key"
    holder.kill()
    assert holder.wait().code == -signal.SIGKILL
    ended = [process.wait() for process in others]
    assert [done.code for done in ended] == [0] * 3, [done.err for done in ended]
    assert all(living.result(done.json) == alone for done in ended)
    later = [line for line in living.log.lines("asked") if line["pid"] != holder.pid]
    assert repeated(later, "prompt") == {}
    assert starter.run(living, "cache", "verify").code == 0


def test_a_suspended_holder_is_named_and_waited_for_no_longer_than_told(starter, home, alone):
    living = workspace(home)
    holder = held(starter, living)
    holder.kill(signal.SIGSTOP)
    try:
        start = time.monotonic()
        done = starter.run(living, *BUILD, "--block-for-lock=1s", env=TIMES)
        assert done.code == 9, done.err
        assert 0.9 < time.monotonic() - start < 6
        assert f"pid {holder.pid}" in done.err
        patient = starter.start(living, *BUILD, env=TIMES)
        took = {}
        for words in READING:
            start = time.monotonic()
            read = starter.run(living, *words, limit_s=20)
            took[words[0]] = time.monotonic() - start
            assert read.code == 0, (words, read.err)
        assert max(took.values()) < 3, took
        assert not patient.ended
        assert f"pid {holder.pid}" in patient.said()
    finally:
        holder.kill(signal.SIGCONT)
    assert holder.wait().code == 0
    last = patient.wait()
    assert (last.code, living.result(last.json)) == (0, alone)
    assert once(living) == {}
