"""A reader of Bazel's build event protocol reads ours, and finds the protocol's promises kept."""

import json

import pytest
from google.protobuf import json_format

from fxgbuild.report.bep import EXIT_NAMES, BuildEvents
from fxgbuild.report.stream import BuildEventReporter

from .runs import ALL, KEY, failed_run, good_run, started


def messages(events):
    stream = BuildEvents()
    found = [message for event in events for message in stream.told(event)]
    return found + stream.closed()


def of(found, kind):
    return [message for message in found if kind in message["id"]]


@pytest.fixture(params=ALL, name="told")
def told_fixture(request):
    return messages(ALL[request.param]())


def test_bazel_s_own_definition_takes_every_message(told, build_event):
    for message in told:
        line = json.dumps(message)
        read = json_format.Parse(line, build_event(), ignore_unknown_fields=False)
        again = json_format.MessageToDict(read)
        assert again["id"].keys() == message["id"].keys()
        assert len(again) == len(message)


def test_every_event_but_the_first_is_announced_and_comes_once(told):
    announced, posted = set(), set()
    for place, message in enumerate(told):
        name = json.dumps(message["id"], sort_keys=True)
        assert place == 0 or name in announced, message
        assert name not in posted
        posted.add(name)
        announced |= {json.dumps(child, sort_keys=True) for child in message.get("children", ())}
    assert announced <= posted, announced - posted


def test_the_first_says_started_and_only_the_last_says_that_it_is_the_last(told):
    assert "started" in told[0]
    assert [bool(message.get("lastMessage")) for message in told] == [False] * (len(told) - 1) + [
        True
    ]
    assert len(of(told, "buildFinished")) == 1


def test_a_failed_action_has_its_mnemonic_and_its_findings(build_event):
    failed = of(messages(failed_run()), "actionCompleted")
    assert [m["action"]["type"] for m in failed] == [
        *("FxgLint", "FxgLint", "FxgSecurity", "FxgTest", "FxgType")
    ]
    lint = json_format.ParseDict(failed[0], build_event())
    assert b"F841" in lint.action.stderr.contents
    assert lint.id.action_completed.label == "//eeg:new"


def test_a_target_that_fails_its_tests_was_built_and_one_that_fails_lint_was_not():
    found = messages(failed_run())
    completed = {m["id"]["targetCompleted"]["label"]: m for m in of(found, "targetCompleted")}
    assert completed["//eeg:wrong"]["completed"]["success"]
    assert "success" not in completed["//eeg:bad"]["completed"]
    assert completed["//eeg:eeg"]["aborted"]["reason"] == "INCOMPLETE"
    summaries = {
        m["id"]["testSummary"]["label"]: m["testSummary"]["overallStatus"]
        for m in of(found, "testSummary")
    }
    assert summaries == {"//eeg:wrong": "FAILED", "//eeg:new": "PASSED"}


def test_artifacts_are_named_by_digest():
    found = messages(good_run())
    files = of(found, "namedSet")[0]["namedSetOfFiles"]["files"]
    assert {"name": "eeg.pyz", "uri": f"sha256:{'b' * 64}"} in files
    groups = next(
        m["completed"]["outputGroup"]
        for m in of(found, "targetCompleted")
        if m["id"]["targetCompleted"]["label"] == "//eeg:wheel"
    )
    assert groups == [{"name": "default", "fileSets": [{"id": "1"}]}]
    assert KEY in json.dumps(files)


def test_the_exit_code_has_bazel_s_name():
    finished = of(messages(failed_run()), "buildFinished")[0]["finished"]
    assert finished["exitCode"] == {"name": "BUILD_FAILURE", "code": 1}
    from fxgbuild.errors import PRECEDENCE

    assert set(EXIT_NAMES) == set(PRECEDENCE) | {8}


def test_the_file_grows_while_the_build_runs(tmp_path):
    sink = BuildEventReporter(tmp_path / "bep.ndjson")
    sink.tell(started())
    lines = (tmp_path / "bep.ndjson").read_text().splitlines()
    assert "started" in json.loads(lines[0])
    for event in failed_run()[1:]:
        sink.tell(event)
    sink.close()
    sink.close()
    lines = (tmp_path / "bep.ndjson").read_text().splitlines()
    assert json.loads(lines[-1])["lastMessage"] is True


def test_a_test_that_was_run_for_another_target_is_cached():
    from .runs import action

    shared = action("//eeg:eeg", "integrate", 0.2, 0.0, "shared")
    events = [shared if getattr(e, "action", "") == "integrate" else e for e in good_run()]
    result = of(messages(events), "testResult")[0]["testResult"]
    assert (result["status"], result["cachedLocally"]) == ("PASSED", True)
