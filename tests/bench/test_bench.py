"""The benchmark measures what it says: workspaces, peers that agree, a clock that can be trusted.

Nothing here asserts how long anything takes.
"""

import json
import os
import time

import pytest

from tests.bench import page, synthetic, workspace
from tests.bench.__main__ import main
from tests.bench.clock import Side, TookTooLong, by_turns, row, timed
from tests.bench.peers import PEERS, installed
from tests.bench.peers.peer import BIN, environment, output, own, value, values
from tests.bench.shapes import SHAPES

QUICK = ("ninja", "make")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_made_workspace_loads_and_half_of_its_nodes_have_a_pin(shape, tmp_path, capsys):
    main(["make", shape, "12", str(tmp_path / "ws")])
    assert "12 nodes" in capsys.readouterr().out
    nodes = synthetic.load(tmp_path / "ws").graphs["p00000"].nodes
    assert len(nodes) == 12
    pinned = {path.parent.name for path in (tmp_path / "ws" / "cache").rglob("pin.json")}
    assert pinned == {name for name, node in nodes.items() if node.is_generated()}
    assert len(pinned) == 6


WRONG = {
    "a shape that is none": ("ring", "5", "new", "there is no shape 'ring'; there are chain"),
    "no node": ("chain", "0", "new", "of 0 nodes cannot be made"),
    "a folder in use": ("chain", "5", "used", "is not empty"),
    "a file": ("chain", "5", "used/file", "is not a folder"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_made_is_said_and_nothing_is_written(what, tmp_path, capsys):
    shape, n, folder, said = WRONG[what]
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    with pytest.raises(SystemExit) as ended:
        main(["make", shape, n, str(tmp_path / folder)])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["used", "file"]


@pytest.mark.parametrize("shape", SHAPES)
def test_nodes_are_numbered_upstream_first(shape):
    upstream = list(SHAPES[shape](30))
    assert len(upstream) == 30
    assert all(source < i for i, sources in enumerate(upstream) for source in sources)
    assert list(SHAPES[shape](10)) == upstream[:10]


class Built:
    """A peer's workspace of layered nodes, and what its outputs hold."""

    def __init__(self, peer, program, folder, n):
        self.peer, self.program, self.folder = peer, program, folder
        self.upstream = list(SHAPES["layered"](n))
        peer.write(folder, self.upstream)

    def build(self, *words):
        timed([self.program, *(words or self.peer.build)], self.folder, environment(self.folder))
        return self.values()

    def values(self):
        return [int(path.read_text()) for path in self.outputs()]

    def stamps(self):
        return [path.stat().st_mtime_ns for path in self.outputs()]

    def outputs(self):
        return [self.folder / self.peer.out / output(i) for i in range(len(self.upstream))]

    def edit(self, i, number):
        time.sleep(0.02)  # some peers believe times, which move in steps of milliseconds
        (self.folder / own(i)).write_text(f"{number}\n")


def marked(peer):
    return pytest.param(peer, id=peer.name, marks=[] if peer.name in QUICK else pytest.mark.slow)


@pytest.mark.parametrize("peer", [marked(peer) for peer in PEERS])
def test_every_peer_computes_the_same_and_no_more_than_it_must(peer, tmp_path):
    programs, missing = installed([peer.name])
    if missing:
        pytest.skip(f"{peer.name} is not installed")
    one = Built(peer, programs[peer], tmp_path / peer.name, 20)
    try:
        for words in peer.first:
            one.build(*words)
        assert one.build() == values(one.upstream)
        stamps = one.stamps()
        one.build()
        assert one.stamps() == stamps, "a null build wrote an output"
        one.edit(19, 5000)
        leaf = one.build()
        assert changed(leaf, values(one.upstream)) == {19}
        one.edit(0, 6000)
        both = {0: 6000, 19: 5000}
        assert one.build() == values(one.upstream, lambda i: both.get(i, value(i)))
    finally:
        if peer.stop:
            timed([programs[peer], *peer.stop], one.folder, environment(one.folder), None)


def changed(found, before):
    return {i for i, pair in enumerate(zip(found, before, strict=True)) if len(set(pair)) == 2}


def test_a_peer_is_found_in_the_folders_that_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.delenv(BIN, raising=False)
    assert installed(["ninja"]) == ({}, ["ninja"])
    program = tmp_path / "extra" / "ninja"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv(BIN, f"{tmp_path / 'more'}{os.pathsep}{program.parent}")
    programs, missing = installed(["ninja", "make"])
    assert list(programs.values()) == [str(program)]
    assert missing == ["make"]


def test_the_peak_of_a_small_process_is_its_own(tmp_path):
    ballast = bytearray(os.urandom(1 << 20) * 100)
    assert timed(["sh", "-c", ":"], tmp_path).peak_mb < len(ballast) // (1 << 20) // 2


def test_an_end_that_is_not_expected_ends_the_benchmark(tmp_path):
    assert timed(["sh", "-c", "exit 3"], tmp_path, codes=(3,)).code == 3
    assert timed(["sh", "-c", "exit 3"], tmp_path, codes=None).code == 3
    with pytest.raises(SystemExit, match="ended with 3:\nsaid\n"):
        timed(["sh", "-c", "echo said; exit 3"], tmp_path)
    with pytest.raises(SystemExit, match="could not be started"):
        timed(["no-such-program"], tmp_path)


def test_what_takes_too_long_is_ended_with_all_it_started(tmp_path):
    with pytest.raises(TookTooLong):
        timed(["sh", "-c", "sleep 600 & echo $! > pid; wait"], tmp_path, limit=1)
    pid = int((tmp_path / "pid").read_text())
    for _ in range(200):
        if not alive(pid):
            break
        time.sleep(0.05)
    assert not alive(pid)


def alive(pid):
    """Is a process there, and more than a dead one that nobody has collected?"""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_tool_over_its_budget_sits_out_but_is_measured(tmp_path):
    sides = [Side("slow", ["sleep", "0.6"], tmp_path), Side("quick", ["true"], tmp_path)]
    found = by_turns(sides, runs=4, budget=0.5)
    assert len(found["slow"]) == 1
    assert len(found["quick"]) > 1


def test_an_edit_changes_one_node_and_undoing_it_changes_nothing(tmp_path):
    synthetic.make("chain", 12, folder := tmp_path / "ws")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    one, other = workspace.edits(folder, 12, 2)
    assert before == {path: path.read_bytes() for path in before}, "making edits wrote something"
    one.apply()
    moved = {str(path.relative_to(folder)) for path in before if path.read_bytes() != before[path]}
    pin = f"cache/p00000/n{one.i:06d}"
    assert moved == {"packages/p00000/fxg.yaml", f"{pin}/code.py", f"{pin}/pin.json"}
    assert one.i != other.i
    one.undo()
    assert before == {path: path.read_bytes() for path in before}


def test_recorded_results_are_shown_scenario_by_scenario(tmp_path):
    assert page.tables(tmp_path / "none.json") == "Nothing is recorded yet.\n"
    run = timed(["true"], tmp_path)
    result = {
        "scenario": "null",
        "machine": {
            "date": "2026-01-01",
            "system": "Linux x86_64",
            "cores": 2,
            "python": "3.11.7",
            "load_before": 0.1,
            "load_after": 0.2,
        },
        "rows": [row("null", "chain", 1000, "ninja", [run], server_mb=7)],
        "ratios": {"null_over_ninja": 1.5},
        "missing": ["dvc"],
        "left_out": [{"tool": "bazel", "shape": "chain", "n": 1000, "why": "it was slow"}],
    }
    page.record(result, tmp_path / "some.json")
    text = page.tables(tmp_path / "some.json")
    for part in (
        "1,000 | ninja",
        "server 7 MB",
        "`null_over_ninja` | 1.50",
        "dvc was not",
        "slow.",
    ):
        assert part in text


SMALL = {
    "null": ["--sizes", "20", "--runs", "1", "--peers", "ninja", "make"],
    "edit": ["--sizes", "20", "--runs", "1"],
    "scale": ["--sizes", "8", "80", "--runs", "1", "--shapes", "diamond"],
}


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SMALL)
def test_a_scenario_answers_as_the_contract_says(scenario, capsys):
    main([scenario, *SMALL[scenario], "--json"])
    result = json.loads(capsys.readouterr().out)
    assert result["rows"]
    for one in result["rows"]:
        assert {"scenario", "shape", "n", "tool", "median_s", "runs", "peak_mb"} <= set(one)
    wanted = {"null": "plan_over_null_20", "edit": "edit_over_tools"}
    assert wanted.get(scenario, "growth_null_build_diamond_80") in result["ratios"]
