"""Killed anywhere, a promotion has happened or it has not; the next one ends what was begun."""

import json
import shutil
import signal

import pytest

from fxgbuild import crash
from tests.promote.world import LABEL, entries, offered

POINTS = [name for name in crash.POINTS if name.startswith("promote.")]
BEFORE = ("promote.blobs", "promote.release", "promote.entry")  # the ledger says nothing of it
INDEXED = ("promote.index",)


def whole(world, channel):
    """Is everything there that a channel's tag leads to? By the files of its layout alone."""
    folder = world.path(f"channels/{channel}")
    release = world.tag(channel)
    todo = [release]
    for manifest in json.loads((folder / "index.json").read_text())["manifests"]:
        todo.append(manifest["digest"].removeprefix("sha256:"))
    for digest in todo:
        manifest = json.loads((folder / "blobs/sha256" / digest).read_bytes())
        for part in (manifest["config"], *manifest["layers"]):
            path = folder / "blobs/sha256" / part["digest"].removeprefix("sha256:")
            assert path.stat().st_size == part["size"]
    return release


def kill(world, point, what):
    done = world.type("promote", what, "--to", "prod", env={"FXG_CRASH_AT": point})
    assert done.code == -signal.SIGKILL, f"{point} was never reached: {done.code} {done.err}"


SOONER = ("promote.ledger", "promote.tag")  # the others take their time


@pytest.mark.parametrize(
    "point", [p if p in SOONER else pytest.param(p, marks=pytest.mark.slow) for p in POINTS]
)
def test_killed_at_a_named_point_a_channel_is_old_or_new_and_the_next_promotion_ends_it(
    second, point
):
    old, new = second.tag("prod"), second.tag("staging")
    kill(second, point, new)
    recorded = [entry["release"] for entry in entries(second, "prod")]
    assert recorded == ([old] if point in BEFORE else [new, old])
    expected = new if point in ("promote.tag", "promote.index") else old
    assert whole(second, "prod") == expected
    verified = second.type("verify", "--channel", "prod")
    assert (verified.code == 0) == (point in (*BEFORE, *INDEXED)), verified.out + verified.err
    shutil.rmtree(second.path(".fxgbuild"))  # somebody else goes on
    again = second.promote(new, "prod", by="rob")
    assert again["status"] == {
        **dict.fromkeys(BEFORE, "promoted"),
        "promote.index": "unchanged",
    }.get(point, "finished")
    assert [entry["release"] for entry in entries(second, "prod")] == [new, old]
    assert whole(second, "prod") == new
    assert list(offered(second).values()) == [True, False]
    verified = second.type("verify", "--channel", "prod")
    assert verified.code == 0, verified.out + verified.err


def test_whatever_is_promoted_next_first_ends_what_was_begun_unless_it_is_refused(third):
    old, new = third.tag("prod"), third.tag("staging")
    kill(third, "promote.ledger", new)
    assert third.type("promote", LABEL, "--to", "staging").code == 24
    assert third.tag("prod") == old
    done = third.type("promote", LABEL, "--to", "dev")
    assert done.code == 0, done.err
    first, last = done.out.splitlines()
    assert first == "finished entry 6: //words:wheel in prod"
    assert last.startswith("promoted //words:wheel in dev: ")
    assert third.tag("prod") == new
    assert list(offered(third).values()) == [True, False]


@pytest.mark.slow
def test_what_was_begun_can_be_rolled_back(second):
    old, new = second.tag("prod"), second.tag("staging")
    kill(second, "promote.ledger", new)
    done = second.type("rollback", LABEL, "--channel", "prod", "--because", "no good", "--json")
    assert done.code == 0, done.err
    (finish,), (move,) = done.json["finishes"], done.json["tags"]
    assert (finish["entry"], finish["tags"][0]["new"]) == (6, new)
    assert (move["old"], move["new"]) == (new, old)
    assert whole(second, "prod") == old
    assert [entry["release"] for entry in entries(second, "prod")] == [old, new, old]
    assert list(offered(second).values()) == [False, True]
    verified = second.type("verify", "--channel", "prod")
    assert verified.code == 0, verified.out + verified.err
