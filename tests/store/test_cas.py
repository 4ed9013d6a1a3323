"""The content-addressed store: bytes by digest, verified on every read."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fxgbuild.digest import digest_bytes
from fxgbuild.store.cas import BlobStore

DATA = b"some bytes\x00\xff"


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "cas")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.binary(max_size=200))
def test_what_is_put_is_got(store: BlobStore, data: bytes) -> None:
    digest = store.put(data)
    assert digest == digest_bytes(data)
    assert digest in store
    assert store.get(digest) == data
    assert store.put(data) == digest


def test_what_was_never_put_is_missing(store: BlobStore) -> None:
    assert store.get(digest_bytes(DATA)) is None
    assert digest_bytes(DATA) not in store
    assert store.size() == (0, 0)
    assert not store.folder.exists()


def test_a_blob_is_a_read_only_file_that_is_written_once(store: BlobStore) -> None:
    path = store.path(store.put(DATA))
    before = path.stat()
    assert stat.S_IMODE(before.st_mode) == 0o444
    store.put(DATA)
    assert path.stat().st_ino == before.st_ino
    assert [name for name in path.parent.iterdir() if name != path] == []
    assert store.size() == (1, len(DATA))


def test_a_blob_larger_than_a_text_file_may_be_is_kept(store: BlobStore) -> None:
    data = bytes(65 * 1024 * 1024)
    assert store.get(store.put(data)) == data
    assert store.damaged() == []


def flip(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def truncate(path: Path) -> None:
    path.chmod(0o644)
    os.truncate(path, 3)


def empty(path: Path) -> None:
    path.chmod(0o644)
    os.truncate(path, 0)


def link_to_a_copy(path: Path) -> None:
    copy = path.with_name("copy")
    path.rename(copy)
    path.symlink_to(copy)


def dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def link_to_a_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").write_bytes(DATA)


DAMAGES = [flip, truncate, empty, link_to_a_copy, dangling_link, link_to_a_device, fifo, folder]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_blob_is_set_aside_counts_as_missing_and_can_be_put_again(
    store: BlobStore, damage
) -> None:
    digest = store.put(DATA)
    for round_ in (1, 2):
        damage(store.path(digest))
        assert store.get(digest) is None
        assert not os.path.lexists(store.path(digest))
        assert len(store.quarantined()) == round_
        assert store.get(digest) is None
        assert store.put(DATA) == digest
        assert store.get(digest) == DATA


@pytest.mark.parametrize("damage", DAMAGES)
def test_putting_what_is_there_but_damaged_heals_it(store: BlobStore, damage) -> None:
    digest = store.put(DATA)
    damage(store.path(digest))
    store.put(DATA)
    assert store.get(digest) == DATA


def test_verification_finds_every_damaged_blob_and_no_other(store: BlobStore) -> None:
    good = [store.put(bytes([number])) for number in range(5)]
    bad = [store.put(f"bad {number}".encode()) for number in range(len(DAMAGES))]
    for damage, digest in zip(DAMAGES, bad, strict=True):
        damage(store.path(digest))
    found = set(store.damaged())
    assert found == {digest.hex for digest in bad}
    assert len(store.quarantined()) == len(bad)
    assert all(store.get(digest) is not None for digest in good)


WRITER = """
import sys
from pathlib import Path
from fxgbuild.store.cas import BlobStore
store = BlobStore(Path(sys.argv[1]))
for _ in range(1000):
    for number in range(40):
        store.put(bytes([number]) * 50_000)
"""


def test_a_killed_writer_leaves_no_wrong_blob(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "cas")
    for _ in range(3):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(store.folder)]) for _ in range(2)
        ]
        try:
            while store.size()[0] < 10:
                pass
        finally:
            for writer in writers:
                writer.kill()
                writer.wait()
        for number in range(40):
            data = bytes([number]) * 50_000
            assert store.get(digest_bytes(data)) in (None, data)
        assert store.damaged() == []
        assert store.quarantined() == []
        for number in range(40):
            store.path(digest_bytes(bytes([number]) * 50_000)).unlink(missing_ok=True)
