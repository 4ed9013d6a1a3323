"""Verification finds what is wrong, repair mends what loses nothing, the census counts."""

import json
import os
from pathlib import Path

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.store.census import census
from fxgbuild.store.check import verify
from fxgbuild.store.gc import COLLECTED, KEPT_RUNS, LAST, collect, collect_if_due
from fxgbuild.store.keeping import Bounds
from tests.faults.test_store_crash import room
from tests.store.test_pin import LABEL, pin


@pytest.fixture
def stores(tmp_path: Path):
    return room(tmp_path / "store")


def kept(stores) -> tuple[str, Path]:
    """One record with one output: its row, and the output's file."""
    key, output = stores.blobs.put(b"preimage"), stores.blobs.put(b"output")
    value = {"key": key.hex, "action": "test", "passed": True, "outputs": {"o": output.hex}}
    stores.index.put(f"test:{key.hex}", value)
    return f"test:{key.hex}", stores.blobs.path(output)


def test_a_sound_store_verifies(stores) -> None:
    assert verify(stores).to_json()["status"] == "ok"
    kept(stores)
    stores.pins.write(pin())
    report = verify(stores, repair=True)
    assert (report.pins, report.records, report.blobs) == (1, 1, 2)
    assert (report.problems, report.misses, report.mended) == ([], [], [])


def test_a_record_whose_output_is_gone_is_dropped_on_request(stores) -> None:
    row, output = kept(stores)
    output.unlink()
    report = verify(stores)
    assert (report.problems, report.misses, report.mended) == ([], [row], [])
    assert verify(stores, repair=True).mended == [f"dropped {row}, whose outputs are gone"]
    assert verify(stores).misses == []
    assert stores.index.get(row) is None


def test_a_damaged_output_is_told_once_and_its_record_dropped(stores) -> None:
    row, output = kept(stores)
    output.chmod(0o644)
    output.write_bytes(b"Output")
    report = verify(stores, repair=True)
    assert [problem.exit_code for problem in report.problems] == [26]
    assert report.misses == [row]
    assert verify(stores).to_json()["status"] == "ok"


def test_a_record_for_another_key_is_a_failure_and_dropped_on_request(stores) -> None:
    row, _ = kept(stores)
    other = f"test:{'0' * 64}"
    stores.index.put(other, stores.index.get(row))
    assert [problem.exit_code for problem in verify(stores, repair=True).problems] == [26]
    assert stores.index.keys() == [row]


def test_pinned_code_comes_back_from_its_blob_and_from_nowhere_else(stores) -> None:
    stores.pins.write(pin())
    code = stores.pins.home(LABEL) / "code.py"
    stores.blobs.put(code.read_bytes())
    code.unlink()
    assert verify(stores).problems == []
    assert not code.exists()
    assert verify(stores, repair=True).mended == [
        f"put the pinned code of {LABEL} back into its place"
    ]
    assert digest_bytes(code.read_bytes()) == pin().code
    code.unlink()
    stores.blobs.path(pin().code).unlink()
    assert [problem.exit_code for problem in verify(stores, repair=True).problems] == [23]


def test_an_edited_pin_is_never_mended(stores) -> None:
    stores.pins.write(pin())
    stores.blobs.put(pin().hole.encode())
    code = stores.pins.home(LABEL) / "code.py"
    code.write_text("EDITED = 1\n")
    assert [problem.exit_code for problem in verify(stores, repair=True).problems] == [26]
    assert code.read_text() == "EDITED = 1\n"


def test_the_census_counts_what_is_there_and_invents_nothing(stores) -> None:
    facts = census(stores)
    assert facts["saved"] == {"tokens": None, "cost": None}
    kept(stores)
    usage = {"total_tokens": 300, "prompt_tokens": 200, "completion_tokens": 100}
    attempts = ({"usage": usage}, {"usage": usage})
    stores.pins.write(pin().__class__(**{**fields(pin()), "attempts": attempts}))
    runs = stores.store / "runs"
    runs.mkdir()
    dirty = {
        "label": "//a:b",
        "state": "dirty",
        "reasons": [["spec.text", 1, 2], ["params.x", 1, 2]],
    }
    forms = {"label": "//a:c", "state": "dirty", "reasons": [{"field": "spec.text"}]}
    events = [
        {"event": "planned", "targets": [dirty, forms], "cached": {"generate": 7, "lint": 2}},
        {"event": "action", "action": "lint", "outcome": "shared"},
        {"event": "action", "action": "lint", "outcome": "passed"},
        {"event": "action"},
        [],
        {"event": "planned", "targets": 5, "cached": None},
    ]
    lines = [*map(json.dumps, events), '{"event": "act']
    (runs / "one.jsonl").write_text("\n".join(lines))
    facts = census(stores)
    assert facts["by_action"] == {"test": 1}
    assert (facts["pins"], facts["records"], facts["blobs"], facts["runs"]) == (1, 1, 2, 1)
    assert facts["hits"] == {"generate": 7, "lint": 3}
    assert facts["misses"] == {"params.x": 1, "spec.text": 2}
    assert facts["spent"] == {"tokens": 600, "cost": None}
    assert facts["saved"] == {"tokens": 4200, "cost": None}


def fields(value) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


def test_old_runs_go_but_the_last_hundred_stay(stores) -> None:
    runs = stores.store / "runs"
    runs.mkdir(parents=True)
    for number in range(KEPT_RUNS + 20):
        (runs / f"{number:03}.jsonl").write_text("")
        os.utime(runs / f"{number:03}.jsonl", (number, number))
    (runs / "new.jsonl").write_text("")
    found = collect(stores, Bounds(), None, dry_run=True)
    assert len(found.files) == 21
    assert len(list(runs.iterdir())) == KEPT_RUNS + 21
    collect(stores, Bounds(), None)
    assert len(list(runs.iterdir())) == KEPT_RUNS
    assert (runs / "new.jsonl").exists()


def test_a_dry_run_takes_nothing_and_says_what_would_go(stores) -> None:
    row, output = kept(stores)
    found = collect(stores, Bounds(0, 0), None, dry_run=True, grace_ns=-(10**9))
    assert [taken.name for taken in found.rows] == [row]
    assert len(found.blobs) == 2
    assert output.exists()
    assert collect(stores, Bounds(0, 0), None).blobs == ()  # used within the last hour


def test_what_others_remember_is_told_before_anything_goes(stores) -> None:
    kept(stores)
    note = stores.store / COLLECTED
    collect(stores, Bounds(), None)
    assert not note.exists()
    collect(stores, Bounds(0, 0), None, grace_ns=-(10**9))
    first = note.read_bytes()
    kept(stores)
    collect(stores, Bounds(0, 0), None, grace_ns=-(10**9))
    assert note.read_bytes() != first


def test_a_collection_is_due_once_a_day_and_not_at_first(stores) -> None:
    stores.store.mkdir(parents=True)
    assert collect_if_due(stores, Bounds(), None) is None
    stamp = stores.store / LAST
    os.utime(stamp, (1, 1))
    assert collect_if_due(stores, Bounds(), None) is not None
    assert collect_if_due(stores, Bounds(), None) is None


def test_a_collection_that_takes_too_long_ends(stores) -> None:
    kept(stores)
    collect_if_due(stores, Bounds(), None)
    os.utime(stores.store / LAST, (1, 1))
    assert collect_if_due(stores, Bounds(0, 0), None, limit_s=-1) is None
    assert stores.blobs.size()[0] == 2
