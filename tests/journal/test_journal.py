"""The journal: whole lines after a kill, few runs kept, names that can be typed."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.errors import UsageError
from fxgbuild.event import ActionEnded, Ended, Noted, Planned, PlannedTarget, Started, TargetEnded
from fxgbuild.finding import Finding
from fxgbuild.journal import reader
from fxgbuild.journal.writer import KEPT, RUN, SUFFIX, JournalWriter, new_run

RUN_A, RUN_B = "20261120T080000Z-00aa", "20261121T120501Z-3f2a"


def started(run=RUN_A):
    return Started(run, "0.1.0", ("build", "//eeg:all"), ("//eeg:all",), "2026-11-20T08:00:00Z")


def whole(run=RUN_A):
    """A run of every kind of event."""
    finding = Finding("lint", "F841", "`x` is \u2028 never\nused", 3, 5)
    reasons = (("params.n", 1, 2), ("spec.text", None, {"a": ["b"]}))
    target = PlannedTarget("//a:b", "node", "dirty", ("lint",), reasons, "k", "p")
    return [
        started(run),
        Planned((target,), 3, {"lint": 1}, {"type": 2}),
        ActionEnded("//a:b", "lint", "k", "failed", 0.1, 0.2, "ruff", (finding,)),
        Noted("\ud800 a lone surrogate"),
        TargetEnded("//a:b", "node", "failed", "k", "d", (finding,), {"x.whl": "d"}),
        Ended(1, 0.5, {"failed": 1, "clean": 3}, "B", "FXG1002"),
    ]


def write(folder, events):
    writer = JournalWriter(folder)
    for event in events:
        writer.tell(event)
    writer.close()


def test_what_was_told_is_read_again(tmp_path):
    write(tmp_path, whole())
    found = reader.read(tmp_path, RUN_A)
    assert [e for e in found if not isinstance(e, Noted)] == [
        e for e in whole() if not isinstance(e, Noted)
    ]
    assert stat.S_IMODE((tmp_path / f"{RUN_A}{SUFFIX}").stat().st_mode) == 0o600


def test_nothing_is_made_before_a_run_starts(tmp_path):
    writer = JournalWriter(tmp_path / "runs")
    writer.tell(Noted("not yet"))
    writer.close()
    assert not (tmp_path / "runs").exists()


@given(cut=st.integers(1, 400))
def test_a_torn_last_line_costs_that_line_only(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("runs")
    write(folder, whole())
    path = folder / f"{RUN_A}{SUFFIX}"
    data = path.read_bytes()
    path.write_bytes(data[:-cut])
    kept = data[:-cut].count(b"\n")
    found = reader.read(folder, RUN_A)
    assert len(found) in (kept, kept + 1)  # a line that only lacks its end is whole
    assert [type(e) for e in found] == [type(e) for e in whole()[: len(found)]]
    assert reader.runs(folder)[0].outcome == ("failed" if len(found) == 6 else "killed")


def test_a_folder_that_cannot_be_written_costs_the_journal_only(tmp_path):
    (tmp_path / "runs").write_text("in the way")
    write(tmp_path / "runs", whole())
    assert reader.runs(tmp_path / "runs") == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_costs_the_journal_only(tmp_path):
    writer = JournalWriter(tmp_path)
    writer.tell(started())
    os.dup2(os.open("/dev/full", os.O_WRONLY), writer._file)
    for event in whole()[1:]:
        writer.tell(event)
    writer.close()
    assert [head.outcome for head in reader.runs(tmp_path)] == ["killed"]


def test_the_newest_runs_are_kept(tmp_path):
    for second in range(KEPT + 3):
        name = f"20261120T08{second // 60:02}{second % 60:02}Z-0000"
        (tmp_path / f"{name}{SUFFIX}").write_text("{}\n")
    (tmp_path / "20200101T000000Z-eeg").mkdir()  # the outputs of a `run`, none of ours
    write(tmp_path, whole(RUN_B))
    names = reader.run_names(tmp_path)
    assert len(names) == KEPT
    assert names[0] == RUN_B
    assert (tmp_path / "20200101T000000Z-eeg").is_dir()


LIVING = """
import sys, time
from pathlib import Path
from fxgbuild.event import Started, Noted
from fxgbuild.journal.writer import JournalWriter
writer = JournalWriter(Path(sys.argv[1]))
writer.tell(Started(sys.argv[2], "0", (), (), ""))
writer.tell(Noted("here"))
print("ready", flush=True)
time.sleep(60)
"""


def test_a_live_run_is_never_removed_and_a_killed_one_is_read(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", LIVING, str(tmp_path), RUN_A], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        for second in range(KEPT):
            name = f"20261121T09{second // 60:02}{second % 60:02}Z-0000"
            (tmp_path / f"{name}{SUFFIX}").write_text("{}\n")
        write(tmp_path, whole(RUN_B))
        assert RUN_A in reader.run_names(tmp_path)
        assert {h.id: h.outcome for h in reader.runs(tmp_path)}[RUN_A] == "running"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert {h.id: h.outcome for h in reader.runs(tmp_path)}[RUN_A] == "killed"
    assert [type(e).__name__ for e in reader.read(tmp_path, RUN_A)] == ["Started", "Noted"]


def test_runs_are_listed_newest_first(tmp_path):
    write(tmp_path, whole(RUN_A))
    write(tmp_path, [started(RUN_B), Ended(0, 0.1, {}, "B")])
    assert [(h.id, h.outcome) for h in reader.runs(tmp_path)] == [(RUN_B, "ok"), (RUN_A, "failed")]
    assert reader.runs(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("word", "run"),
    [
        (RUN_A, RUN_A),
        ("20261120", RUN_A),
        ("2026-11-20", RUN_A),
        ("2026-11-21T12:05", RUN_B),
        ("2026", RUN_B),
        ("last", RUN_B),
        ("last~1", RUN_A),
    ],
)
def test_a_run_is_named_by_prefix_date_or_place(tmp_path, word, run):
    write(tmp_path, whole(RUN_A))
    write(tmp_path, whole(RUN_B))
    assert reader.resolve(tmp_path, word) == run


@pytest.mark.parametrize(
    "word", ["", "last~2", "lats", "20261119", "../x", "20261120T080000Z-00ab"]
)
def test_an_unknown_run_is_an_error_that_says_what_is_close(tmp_path, word):
    write(tmp_path, whole(RUN_A))
    write(tmp_path, whole(RUN_B))
    with pytest.raises(UsageError) as caught:
        reader.resolve(tmp_path, word)
    assert caught.value.facts
    if word.endswith("ab"):
        assert RUN_A in caught.value.facts["closest"]


def test_a_run_s_name_says_when_it_began():
    name = new_run()
    assert RUN.fullmatch(name)
    assert name[:8] in (time.strftime("%Y%m%d", time.gmtime(time.time() - s)) for s in (0, 60))


def test_runs_of_one_second_are_ordered_by_their_names():
    names = []
    for _ in range(20):
        names.append(new_run())
        time.sleep(0.001)
    assert names == sorted(set(names))
