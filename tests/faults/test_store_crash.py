"""A kill at any point of a write leaves a store that is valid, and what was there before."""

import signal
from pathlib import Path

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.errors import FxgError
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.check import verify
from fxgbuild.store.gc import Room, collect
from fxgbuild.store.index import Index
from fxgbuild.store.keeping import Bounds
from fxgbuild.store.pin import PinStore
from tests.faults.children import run
from tests.store.test_pin import pin

BLOB_POINTS = ["blob.written", "blob.synced", "blob.renamed"]
BYTES = b"x" * 200_000
PUT = "blobs.put(b'x' * 200_000)"
HALVES = """
import fxgbuild.store.cas as cas
def bare(path, data, mode):
    path.write_bytes(data[: len(data) // 2])
    os.kill(os.getpid(), signal.SIGKILL)
cas.write_beside = bare
"""


def room(home: Path) -> Room:
    blobs = BlobStore(home / "cas")
    return Room(home, blobs, Index(home / "index"), PinStore(home / "cache", blobs))


def beside(home: Path) -> list[Path]:
    return list(home.rglob(".fxg-*"))


@pytest.mark.parametrize("point", BLOB_POINTS)
def test_a_killed_write_shows_no_part_of_a_blob_and_is_swept(tmp_path: Path, point: str) -> None:
    assert run(PUT, tmp_path, crash_at=point).returncode == -signal.SIGKILL
    stores = room(tmp_path)
    assert stores.blobs.get(digest_bytes(BYTES)) == (BYTES if point == "blob.renamed" else None)
    assert stores.blobs.damaged() == []
    assert stores.blobs.size()[0] == (point == "blob.renamed")
    assert len(beside(tmp_path)) == (point != "blob.renamed")
    collect(stores, Bounds(), None, grace_ns=-(10**9))
    assert beside(tmp_path) == []
    assert stores.blobs.put(BYTES) == digest_bytes(BYTES)


CLOCK = """
from fxgbuild import state
os.unlink = lambda name: os.kill(os.getpid(), signal.SIGKILL)
state.now_ns(str(home))
"""


def test_what_a_kill_leaves_beside_the_state_file_is_swept(tmp_path: Path) -> None:
    assert run(CLOCK, tmp_path).returncode == -signal.SIGKILL
    assert len(beside(tmp_path)) == 1
    collect(room(tmp_path), Bounds(), None, grace_ns=-(10**9))
    assert beside(tmp_path) == []


def test_without_writing_beside_a_kill_would_show_a_part(tmp_path: Path) -> None:
    script = HALVES.replace("path.write", "blobs.path(digest_bytes(data)).write") + PUT
    assert run(script, tmp_path).returncode == -signal.SIGKILL
    assert room(tmp_path).blobs.damaged() == [digest_bytes(BYTES).hex]


def test_what_a_running_writer_has_beside_is_not_swept(tmp_path: Path) -> None:
    with_lease = "Leases(home).take(['build'])\n" + PUT
    assert run(with_lease, tmp_path, crash_at="blob.written").returncode == -signal.SIGKILL
    [left] = beside(tmp_path / "cas")
    collect(room(tmp_path), Bounds(), None)  # less than an hour ago: who knows
    assert left.exists()


RECORD = """
from fxgbuild import crash
key = blobs.put(b"the preimage")
output = blobs.put(b"the output")
crash.point("record.preimage")
index.put(f"test:{key.hex}", {"key": key.hex, "action": "test", "outputs": {"o": output.hex}})
crash.point("record.put")
"""
RECORD_FIRST = """
key, output = digest_bytes(b"the preimage"), digest_bytes(b"the output")
index.put(f"test:{key.hex}", {"key": key.hex, "action": "test", "outputs": {"o": output.hex}})
os.kill(os.getpid(), signal.SIGKILL)
"""
KEY = digest_bytes(b"the preimage").hex


def test_a_kill_between_blobs_and_record_is_a_miss_and_nothing_dangles(tmp_path: Path) -> None:
    assert run(RECORD, tmp_path, crash_at="record.preimage").returncode == -signal.SIGKILL
    assert room(tmp_path).index.get(f"test:{KEY}") is None
    report = verify(room(tmp_path))
    assert (report.problems, report.misses) == ([], [])
    assert run(RECORD, tmp_path, crash_at="record.put").returncode == -signal.SIGKILL
    assert room(tmp_path).index.get(f"test:{KEY}")["key"] == KEY
    assert verify(room(tmp_path)).misses == []


