"""What past runs say: why a target was dirty, how two runs differ; secrets are not among it."""

import pytest

from fxgbuild.event import ActionEnded, Ended, Planned, PlannedTarget, Started, TargetEnded
from fxgbuild.journal.history import actions_run, difference, targets_then, why_at
from fxgbuild.journal.reader import last_done
from fxgbuild.journal.words import told_words
from fxgbuild.journal.writer import JournalWriter

OLD, NEW = "20261120T080000Z-00aa", "20261121T080000Z-00bb"


def run(name, reasons, outcome="built", key="k2", actions=("lint", "test"), killed=False):
    target = PlannedTarget("//a:b", "node", "dirty", actions, reasons, key, "k1")
    events = [
        Started(name, "0.1.0", ("build",), (), "2026-11-20T08:00:00Z"),
        Planned((target,), 2, {"lint": 1}, {}),
        *(
            ActionEnded("//a:b", action, key, "passed", 0.1 * n, 0.1, "ruff")
            for n, action in enumerate(actions)
        ),
    ]
    if not killed:
        events += [
            TargetEnded("//a:b", "node", outcome, key, None),
            Ended(0, 1.0, {outcome: 1, "clean": 2}, "B"),
        ]
    return events


SPEC, PARAM = (("spec.text", "a", "b"),), (("params.n", 1, 2),)


def test_a_dirty_target_has_its_reasons_field_by_field():
    found = why_at(run(NEW, SPEC + PARAM), "//a:b")
    assert (found.state, found.reasons, found.outcome) == ("dirty", SPEC + PARAM, "built")
    assert (found.key, found.previous_key) == ("k2", "k1")


def test_a_killed_run_still_knows_why():
    found = why_at(run(NEW, SPEC, killed=True), "//a:b")
    assert (found.state, found.reasons, found.outcome) == ("dirty", SPEC, "")


def test_the_first_plan_says_why():
    """After a generation a second plan is made, in which the code is there."""
    later = PlannedTarget("//a:b", "node", "dirty", ("lint",), (), "k2", None)
    events = run(NEW, SPEC)
    events.insert(3, Planned((later,), 2, {}, {}))
    assert why_at(events, "//a:b").reasons == SPEC


def test_a_clean_target_was_last_built_in_an_earlier_run(tmp_path):
    for events in (
        run(OLD, SPEC),
        [*run(NEW, ())[:1], Planned((), 3, {}, {}), Ended(0, 1, {}, "")],
    ):
        writer = JournalWriter(tmp_path)
        for event in events:
            writer.tell(event)
        writer.close()
    assert why_at(events, "//a:b").state == "clean"
    assert last_done(tmp_path, NEW, "//a:b") == OLD
    assert last_done(tmp_path, NEW, "//a:c") is None


def test_a_run_without_a_plan_knows_nothing():
    assert why_at(run(NEW, ())[:1], "//a:b") is None


def test_two_equal_runs_do_not_differ():
    found = difference(run(OLD, SPEC), run(NEW, SPEC))
    assert found.to_json() == {
        **{"facts": {}, "targets": []},
        "actions": {"only_a": [], "only_b": []},
    }


def test_runs_differ_by_key_outcome_reasons_actions_and_facts():
    second = run(NEW, PARAM, outcome="failed", key="k3", actions=("lint",))
    second[-1] = Ended(1, 1.0, {}, "A")
    found = difference(run(OLD, SPEC), second)
    assert found.fields == {"//a:b": ("key", "outcome", "reasons")}
    assert found.only_first == (("//a:b", "test"),)
    assert found.only_second == ()
    assert found.facts == {"sandbox": ("B", "A"), "exit code": (0, 1)}


def test_a_target_that_was_clean_in_one_run_differs_by_its_outcome():
    clean = [*run(NEW, ())[:1], Planned((), 3, {}, {}), Ended(0, 1.0, {}, "B")]
    assert difference(run(OLD, SPEC), clean).fields == {"//a:b": ("outcome", "reasons")}


def test_results_shared_with_others_did_not_run():
    shared = ActionEnded("//a:c", "lint", "k", "shared", 0.0, 0.0, "ruff")
    assert [one.label for one in actions_run([*run(NEW, SPEC), shared])] == ["//a:b", "//a:b"]
    assert set(targets_then(run(NEW, SPEC))) == {"//a:b"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("build", "//eeg:all", "-k"), ("build", "//eeg:all", "-k")),
        (("build", "--summary=/home/ann/s.json"), ("build", "--summary=…/s.json")),
        (("build", "--summary", "/home/ann/s.json"), ("build", "--summary", "…/s.json")),
        (("build", "--summary=out/s.json"), ("build", "--summary=out/s.json")),
        (("run", "--param", "key=hush"), ("run", "--param", "key=…")),
        (("run", "--param=key=hush"), ("run", "--param=key=…")),
        (("run", "--input", "x=/home/ann/x.npy"), ("run", "--input", "x=…/x.npy")),
        (("build", "--store=~/s"), ("build", "--store=…/s")),
        (("build", "-//eeg:svm"), ("build", "-//eeg:svm")),
    ],
)
def test_neither_a_secret_nor_a_machine_s_folder_is_written_down(typed, told):
    assert told_words(typed) == told
