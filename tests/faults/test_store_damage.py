"""Damage on the disk, by accident or by hand: seen, set aside, told, never used, nothing run."""

import os
import pickle
import sqlite3
from collections.abc import Callable
from pathlib import Path

import diskcache
import pytest

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.errors import IntegrityError
from fxgbuild.store import cas, database
from fxgbuild.store.bought import Bought
from fxgbuild.store.cas import BlobStore
from fxgbuild.store.index import Index
from tests.faults.children import run, running
from tests.store.test_cas import DAMAGES, empty, flip, link_to_a_copy, truncate
from tests.store.test_index import HOSTILE_ROWS, row, sql

DATA = b"some bytes"


@pytest.fixture
def index(tmp_path: Path) -> Index:
    index = Index(tmp_path / "index")
    index.told = []  # type: ignore[attr-defined]
    index.tell = index.told.append  # type: ignore[attr-defined]
    return index


# Blobs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_blob_is_a_miss_in_quarantine(tmp_path: Path, damage) -> None:
    store = BlobStore(tmp_path / "cas")
    digest = store.put(DATA)
    damage(store.path(digest))
    assert store.get(digest) is None
    assert len(store.quarantined()) == 1
    assert not store.use(digest)


@pytest.mark.parametrize("damage", [flip, truncate, empty])
def test_without_verification_damage_would_be_used(tmp_path: Path, monkeypatch, damage) -> None:
    store = BlobStore(tmp_path / "cas")
    digest = store.put(DATA)
    damage(store.path(digest))
    monkeypatch.setattr(cas, "digest_bytes", lambda _: digest)
    assert store.get(digest) not in (None, DATA)


def test_without_refusing_links_a_blob_could_be_anywhere(tmp_path: Path, monkeypatch) -> None:
    store = BlobStore(tmp_path / "cas")
    digest = store.put(DATA)
    link_to_a_copy(store.path(digest))
    monkeypatch.setattr(cas, "_read", Path.read_bytes)
    assert store.get(digest) == DATA


READ_A_PIPE = """
blobs.path(digest_bytes(b"x")).parent.mkdir(parents=True)
os.mkfifo(blobs.path(digest_bytes(b"x")))
print(blobs.get(digest_bytes(b"x")))
"""
BY_NAME = "import fxgbuild.store.cas as cas\ncas._read = Path.read_bytes\nsignal.alarm(1)\n"


def test_a_pipe_does_not_hang_and_would_without_the_check(tmp_path: Path) -> None:
    assert run(READ_A_PIPE, tmp_path / "a").stdout == "None\n"
    assert run(BY_NAME + READ_A_PIPE, tmp_path / "b").returncode == -14  # the alarm


# The index's database -----------------------------------------------------------------------------


def path_of(index: Index) -> Path:
    return index.folder / "cache.db"


def truncated(index: Index) -> None:
    os.truncate(path_of(index), 700)


