"""The action cache's index: canonical JSON under text keys; a hostile row runs nothing."""

import os
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from fxgbuild.digest import canonical_value
from fxgbuild.errors import IntegrityError
from fxgbuild.store.index import Index
from tests.strategies import json_values


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(value=json_values())
def test_what_is_put_is_got_in_canonical_form(index: Index, value: object) -> None:
    index.put("key", value)
    assert index.get("key") == canonical_value(value)


def test_records_come_and_go_by_key(index: Index) -> None:
    assert not index.exists()
    index.put("b:1", {"x": 1})
    index.put("a:2", [2])
    index.put("a:1", "one")
    assert index.keys() == ["a:1", "a:2", "b:1"]
    assert index.keys("a:") == ["a:1", "a:2"]
    assert index.get("c") is None
    index.put("a:1", "other")
    assert index.get("a:1") == "other"
    index.remove("a:1")
    index.remove("a:1")
    assert index.get("a:1") is None
    assert index.verify() == 2
    index.close()
    assert Index(index.folder).get("b:1") == {"x": 1}


def test_only_text_keys_and_json_values_are_written(index: Index) -> None:
    for key in (5, b"x", None, ("a",)):
        with pytest.raises(TypeError, match="index keys are texts"):
            index.put(key, 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no canonical form"):
        index.put("x", b"bytes")


def test_nothing_is_evicted_after_five_thousand_records(index: Index) -> None:
    index.put_many({f"key:{number}": {"filler": "x" * 2000} for number in range(5000)})
    assert index.verify() == 5000
    assert index._writing().eviction_policy == "none"
    assert index._writing().cull_limit == 0


def test_many_are_got_in_one_go_and_what_is_missing_is_left_out(index: Index) -> None:
    assert index.get_many(["a"]) == {}
    index.put_many({f"key:{number}": number for number in range(1300)})
    wanted = [f"key:{number}" for number in range(0, 2600, 2)]
    assert index.get_many(wanted) == {f"key:{number}": number for number in range(0, 1300, 2)}
    index.remove_many(wanted)
    assert index.items("key:129") == {"key:1291": 1291, "key:1293": 1293} | {
        "key:1295": 1295,
        "key:1297": 1297,
        "key:1299": 1299,
        "key:129": 129,
    }


def test_many_are_put_all_or_none(index: Index) -> None:
    index.put("a", 1)
    with pytest.raises(TypeError):
        index.put_many({"a": 2, "b": b"no JSON"})
    assert index.items() == {"a": 1}


def test_a_value_as_large_as_a_file_stays_inside_of_the_database(index: Index) -> None:
    index.put("large", "x" * 5_000_000)
    assert len(index.get("large")) == 5_000_000
    names = {path.name for path in index.folder.iterdir()}
    assert names <= {"cache.db", "cache.db-wal", "cache.db-shm", "lock"}


def test_the_index_is_its_owner_s_alone(index: Index) -> None:
    index.put("x", 1)
    assert index.folder.stat().st_mode & 0o077 == 0


# Hostile rows -----------------------------------------------------------------------------------


class Payload:
    """Unpickling this makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.marker}",)


def sql(index: Index, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Write into the database behind the index's back."""
    index.put("good", {"key": 1})
    index.put("bad", {"key": 2})
    index.close()
    with sqlite3.connect(index.folder / "cache.db") as database:
        for statement, values in statements:
            database.execute(statement, values)
    database.close()


def row(columns: str) -> str:
    return f"UPDATE Cache SET {columns} WHERE key = 'bad'"  # noqa: S608


USES: dict[str, Callable[[Index], object]] = {
    "get": lambda index: index.get("bad"),
    "get_many": lambda index: index.get_many(["good", "bad"]),
    "items": Index.items,
    "verify": Index.verify,
}
HOSTILE_ROWS = {
    "pickle": ("mode = 4, value = ?", lambda marker, _: (pickle.dumps(Payload(marker)),)),
    "pickle in a file": ("mode = 4, value = NULL, filename = ?", lambda _, file: (file,)),
    "file of bytes": ("mode = 2, value = NULL, filename = ?", lambda _, file: (file,)),
    "file of text": ("mode = 3, value = NULL, filename = ?", lambda _, file: (file,)),
    "file beside bytes": ("filename = ?", lambda _, file: (file,)),
    "raw mode, text": ("value = ?", lambda *_: ("text",)),
    "raw mode, number": ("value = ?", lambda *_: (5,)),
    "no mode": ("mode = ?", lambda *_: (None,)),
    "text as mode": ("mode = ?", lambda *_: ("4",)),
    "null value": ("value = ?", lambda *_: (None,)),
    "not JSON": ("value = ?", lambda *_: (b"{",)),
    "not UTF-8": ("value = ?", lambda *_: (b"\xff",)),
    "deep JSON": ("value = ?", lambda *_: (b"[" * 100_000,)),
}


@pytest.mark.parametrize("kind", HOSTILE_ROWS)
@pytest.mark.parametrize("use", ["get", "get_many", "items", "verify"])
def test_a_hostile_row_is_an_integrity_failure_and_runs_nothing(
    tmp_path: Path, index: Index, kind: str, use: str
) -> None:
    marker, outside = tmp_path / "marker", tmp_path / "outside"
    outside.write_bytes(pickle.dumps(Payload(marker)))
    columns, values = HOSTILE_ROWS[kind]
    sql(index, (row(columns), values(marker, "../outside")))
    with pytest.raises(IntegrityError) as caught:
        USES[use](index)
    assert caught.value.exit_code == 26
    assert "row" in caught.value.facts
    assert not marker.exists()
    assert outside.exists()
    assert index.get("good") == {"key": 1}


@pytest.mark.parametrize("use", ["put", "remove"])
def test_writing_over_a_row_that_names_a_file_removes_no_file(
    tmp_path: Path, index: Index, use: str
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    sql(index, (row("filename = ?"), ("../outside",)))
    with pytest.raises(IntegrityError):
        index.put("bad", 1) if use == "put" else index.remove("bad")
    assert outside.read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("key", "raw"), [(b"bytes", 1), (5, 1), (None, 1), (2.5, 1), ("pickled", 0)]
)
def test_a_key_that_is_no_text_is_an_integrity_failure(
    tmp_path: Path, index: Index, key: object, raw: int
) -> None:
    marker = tmp_path / "marker"
    written = pickle.dumps(Payload(marker)) if raw == 0 else key
    sql(index, ("UPDATE Cache SET key = ?, raw = ? WHERE key = 'bad'", (written, raw)))
    with pytest.raises(IntegrityError):
        index.verify()
    with pytest.raises(IntegrityError):
        index.keys()
    assert not marker.exists()
    assert index.get("good") == {"key": 1}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("_directory", "/tmp/elsewhere"),
        ("_disk", 1),
        ("get", 1),
        ("disk_class", "x"),
        ("sqlite_cache_size", "1; ATTACH '/tmp/x' AS x"),
        ("sqlite_temp_store_directory", "/tmp/x"),
        ("eviction_policy", "least-recently-used"),
        ("cull_limit", "10"),
        ("disk_pickle_protocol", b"x"),
    ],
)
def test_a_planted_setting_is_an_integrity_failure(index: Index, key: str, value: object) -> None:
    sql(index, ("INSERT OR REPLACE INTO Settings VALUES (?, ?)", (key, value)))
    with pytest.raises(IntegrityError):
        Index(index.folder).get("good")


CREATOR = """
import sys
from pathlib import Path
from fxgbuild.store.index import Index
index = Index(Path(sys.argv[1]))
for number in range(30):
    index.put(f"{sys.argv[2]}:{number}", {"number": number})
"""


def test_processes_may_create_and_fill_one_index_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", CREATOR, str(folder), name], stderr=subprocess.PIPE, text=True
        )
        for name in ("a", "b", "c")
    ]
    for process in started:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    assert Index(folder).verify() == 90
