"""A clock that jumps changes no key, frees no lock, and lets nothing go that is in use."""

import os
import shutil
import time
from pathlib import Path

import pytest

from fxgbuild.store.gc import collect
from fxgbuild.store.keeping import DAY_NS, Bounds
from fxgbuild.store.lease import Lease, Leases
from tests.faults.children import run
from tests.faults.test_store_crash import room

FAKETIME = shutil.which("faketime")
JUMPS = ["+10y", "-1y"]
KEYS = """
from fxgbuild.plan.key import key_of
print(key_of("generate", {"spec": {"text": "x"}, "params": {}}).hex, digest_bytes(b"x").hex)
index.put("lint:x", 1)
blobs.put(b"x")
assert index.get("lint:x") == 1 and blobs.get(digest_bytes(b"x")) == b"x"
"""
LEASED = """
lease = Leases(home).take(["build"])
blobs.since_ns = lease.start_ns
used = blobs.put(b"put under a wrong clock")
from fxgbuild.store.gc import Room, collect
from fxgbuild.store.keeping import Bounds
from fxgbuild.store.pin import PinStore
collect(Room(home, blobs, index, PinStore(home / "cache", blobs)), Bounds(0, 0), None)
assert blobs.get(used) and blobs.use(used)
try:
    locks = KeyLocks(home)
    start = os.times().elapsed
    locks.wait("a", limit_s=5, waiting=lambda who: None)
    assert os.times().elapsed - start < 2
finally:
    print("done")
"""


@pytest.mark.skipif(FAKETIME is None, reason="faketime is not installed")
@pytest.mark.parametrize("jump", JUMPS)
def test_keys_and_stores_are_the_same_under_another_clock(tmp_path: Path, jump: str) -> None:
    assert FAKETIME
    plain = run(KEYS, tmp_path)
    moved = run(KEYS, tmp_path, before=(FAKETIME, "-f", jump))
    assert moved.returncode == 0, moved.stderr
    assert moved.stdout == plain.stdout
    leased = run(LEASED, tmp_path, before=(FAKETIME, "-f", jump))
    assert leased.stdout == "done\n", leased.stderr


@pytest.mark.skipif(FAKETIME is None, reason="faketime is not installed")
def test_a_key_made_of_the_date_would_move(tmp_path: Path) -> None:
    assert FAKETIME
    script = "from fxgbuild.plan.key import key_of\nprint(key_of('x', time.gmtime().tm_year).hex)"
    plain = run(script, tmp_path)
    assert plain.stdout != run(script, tmp_path, before=(FAKETIME, "-f", "+10y")).stdout


AHEAD = Lease(1, ("build",), "?", time.time_ns() + 400 * DAY_NS)


def test_what_a_build_uses_after_the_clock_was_set_back_is_safe(tmp_path, monkeypatch) -> None:
    """It began, as the clock says now, in more than a year from now."""
    monkeypatch.setattr(Leases, "living", lambda _: [AHEAD])
    stores = room(tmp_path)
    old = stores.blobs.put(b"old")
    os.utime(stores.blobs.path(old), (0, 0))
    stores.blobs.since_ns = AHEAD.start_ns
    new = stores.blobs.put(b"new")
    assert stores.blobs.use(old)
    collect(stores, Bounds(0, 0), None, grace_ns=-DAY_NS)
    assert stores.blobs.get(old) == b"old"
    assert stores.blobs.get(new) == b"new"


def test_by_the_clock_alone_it_would_go(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(Leases, "living", lambda _: [AHEAD])
    stores = room(tmp_path)
    new = stores.blobs.put(b"new")
    collect(stores, Bounds(0, 0), None, grace_ns=-DAY_NS)
    assert stores.blobs.get(new) is None