def halved(index: Index) -> None:
    os.truncate(path_of(index), path_of(index).stat().st_size // 2)


def scribbled(index: Index) -> None:
    path_of(index).write_bytes(b"no database " * 500)


def scribbled_inside(index: Index) -> None:
    data = path_of(index).read_bytes()
    path_of(index).write_bytes(data[:4096] + os.urandom(len(data) - 4096))


def others(index: Index) -> None:
    database = sqlite3.connect(path_of(index))
    database.execute("DROP TABLE Cache")
    database.execute("CREATE TABLE Cache (rowid INTEGER PRIMARY KEY, other TEXT)")
    database.commit()
    database.close()


def linked(index: Index) -> None:
    path_of(index).rename(index.folder.parent / "elsewhere")
    path_of(index).symlink_to("../elsewhere")


def piped(index: Index) -> None:
    path_of(index).unlink()
    os.mkfifo(path_of(index))


def foldered(index: Index) -> None:
    path_of(index).unlink()
    path_of(index).mkdir()


RUINED = [truncated, halved, scribbled, scribbled_inside, others, linked, piped, foldered]
USES: list[Callable[[Index], object]] = [
    lambda index: index.get("lint:1"),
    lambda index: index.put("lint:2", 2),
    Index.items,
    lambda index: index.remove("lint:1"),
]


def ruin(index: Index, how: Callable[[Index], None]) -> None:
    """An index with a verdict and something bought, closed and then damaged."""
    index.put_many({f"lint:{n}": {"filler": "x" * 300} for n in range(200)})
    index.put_many({"pin:k": {"bought": 1}, "reply:k:1": {"reply": "r"}, "attempts:a": [1]})
    index.remove("reply:k:1")
    index.close()
    for name in ("cache.db-wal", "cache.db-shm"):
        (index.folder / name).unlink(missing_ok=True)
    how(index)


@pytest.mark.parametrize("damage", RUINED)
@pytest.mark.parametrize("use", range(len(USES)))
def test_a_damaged_database_is_set_aside_loudly_and_what_was_bought_is_there(
    index: Index, damage: Callable[[Index], None], use: int
) -> None:
    ruin(index, damage)
    USES[use](index)
    index.put("lint:3", 3)
    assert index.get("lint:3") == 3
    assert index.items("pin:") == {"pin:k": {"bought": 1}}
    assert index.items("reply:") == {}
    assert index.items("attempts:") == {"attempts:a": [1]}
    aside = index.folder.parent / "index.corrupt-1"
    assert os.path.lexists(aside / "cache.db")
    assert len(index.told) == 1  # type: ignore[attr-defined]
    assert str(aside) in index.told[0]  # type: ignore[attr-defined]
    assert Index(index.folder).get("lint:3") == 3


def test_without_setting_aside_nothing_could_be_kept_any_more(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruin(index, scribbled)
    monkeypatch.setattr(Index, "_set_aside", lambda *_: None)
    index.put("lint:3", 3)
    assert index.get("lint:3") is None


def test_without_the_second_copy_what_was_bought_would_be_lost(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bought, "note", lambda *_: None)
    ruin(index, scribbled)
    index.put("lint:3", 3)
    assert index.items("pin:") == {}


def test_a_removed_index_loses_verdicts_only(index: Index) -> None:
    ruin(index, lambda index: path_of(index).unlink())
    index.put("lint:3", 3)
    assert index.keys() == ["attempts:a", "bought:size", "lint:3", "pin:k"]


def test_a_half_written_line_of_what_was_bought_spoils_no_other(index: Index) -> None:
    index.put("pin:a", 1)
    file = index.folder.parent / "bought.jsonl"
    with file.open("ab") as lines:
        lines.write(b'\n{"row":"pin:b","val')
    index.put("pin:c", 3)
    with file.open("ab") as lines:
        lines.write(b'\n[]\n\xff\n{"row":5,"value":1}\n{"row":"lint:x","value":1}\n' + b"[" * 99999)
    assert Bought(file).rows() == {"pin:a": 1, "pin:c": 3}


WITHOUT_CLOSING = """
index.put("lint:1", 1)
index.put("pin:k", 1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_deleted_log_costs_rows_and_no_more(tmp_path: Path) -> None:
    run(WITHOUT_CLOSING, tmp_path)
    index = Index(tmp_path / "index")
    (index.folder / "cache.db-wal").unlink()
    index.put("lint:2", 2)
    assert index.get("lint:1") in (None, 1)
    assert index.get("lint:2") == 2
    assert index.get("pin:k") == 1


BUSY = """
index.put("lint:1", 1)
print("ready", flush=True)
while True:
    index.put("lint:2", 2)
    index.get("lint:1")
    time.sleep(0.002)
"""


def test_two_processes_set_a_damaged_database_aside_once(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    index.tell = lambda _: None
    with running(BUSY, tmp_path) as other:
        path_of(index).write_bytes(b"no database " * 500)
        for number in range(50):
            index.put("lint:3", number)
            assert index.get("lint:3") in (number, None)
        assert other.poll() is None
    assert Index(tmp_path / "index").verify() >= 1
    assert len(list(tmp_path.glob("index.corrupt-*"))) <= 2


# Hostile rows -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pickle", "pickle in a file", "file of bytes", "file of text"])
def test_a_hostile_row_runs_nothing_and_is_not_mended_away(
    tmp_path: Path, index: Index, kind: str
) -> None:
    marker = hostile(tmp_path, index, kind)
    with pytest.raises(IntegrityError):
        index.get("bad")
    assert not marker.exists()
    assert not (tmp_path / "index.corrupt-1").exists()


@pytest.mark.parametrize("kind", ["pickle", "pickle in a file"])
def test_plain_diskcache_would_run_it(tmp_path: Path, index: Index, kind: str) -> None:
    marker = hostile(tmp_path, index, kind)
    diskcache.Cache(str(index.folder)).get("bad")
    assert marker.exists()


def test_without_the_check_of_rows_a_planted_value_would_count(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql(index, (row("filename = ?"), ("../outside",)))
    monkeypatch.setattr(database, "_sound", lambda found: (found[1], found[5]))
    assert index.get("bad") == {"key": 2}


def hostile(tmp_path: Path, index: Index, kind: str) -> Path:
    from tests.store.test_index import Payload

    marker, outside = tmp_path / "marker", tmp_path / "outside"
    outside.write_bytes(pickle.dumps(Payload(marker)))
    columns, values = HOSTILE_ROWS[kind]
    sql(index, (row(columns), values(marker, "../outside")))
    return marker


def test_a_digest_is_no_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="digest"):
        BlobStore(tmp_path).path(Digest("../../etc/hostname"))
    assert digest_bytes(b"").hex.isalnum()
