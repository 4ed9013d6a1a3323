"""A store that cannot be written is a read cache; one that others can write is refused."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fxgbuild.build.stores import open_stores
from fxgbuild.errors import StoreUnsafe
from fxgbuild.store import database
from fxgbuild.store.index import Index
from tests.faults.children import run

NOBODY = 65534


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A folder that a user without rights may enter."""
    home = Path(tempfile.mkdtemp(dir="/tmp"))
    home.chmod(0o755)
    yield home
    for path in home.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(home)


BECOME = f"""
if os.getuid() == 0:
    os.setgid({NOBODY})
    os.setuid({NOBODY})
"""
USE = """
said = []
index.tell = said.append
old, new = digest_bytes(b"old"), digest_bytes(b"new")
assert index.get("lint:old") == 1, index.get("lint:old")
assert index.get_many(["lint:old", "x"]) == {"lint:old": 1}
assert blobs.get(old) == b"old" and old in blobs and blobs.use(old)
index.put("lint:new", {"x": 1.0})
index.put_many({"pin:new": 2})
index.remove("lint:old")
assert index.get("lint:new") == {"x": 1} and index.get("pin:new") == 2
assert index.get("lint:old") is None
assert index.keys() == ["lint:new", "pin:new"]
assert blobs.put(b"new") == new and blobs.put(b"old") == old
assert blobs.get(new) == b"new" and new in blobs and blobs.use(new)
locks = KeyLocks(home)
assert locks.acquire(["a", "b"]) == {"a", "b"} and locks.owner("a") == ""
locks.wait("a", limit_s=0, waiting=print)
assert Leases(home).take(["build"]) is None
print(len(said), said[0])
"""


def filled(home: Path, *, close: bool) -> Path:
    store = home / "store"
    store.mkdir()
    stores = open_stores(home, store, Path("cache"))
    stores.index.put("lint:old", 1)
    stores.blobs.put(b"old")
    if close:
        stores.index.close()
    for path in [store, *store.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
        if os.getuid() == 0:
            os.chown(path, NOBODY, NOBODY)
    return store


@pytest.mark.parametrize("close", [True, False], ids=["closed", "with a log"])
def test_a_read_only_store_is_a_read_cache_with_one_warning(open_home: Path, close: bool) -> None:
    store = filled(open_home, close=close)
    before = sorted(store.rglob("*"))
    ended = run(BECOME + USE, store)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("1 ")
    assert "cannot be written" in ended.stdout
    assert sorted(store.rglob("*")) == before


def test_without_looking_first_a_read_only_store_would_end_the_build(open_home: Path) -> None:
    store = filled(open_home, close=True)
    blind = "import fxgbuild.store.database as d\nd.writable = lambda _: True\n"
    assert run(blind + BECOME + USE, store).returncode != 0


def test_a_damaged_index_that_cannot_be_set_aside_is_passed_over(open_home: Path) -> None:
    store = filled(open_home, close=True)
    (store / "index/cache.db").chmod(0o644)
    (store / "index/cache.db").write_bytes(b"no database" * 500)
    (store / "index/cache.db").chmod(0o444)
    script = """
assert index.get("lint:old") is None
index.put("lint:new", 1)
assert index.get("lint:new") == 1
"""
    ended = run(BECOME + script, store)
    assert ended.returncode == 0, ended.stderr
    assert "damaged and passed over" in ended.stderr


def test_an_absent_store_is_a_miss_and_is_not_made_by_looking(tmp_path: Path) -> None:
    stores = open_stores(tmp_path, tmp_path / "store", Path("cache"))
    assert stores.index.get("x") is None
    assert stores.index.items() == {}
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("mode", [0o770, 0o777, 0o720, 0o702])
def test_a_store_that_others_can_write_is_refused_with_the_command(
    tmp_path: Path, mode: int
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    store.chmod(mode)
    with pytest.raises(StoreUnsafe) as caught:
        open_stores(tmp_path, store, Path("cache"))
    assert caught.value.exit_code == 26
    assert caught.value.hint == f"`chmod go-w {store}`"
    store.chmod(mode & ~0o022)
    open_stores(tmp_path, store, Path("cache"))


def test_an_index_that_others_can_write_is_refused(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    index.put("x", 1)
    index.close()
    index.folder.chmod(0o777)
    with pytest.raises(StoreUnsafe):
        Index(index.folder).get("x")


def test_without_the_check_what_others_wrote_would_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index(tmp_path / "index")
    index.put("x", 1)
    index.close()
    index.folder.chmod(0o777)
    monkeypatch.setattr("fxgbuild.store.index.refuse_shared", lambda _: None)
    assert Index(index.folder).get("x") == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a folder away")
def test_a_store_of_another_user_is_refused_with_the_command(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    os.chown(store, NOBODY, NOBODY)
    with pytest.raises(StoreUnsafe) as caught:
        open_stores(tmp_path, store, Path("cache"))
    assert caught.value.hint.startswith(f"`chown -R 0 {store}`")


def test_what_is_made_lets_nobody_else_in_whatever_the_umask(tmp_path: Path) -> None:
    script = "os.umask(0)\nindex.put('pin:x', 1)\nblobs.put(b'x')\nKeyLocks(home).acquire(['a'])\n"
    assert run(script + "Leases(home).take([])", tmp_path / "store").returncode == 0
    folders = [path for path in (tmp_path / "store").rglob("*") if path.is_dir()]
    assert [path for path in [tmp_path / "store", *folders] if path.stat().st_mode & 0o077] == []
    assert database.writable(tmp_path / "store/index")
