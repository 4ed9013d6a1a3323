"""A full disk, or a limit on file sizes: a named error, nothing half published, the store valid."""

from pathlib import Path

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.check import verify
from fxgbuild.store.index import Index
from tests.faults.children import run
from tests.faults.test_store_crash import room

LIMIT = "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
NAMED = """
from fxgbuild.errors import FxgError
def said(action):
    try:
        action()
    except FxgError as error:
        print(error.id)
"""
BLOB = "said(lambda: blobs.put(b'x' * 1_000_000))\n"
MANY = "said(lambda: blobs.put_many([b'a', b'x' * 1_000_000, b'b']))\n"
ROWS = "said(lambda: index.put_many({f'lint:{n}': 'x' * 5000 for n in range(200)}))\n"
ROW_BY_ROW = "said(lambda: [index.put(f'lint:{n}', 'x' * 5000) for n in range(200)])\n"
PAID = "said(lambda: index.put('pin:k', 'x' * 1_000_000))\n"
PIN = """
from fxgbuild.store.pin import PinStore
from tests.store.test_pin import pin
said(lambda: PinStore(home / "cache", blobs).write(pin(hole="x = 1\\n" * 100_000)))
"""


@pytest.mark.parametrize("write", [BLOB, MANY, ROWS, ROW_BY_ROW, PAID, PIN])
def test_what_does_not_fit_is_a_named_error_and_the_store_verifies(
    tmp_path: Path, write: str
) -> None:
    stores = room(tmp_path)
    stores.index.put_many({"lint:old": 1, "pin:old": 1})
    kept = stores.blobs.put(b"old")
    stores.index.close()
    ended = run(NAMED + LIMIT + write, tmp_path)
    assert ended.stdout == "FXG5004\n", ended.stderr
    stores = room(tmp_path)
    report = verify(stores)
    assert (report.problems, report.misses) == ([], [])
    assert stores.blobs.get(kept) == b"old"
    assert stores.index.get_many(["lint:old", "pin:old"]) == {"lint:old": 1, "pin:old": 1}
    assert stores.blobs.size()[0] == 1
    assert list(tmp_path.rglob(".fxg-*")) == []
    stores.index.put("pin:k", 2)
    assert Index(stores.index.folder).get("pin:k") == 2


def test_without_writing_beside_a_half_blob_would_be_published(tmp_path: Path) -> None:
    script = """
import fxgbuild.store.cas as cas
def bare(path, data, mode):
    with path.open("wb") as file:
        file.write(data)
    return path
cas.write_beside = bare
"""
    run(NAMED + script + LIMIT + BLOB, tmp_path)
    name = digest_bytes(b"x" * 1_000_000)
    assert BlobStore(tmp_path / "cas").damaged() == [name.hex]


def test_without_a_name_the_error_would_be_a_bug_of_ours(tmp_path: Path) -> None:
    script = "import fxgbuild.files as files\nfiles.FULL = ()\n"
    ended = run(NAMED + script + LIMIT + BLOB, tmp_path)
    assert ended.stdout == ""
    assert "OSError" in ended.stderr


FULL_DISK = """
from fxgbuild.store.check import verify
from fxgbuild.store.gc import Room, collect
from fxgbuild.store.keeping import Bounds
from fxgbuild.store.pin import PinStore
room = Room(home, blobs, index, PinStore(home / "cache", blobs))
index.put("pin:old", 1)
old = blobs.put(b"old")
key, output = blobs.put(b"preimage"), blobs.put(b"output")
index.put(f"test:{key.hex}", {"key": key.hex, "action": "test", "outputs": {"o": output.hex}})
said(lambda: [blobs.put(os.urandom(50_000)) for _ in range(100)])
said(lambda: [index.put(f"lint:{n}", "x" * 20_000) for n in range(100)])
said(lambda: [index.put(f"pin:{n}", "x" * 20_000) for n in range(100)])
report = verify(room)
assert not report.problems and not report.misses, report
assert blobs.get(old) == b"old" and index.get("pin:old") == 1
print(len(list(home.rglob(".fxg-*"))))
collect(room, Bounds(0, 0), None, grace_ns=-10**9)
assert index.get(f"test:{key.hex}") is None and not blobs.use(output)
blobs.put(b"y" * 50_000)
index.put("lint:again", 1)
print(Index(home / "index").get("lint:again"))
"""
MOUNT = 'mount -t tmpfs -o size=1m,mode=700 none "$0" && exec "$@"'


def test_a_full_disk_is_named_and_a_collection_makes_room(tmp_path: Path) -> None:
    before = ("unshare", "-m", "sh", "-c", MOUNT, str(tmp_path))
    if run("print('mounted')", tmp_path, before=before).stdout != "mounted\n":
        pytest.skip("no file system can be mounted here")
    ended = run(NAMED + FULL_DISK, tmp_path, before=before)
    assert ended.stdout.splitlines() == ["FXG5004"] * 3 + ["0", "1"], ended.stderr
