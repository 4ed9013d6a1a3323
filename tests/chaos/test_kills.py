"""Killed anywhere, a command leaves stores that verify, and the next one ends where it would have.

A paid reply that was stored is never asked for again.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from fxgbuild import crash
from tests.chaos import edits, graphs
from tests.chaos.living import Living, memory
from tests.chaos.oracle import repeated
from tests.chaos.processes import LANES, in_lanes
from tests.chaos.scripted import reply_to

TASKS = ["fold", "total", "smooth", "count", "gather"]
SLOW_ENOUGH = {"FXG_CHAOS_TOOL_S": "0.01", "FXG_CHAOS_JOB_S": "0.01", "FXG_CHAOS_MODEL_S": "0.02"}
GC = ("cache", "gc", "--max-size", "1B")
ELSEWHERE = ("gc.", "promote.")  # points that no build passes
BUILD = ("build", "//...", "--json")
UNFINISHED = ("blob.written", "blob.synced")  # where a kill leaves a blob without its name
# A build's own thread and the four that ask a model; the three of the tools come after those.
WRITERS = 5
LONG_AGO_NS = 10**18


def workspace(home, name="ws"):
    """A fresh workspace, one of whose generations fails its first attempt."""
    living = Living(home / name)
    state = graphs.workspace_of(TASKS)
    state["packages"]["alpha"]["nodes"]["n3"]["spec"] += " The first try FAILS-lint."
    living.write(state)
    return living, state


@pytest.fixture(scope="session")
def undisturbed(starter):
    """What an undisturbed build gives, and how long it takes."""
    folder = memory("undisturbed")
    yield built_in_peace(starter, folder, "ws")
    shutil.rmtree(folder)


def built_in_peace(starter, home, name):
    living, _ = workspace(home, name)
    start = time.monotonic()
    done = starter.run(living, *BUILD, env=SLOW_ENOUGH)
    assert done.code == 0, done.err
    return living.whole(done.json), time.monotonic() - start


def stored_replies(living):
    """Digests of the replies that the index finds by key and attempt."""
    return {row["reply"] for row in living.records("reply:").values()}


def unfinished(living):
    """What writers have beside its place; parsed files have a bound of their own."""
    return [path for path in living.root.rglob(".fxg-*") if path.parent.name != "parsed"]


def check_leftovers(starter, living):
    """The killed leave one blob for each thread at most, and a collection takes all they left."""
    left = unfinished(living)
    assert len([path for path in left if "cas" in path.parts]) <= WRITERS, left
    for path in left:
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    if left:
        swept = starter.run(living, "cache", "gc")
        assert swept.code == 0, swept.err
        assert unfinished(living) == []
    return left


def check_recovery(starter, living, wanted, env=SLOW_ENOUGH):
    """After an end: run again, all is as it would have been, and nothing was paid for twice.

    Returns what the end had left unfinished.
    """
    kept = stored_replies(living)
    before = len(living.log.lines("asked"))
    again = starter.run(living, *BUILD, env=env)
    assert again.code == 0, again.err
    assert living.whole(again.json) == wanted
    asked_again = {line["reply"] for line in living.log.lines("asked")[before:]}
    assert not asked_again & kept, "a stored reply was asked for again"
    left = check_leftovers(starter, living)
    verified = starter.run(living, "cache", "verify")
    assert verified.code == 0, verified.out + verified.err
    null = starter.run(living, "plan", "//...", env=env)
    assert "nothing to run" in null.out, null.out
    return left


@pytest.mark.parametrize("name", [n for n in crash.POINTS if not n.startswith(ELSEWHERE)])
def test_killed_at_a_named_point_a_build_converges(starter, home, undisturbed, name):
    living, _ = workspace(home)
    done = starter.run(living, *BUILD, env={"FXG_CRASH_AT": name})
    assert done.code == -signal.SIGKILL, f"{name} was never reached: {done.code} {done.err}"
    left = check_recovery(starter, living, undisturbed[0])
    assert left or name not in UNFINISHED


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 5, 9])
@pytest.mark.parametrize("name", ["blob.written", "blob.renamed", "record.preimage", "record.put"])
def test_killed_at_a_later_pass_a_build_converges(starter, home, undisturbed, name, count):
    living, _ = workspace(home)
    done = starter.run(living, *BUILD, env={"FXG_CRASH_AT": f"{name}:{count}"})
    assert done.code == -signal.SIGKILL, f"{name} was passed less than {count} times"
    check_recovery(starter, living, undisturbed[0])


def asked_twice(starter, home, env):
    """Killed when its one reply is stored, a build is run again: which prompts were sent twice."""
    living = Living(home / "one")
    living.write(graphs.workspace_of(["fold"]))
    done = starter.run(living, *BUILD, env={"FXG_CRASH_AT": "reply.noted"} | env)
    assert done.code == -signal.SIGKILL, done.err
    assert starter.run(living, *BUILD, env=env).code == 0
    return repeated(living.log.lines("asked"), "prompt")


def test_a_paid_reply_outlives_its_build(starter, home):
    assert asked_twice(starter, home, {}) == {}


def test_without_the_journal_of_replies_one_is_paid_twice(starter, home):
    assert asked_twice(starter, home, {"FXG_CHAOS_WITHOUT": "replies"})


def test_without_renames_a_kill_leaves_half_a_pin(starter, home, undisturbed):
    living, _ = workspace(home)
    done = starter.run(living, *BUILD, env={"FXG_CHAOS_WITHOUT": "renames"})
    assert done.code == -signal.SIGKILL, done.err
    with pytest.raises(AssertionError):
        check_recovery(starter, living, undisturbed[0])


def answers(text):
    """A batch's requests, answered as the scripted model would."""
    lines = []
    for request in map(json.loads, text.splitlines()):
        content = reply_to(request["body"]["messages"][-1]["content"])
        message = {"role": "assistant", "content": content}
        body = {"model": "chaos", "choices": [{"finish_reason": "stop", "message": message}]}
        response = {"status_code": 200, "body": body}
        lines.append(json.dumps({"custom_id": request["custom_id"], "response": response}))
    return "".join(line + "\n" for line in lines)


