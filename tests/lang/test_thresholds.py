"""Thresholds at loading: what is asked for is complete, and the metric fits the ports."""

from pathlib import Path

import pytest

from tests.lang.workspaces import FILES, edited, load, write

GRAPH = "packages/demo/fxg.yaml"
CASES = "cases: acceptance/clean.jsonl, "


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("metric: exact, at_least: 0.9, ", ""),
        ("metric: within, at_least: 1, ", ""),
        ("metric: exact, ", "`metric` says nothing without `at_least`"),
        ("at_least: 0.5, ", "`at_least` says nothing without `metric`"),
        ("metric: f1, at_least: 0.5, ", "f1 counts labels (enum, bool, text), and `signal` is "),
    ],
)
def test_a_threshold_is_complete_and_fits_the_ports(tmp_path: Path, given: str, told: str) -> None:
    files = edited(FILES, GRAPH, "{" + CASES, "{" + CASES + given)
    _, problems = load(write(tmp_path, files))
    found = [problem for problem in problems if problem.id == "FXG1123"]
    assert [one.message.startswith(told) for one in found] == [True] * bool(told)
    for problem in found:
        assert problem.asked_by == "//demo:clean"
        assert problem.hint


def test_a_threshold_needs_cases_and_a_node(tmp_path: Path) -> None:
    files = edited(FILES, GRAPH, "{" + CASES, "{metric: exact, at_least: 0.9, ")
    files = edited(
        files,
        GRAPH,
        "acceptance: {tests: [acceptance/test_graph",
        "acceptance: {metric: exact, at_least: 1, tests: [acceptance/test_graph",
    )
    _, problems = load(write(tmp_path, files))
    assert [problem.message for problem in problems] == [
        "a threshold is a share of `cases`, and there are none",
        "a graph's acceptance has no threshold",
    ]
