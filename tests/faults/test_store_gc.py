"""Collections in a loop beside builds in a loop: nothing that a build relies on ever goes."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.children import running
from tests.faults.test_store_crash import room

# A build as the store sees it: a lease, records looked up or made, outputs read at the end.
BUILDS = """
import random
from fxgbuild.digest import canonical_json
random.seed(int(os.environ.get("SEED", os.getpid())))
print("on", flush=True)
end = time.monotonic() + SECONDS
rounds = hits = misses = 0
def need(what, there):
    if not there:
        (home / f"missing-{os.getpid()}").write_text(what)
        sys.exit(1)
while time.monotonic() < end:
    leases = Leases(home)
    lease = leases.take(["build"])
    blobs, index = BlobStore(home / "cas"), Index(home / "index")
    blobs.since_ns = lease.start_ns
    used = []
    for number in random.sample(range(12), 6):
        preimage = b"preimage %d" % number
        key = digest_bytes(preimage)
        output = digest_bytes(b"output %d" % number)
        name = f"test:{key.hex}"
        blobs.use(key)
        record = index.get(name)
        if record and all(blobs.use(Digest(hex)) for hex in record["outputs"].values()):
            hits += 1
        else:
            misses += 1
            blobs.put(preimage, durable=False)
            blobs.put(b"output %d" % number, durable=False)
            index.put(name, {"key": key.hex, "action": "test", "outputs": {"o": output.hex}})
        used.append((number, name, key, output))
        time.sleep(0.0005 * random.random())
    for number, name, key, output in used:
        need(f"record {number}", index.get(name))
        need(f"preimage {number}", blobs.get(key))
        need(f"output {number}", blobs.get(output))
    index.close()
    leases.end()
    rounds += 1
(home / f"ended-{os.getpid()}").write_text(f"{rounds} {hits} {misses}")
time.sleep(60)
"""
COLLECTIONS = """
from fxgbuild.store.gc import Room, collect
from fxgbuild.store.keeping import Bounds
from fxgbuild.store.pin import PinStore
print("on", flush=True)
end = time.monotonic() + SECONDS
taken = 0
while time.monotonic() < end:
    room = Room(home, BlobStore(home / "cas"), index, PinStore(home / "cache", blobs))
    found = collect(room, Bounds(0, 0), None, grace_ns=GRACE)
    taken += len(found.blobs)
(home / f"collected-{os.getpid()}").write_text(str(taken))
time.sleep(60)
"""
NO_USE = "BlobStore.use = BlobStore.__contains__\nBlobStore._since = lambda *_, **__: None\n"
NO_LEASE = "Leases.living = lambda self: []\n"


def beside_each_other(
    home: Path, seconds: float, *, builds: str = "", collections: str = ""
) -> str:
    """Two builds and one collection beside each other; what a build missed, or ""."""
    head = f"SECONDS, GRACE = {seconds}, 10_000_000\n"
    scripts = [head + builds + BUILDS] * 2 + [head + collections + COLLECTIONS]
    with ExitStack() as stack:
        for script in scripts:
            stack.enter_context(running(script, home))
        end = time.monotonic() + seconds + 30
        while time.monotonic() < end:
            missing = [path.read_text() for path in home.glob("missing-*")]
            if missing:
                return missing[0]
            if len([*home.glob("ended-*"), *home.glob("collected-*")]) == len(scripts):
                break
            time.sleep(0.02)
    for path in home.glob("ended-*"):
        rounds, hits, misses = map(int, path.read_text().split())
        assert rounds > 1
        assert hits
        assert misses
    [collected] = home.glob("collected-*")
    assert int(collected.read_text()) > 0
    assert room(home).blobs.damaged() == []
    return ""


@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_no_build_ever_misses_what_it_relies_on(tmp_path: Path, seconds: float) -> None:
    assert beside_each_other(tmp_path, seconds) == ""


def test_a_build_that_does_not_say_what_it_uses_would_miss_it(tmp_path: Path) -> None:
    assert beside_each_other(tmp_path, 20, builds=NO_USE)


def test_a_collection_that_looks_at_no_lease_would_take_it(tmp_path: Path) -> None:
    slow = "sleep = time.sleep\ntime.sleep = lambda s: sleep(s if s > 1 else 0.01)\n"
    assert beside_each_other(tmp_path, 20, builds=slow, collections=NO_LEASE)


NO_SECOND_LOOK = """
def take(self, digest, unless_used_since_ns):
    self.path(digest).unlink(missing_ok=True)
    return True
BlobStore.take = take
"""
NO_LOOK_AT_RECORDS = "import fxgbuild.store.gc as gc\ngc._used = lambda *_: False\n"


@pytest.mark.parametrize("without", [NO_SECOND_LOOK, NO_LOOK_AT_RECORDS])
def test_a_collection_that_does_not_look_again_would_take_it(tmp_path: Path, without: str) -> None:
    slow = "from fxgbuild import crash\ncrash.point = lambda _: time.sleep(0.005)\n"
    assert beside_each_other(tmp_path, 20, collections=without + slow)