IMPORTED = ("attempt.kept", "pin.record")  # where an import may lose or double what it was given
EVERYWHERE = ("reply.stored", "reply.noted", "blob.renamed", "pin.code", "record.put")


@pytest.mark.parametrize(
    "name",
    [
        *IMPORTED,
        *(pytest.param(name, marks=pytest.mark.slow) for name in EVERYWHERE),
    ],
)
def test_killed_at_a_named_point_an_import_converges(starter, home, undisturbed, name):
    living, _ = workspace(home)

    def import_batch(env=None):
        export = starter.run(living, "generate", "export", "//...", "--to", "requests.jsonl")
        assert export.code == 0, export.err
        replies = answers((living.root / "requests.jsonl").read_text())
        (living.root / "replies.jsonl").write_text(replies)
        return starter.run(living, "generate", "import", "replies.jsonl", env=env)

    done = import_batch(env={"FXG_CRASH_AT": name})
    assert done.code == -signal.SIGKILL, f"{name} was never reached: {done.code} {done.err}"
    assert import_batch().code in (0, 1)  # the stumbling node asks for its repair round
    assert import_batch().code == 0
    assert living.log.lines("asked") == []
    check_recovery(starter, living, undisturbed[0])
    assert living.log.lines("asked") == [], "what was imported was asked for"


@pytest.mark.parametrize("name", [name for name in crash.POINTS if name.startswith("gc.")])
def test_killed_at_a_named_point_a_collection_takes_nothing_that_is_needed(starter, home, name):
    living, state = workspace(home)
    assert starter.run(living, *BUILD).code == 0
    for node in state["packages"]["alpha"]["nodes"].values():
        edits.word(state)
        node["out"] = {"high": 80000}
    state["packages"]["alpha"]["artifacts"]["wheel"]["version"] = "0.2.0"
    living.write(state)
    wanted = starter.run(living, *BUILD)
    assert wanted.code == 0, wanted.err
    for path in living.store.rglob("*"):
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    done = starter.run(living, *GC, env={"FXG_CRASH_AT": name})
    assert done.code == -signal.SIGKILL, f"{name} was never reached: {done.code} {done.err}"
    assert starter.run(living, *GC).code == 0
    asked = len(living.log.lines("asked"))
    check_recovery(starter, living, living.whole(wanted.json))
    assert len(living.log.lines("asked")) == asked


def kill_at_random(starter, home, undisturbed, seed, number, env=SLOW_ENOUGH):
    wanted, took_s = undisturbed
    living, _ = workspace(home, f"ws{seed}")
    process = starter.start(living, *BUILD, env=env)
    time.sleep(random.Random(seed).uniform(0, took_s))  # noqa: S311 - a kill is no secret
    process.kill(number)
    process.wait()
    check_recovery(starter, living, wanted)
    shutil.rmtree(living.root)


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_a_random_moment_a_build_converges(starter, home, undisturbed, seed):
    kill_at_random(starter, home, undisturbed, seed, signal.SIGKILL)


@pytest.mark.slow
def test_five_hundred_random_kills(starter, home, undisturbed):
    names = [f"peace{number}" for number in range(LANES)]
    beside_others = in_lanes(lambda name: built_in_peace(starter, home, name), names)
    took_s = max(took for _, took in beside_others)  # kills come until the slowest would be done

    def kill(seed):
        kill_at_random(starter, home, (undisturbed[0], took_s), seed, signal.SIGKILL)

    in_lanes(kill, range(1000, 1500))


def sleepers(marker):
    """Every process of this machine whose command line holds a marker."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - a glob stumbles over those that end meanwhile
        if not name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            if marker.encode() in Path("/proc", name, "cmdline").read_bytes():
                found.append(int(name))
    return found


STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", STOPS, ids=lambda number: number.name)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_interrupted_a_build_ends_its_tools_and_frees_its_locks(
    starter, home, undisturbed, number, seed
):
    marker = f"0.0000{os.getpid()}{seed}{int(number)}"
    living, _ = workspace(home)
    process = starter.start(living, *BUILD, env={"FXG_CHAOS_CHILD": f"8 {marker}"})
    deadline = time.monotonic() + 20
    while not sleepers(marker):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(random.Random(seed).uniform(0, 0.3))  # noqa: S311 - no secret either
    process.kill(number)
    start = time.monotonic()
    done = process.wait(20)
    left = sleepers(marker)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == [], "a tool outlives the build"
    assert time.monotonic() - start < 6, "the build waited for its tools"  # they sleep for 8 s
    assert done.code in (8, 128 + number, -number), f"ended with {done.code}: {done.err}"
    assert "Traceback" not in done.err
    check_recovery(starter, living, undisturbed[0])
