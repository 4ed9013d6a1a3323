"""GitHub annotations: the worst ten, one line each, escaped as its runner reads them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.event import Ended, TargetEnded
from fxgbuild.finding import Finding
from fxgbuild.report.annotations import MOST, annotations
from fxgbuild.report.failures import rendered

from .runs import ALL, KEY, started

PLACES = rendered(".fxgbuild")
COMMAND = re.compile(r"::(\w+)(?: ([^:]*))?::(.*)")


def run_of(*findings):
    ended = TargetEnded("//a:b", "node", "failed", KEY, KEY, findings)
    return [started(), ended, Ended(1, 1.0, {}, "B")]


def understood(line):
    """As the runner reads a command: split, then unescaped."""
    name, facts, message = COMMAND.fullmatch(line).groups()
    pairs = dict(fact.split("=", 1) for fact in (facts or "").split(",") if fact)
    decode = (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%"))
    for code, char in decode:
        pairs = {key: value.replace(code, char) for key, value in pairs.items()}
        if code not in ("%3A", "%2C"):
            message = message.replace(code, char)
    return name, pairs, message


def test_unsafe_code_comes_first_and_lint_last():
    titles = [understood(line)[1]["title"] for line in annotations(ALL["failed"](), PLACES)]
    assert [title.split(": ")[0] for title in titles] == [
        *("//eeg:bad security", "//eeg:bad security", "//eeg:wrong test"),
        *("//eeg:bad type", "//eeg:bad lint"),
    ]


def test_more_than_ten_are_counted():
    found = [Finding("lint", f"E{n:03}", "x", n, 1) for n in range(1, 15)]
    lines = annotations(run_of(*found), PLACES)
    assert len(lines) == MOST + 1
    assert understood(lines[-1]) == ("notice", {"title": "fxgbuild"}, "4 more findings not shown")


def test_a_run_that_stopped_early_says_why():
    assert annotations(ALL["early"](), PLACES) == [
        "::error title=fxgbuild::the run ended with exit code 20 FXG2001"
    ]
    assert annotations(ALL["good"](), PLACES) == []


@given(st.text(), st.text(min_size=1))
def test_what_is_said_arrives_as_it_was(message, rule):
    lines = annotations(run_of(Finding("lint", rule, message, 3, 0)), PLACES)
    assert len(lines) == 1
    assert "\n" not in lines[0]
    assert "\r" not in lines[0]
    if not set(message + rule) & set("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        name, facts, said = understood(lines[0])
        assert (name, said) == ("error", message)
        assert facts["title"] == f"//a:b lint: {rule}"
        assert facts["line"] == "3"
