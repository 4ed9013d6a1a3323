"""JUnit XML: well formed whatever a finding says, one case for each stage."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.event import Ended, TargetEnded
from fxgbuild.finding import Finding
from fxgbuild.report.failures import rendered
from fxgbuild.report.junit import junit_text

from .runs import ALL, KEY, action, started


def parsed(events):
    return ET.fromstring(junit_text(events, rendered(".fxgbuild")).encode("utf-8"))  # noqa: S314 - our own document


def suites(events):
    root = parsed(events)
    return {suite.get("name"): suite for suite in root}


def ends(suite):
    return {case.get("name"): (case[0].tag if len(case) else "passed") for case in suite}


@pytest.mark.parametrize("name", ALL)
def test_the_form_is_the_common_one(name):
    """Root `testsuites`, suites with counts that add up, cases with at most one end."""
    root = parsed(ALL[name]())
    assert root.tag == "testsuites"
    names = ("tests", "failures", "errors", "skipped")
    for suite in root:
        assert suite.tag == "testsuite"
        tags = [child.tag for case in suite for child in case]
        counted = [len(suite), tags.count("failure"), tags.count("error"), tags.count("skipped")]
        assert [int(suite.get(name)) for name in names] == counted
        for case in suite:
            assert case.tag == "testcase"
            assert {"name", "classname", "time"} <= set(case.keys())
            assert len(case) <= 1
            assert float(case.get("time")) >= 0
    for count in names:
        assert int(root.get(count)) == sum(int(suite.get(count)) for suite in root)


def test_a_case_for_each_stage():
    found = suites(ALL["failed"]())
    assert ends(found["//eeg:bad"]) == {
        **{"lint": "failure", "type": "failure", "security": "failure", "test": "skipped"}
    }
    assert ends(found["//eeg:wrong"]) == {
        **{"lint": "passed", "type": "passed", "security": "passed", "test": "failure"}
    }
    assert set(ends(found["//eeg:new"]).values()) == {"passed"}
    assert ends(found["//eeg:eeg"]) == {"integrate": "skipped"}
    assert "//eeg:wheel" not in found


def test_a_run_that_stopped_early_is_an_error():
    suite = suites(ALL["early"]())["fxgbuild"]
    assert suite[0][0].get("type") == "FXG2001"


def test_a_killed_run_has_passed_nothing_it_did_not_reach():
    assert ends(suites(ALL["killed"]())["//eeg:wrong"])["test"] == "skipped"


@given(st.text(), st.text(min_size=1))
def test_whatever_is_said_the_document_is_well_formed(message, rule):
    one = Finding("lint", rule, message, 1, 1)
    events = [
        started(),
        action("//a:b", "lint", outcome="failed", findings=[one]),
        TargetEnded("//a:b", "node", "failed", KEY, KEY, (one,)),
        Ended(1, 1.0, {}, "B"),
    ]
    text = parsed(events).find(".//failure").text
    if message.isascii() and message.isprintable():
        assert message in text