def test_a_record_before_its_blobs_would_dangle(tmp_path: Path) -> None:
    assert run(RECORD_FIRST, tmp_path).returncode == -signal.SIGKILL
    assert verify(room(tmp_path)).misses == [f"test:{KEY}"]


PIN = """
from tests.store.test_pin import pin
from fxgbuild.store.pin import PinStore
pins = PinStore(home / "cache", blobs)
pins.write(pin(hole=sys.stdin.readline() or "NEW = 1\\n", spec="new"))
"""
IN_PLACE = """
from tests.store.test_pin import pin, LABEL
from fxgbuild.store.pin import PinStore
pins = PinStore(home / "cache", blobs)
(pins.home(LABEL) / "code.py").write_text("NEW = 1\\n")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("point", ["pin.code", "pin.record", "blob.none"])
def test_a_killed_pin_is_the_old_one_or_the_new_one_whole(tmp_path: Path, point: str) -> None:
    stores = room(tmp_path)
    old, new = pin(), pin(hole="NEW = 1\n", spec="new")
    stores.pins.write(old)
    ended = run(PIN, tmp_path, crash_at=point)
    assert ended.returncode == (0 if point == "blob.none" else -signal.SIGKILL), ended.stderr
    assert stores.pins.read(old.label) == (old if point == "pin.code" else new)
    assert verify(stores).problems == []


def test_code_written_in_its_place_would_not_be_its_record_s(tmp_path: Path) -> None:
    stores = room(tmp_path)
    stores.pins.write(pin())
    run(IN_PLACE, tmp_path)
    with pytest.raises(FxgError):
        stores.pins.read(pin().label)


REMOVE = """
from tests.store.test_pin import LABEL
from fxgbuild.store.pin import PinStore
import shutil
shutil.rmtree = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
PinStore(home / "cache", blobs).remove(LABEL)
"""


def test_a_killed_removal_leaves_no_half_of_a_pin(tmp_path: Path) -> None:
    stores = room(tmp_path)
    stores.pins.write(pin())
    assert run(REMOVE, tmp_path).returncode == -signal.SIGKILL
    assert stores.pins.read(pin().label) is None
    assert list(stores.pins.labels()) == []
    assert verify(stores).problems == []


COLLECT = """
from fxgbuild.store.gc import Room, collect
from fxgbuild.store.keeping import Bounds
from fxgbuild.store.pin import PinStore
room = Room(home, blobs, index, PinStore(home / "cache", blobs))
collect(room, Bounds(0, 0), None, grace_ns=-(10**9))
"""
BLOBS_FIRST = """
import fxgbuild.store.gc as gc
take = gc._take_blobs
def blobs_first(room, facts, choice, end):
    take(room, facts, choice.blobs, end)
    os.kill(os.getpid(), signal.SIGKILL)
gc._take_rows = blobs_first
"""


@pytest.mark.parametrize("point", ["gc.marked", "gc.record", "gc.blob"])
def test_a_killed_collection_leaves_no_record_without_its_blobs(tmp_path: Path, point: str) -> None:
    assert run(RECORD, tmp_path).returncode == 0
    assert run(COLLECT, tmp_path, crash_at=point).returncode == -signal.SIGKILL
    stores = room(tmp_path)
    assert (stores.index.get(f"test:{KEY}") is None) == (point != "gc.marked")
    assert stores.blobs.size()[0] == (1 if point == "gc.blob" else 2)
    assert verify(stores).misses == []
    assert run(COLLECT, tmp_path).returncode == 0
    assert stores.blobs.size() == (0, 0)


def test_blobs_taken_before_their_record_would_leave_it_without(tmp_path: Path) -> None:
    assert run(RECORD, tmp_path).returncode == 0
    ended = run(BLOBS_FIRST + COLLECT, tmp_path)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert verify(room(tmp_path)).misses == [f"test:{KEY}"]


def test_every_point_of_the_store_is_passed(tmp_path: Path) -> None:
    """A point that is nowhere tests nothing."""
    names = {*BLOB_POINTS, "pin.code", "pin.record", "gc.marked", "gc.record", "gc.blob"}
    sources = Path(__file__).parents[2].joinpath("fxgbuild/store").glob("*.py")
    text = "".join(path.read_text() for path in sources)
    assert not {name for name in names if f'crash.point("{name}")' not in text}
