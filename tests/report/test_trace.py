"""The trace: rows without overlap, and the chain that set the time."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.report.trace import critical_path, needs_of, packed_rows, trace_text

from .runs import ALL, action, failed_run, good_run

moments = st.floats(0, 5, allow_nan=False).map(lambda x: round(x, 4))


@given(st.lists(st.tuples(moments, moments), max_size=20))
def test_no_two_actions_of_a_row_overlap(spans):
    actions = [action(f"//a:n{i}", "lint", *span) for i, span in enumerate(spans)]
    rows = packed_rows(actions)
    assert sorted(a.label for row in rows for a in row) == sorted(a.label for a in actions)
    for row in rows:
        for first, second in itertools.pairwise(row):
            assert round(first.start_s * 1e6) + round(first.wall_s * 1e6) <= round(
                second.start_s * 1e6
            )


@pytest.mark.parametrize("name", ALL)
def test_events_are_complete_and_rows_are_named(name):
    document = json.loads(trace_text(ALL[name]()))
    events = document["traceEvents"]
    rows = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert rows[0] == "critical path"
    for event in events:
        assert event["ph"] in "XM"
        assert event["tid"] in rows
        if event["ph"] == "X":
            assert type(event["ts"]) is int
            assert type(event["dur"]) is int
            assert min(event["ts"], event["dur"]) >= 0


def test_every_lane_has_rows_of_its_own():
    events = json.loads(trace_text(failed_run()))["traceEvents"]
    rows = {e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert {"ruff", "mypy", "bandit", "sandbox", "sandbox 2", "model"} <= rows


def test_the_critical_path_goes_through_what_each_action_waits_for():
    actions = [
        action("//a:x", "generate", 0, 5),
        action("//a:x", "lint", 5, 1),
        action("//a:x", "security", 6, 1),
        action("//a:x", "test", 7, 2),
        action("//a:x", "type", 5, 1),
        action("//a:y", "test", 0, 3),
        action("//a:a", "integrate", 9, 1),
        action("//a:w", "emit", 10, 1),
    ]
    needs = {"//a:a": ("//a:x", "//a:y"), "//a:w": ("//a:a",)}
    chain = [(one.label, one.action) for one in critical_path(actions, needs)]
    assert chain == [
        ("//a:x", "generate"),
        *(("//a:x", "lint"), ("//a:x", "test"), ("//a:a", "integrate"), ("//a:w", "emit")),
    ] or chain[1] == ("//a:x", "security")


def test_needs_in_a_circle_end():
    actions = [action("//a:x", "emit", 0, 1), action("//a:y", "emit", 0, 1)]
    chain = critical_path(actions, {"//a:x": ("//a:y",), "//a:y": ("//a:x",)})
    assert len(chain) <= 2
    assert critical_path([], {}) == []


def test_without_more_a_graph_needs_its_package_s_nodes_and_an_artifact_its_graph():
    assert needs_of(good_run()) == {"//eeg:eeg": (), "//eeg:wheel": ("//eeg:eeg",)}
    found = needs_of(failed_run())
    assert found["//eeg:eeg"] == ("//eeg:bad", "//eeg:wrong", "//eeg:new")


def test_the_critical_row_begins_with_load_and_plan():
    events = json.loads(trace_text(good_run()))["traceEvents"]
    row = [(e["name"], e["ts"], e["dur"]) for e in events if e["tid"] == 0 and e["ph"] == "X"]
    assert row == [
        ("load and plan", 0, 200_000),
        ("integrate //eeg:eeg", 200_000, 1_500_000),
        ("emit //eeg:wheel", 1_700_000, 200_000),
    ]
