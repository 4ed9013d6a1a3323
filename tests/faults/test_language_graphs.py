"""Graphs of great size and bad shape: linear time, no recursion, few words.

The suite's default sizes are small; `-m slow` runs the sizes that a workspace must survive.
"""

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fxgbuild.errors import MOST_PRINTED, BadWorkspace
from fxgbuild.lang import cycles, drafts
from fxgbuild.lang.cycles import find_cycles
from fxgbuild.lang.label import Label
from fxgbuild.problem import Location
from tests.bench.shapes import SHAPES
from tests.bench.synthetic import (
    FOLD,
    PER_PACKAGE,
    PROPERTY,
    RULES,
    SETTINGS,
    TOTAL,
    graph_text,
    package,
)
from tests.lang.workspaces import load, said, write

FILES = {
    "fxgbuild.toml": SETTINGS,
    "rules/bench/rules.toml": RULES + '\n[tasks.Gather]\ndoc = "Add a list."\n'
    'inputs = {values = "list<int>"}\noutputs = {value = "int"}\n',
    "rules/bench/templates/fold.py": FOLD,
    "rules/bench/templates/total.py": TOTAL,
    "rules/bench/templates/gather.py": '"""Sums."""\n\n\n'
    'def gather(values: list[int]) -> int:\n    """Return the sum."""\n    return sum(values)\n',
    "rules/bench/properties/test_fold.py": PROPERTY,
    "rules/bench/properties/test_total.py": PROPERTY,
}


def of_shape(shape: str, n: int) -> dict[str, str]:
    upstream = list(SHAPES[shape](n))
    return FILES | {
        f"packages/{package(first)}/fxg.yaml": graph_text(
            first, upstream[first : first + PER_PACKAGE]
        )
        for first in range(0, n, PER_PACKAGE)
    }


def seconds(root: Path) -> float:
    started = time.process_time()
    load(root)
    return time.process_time() - started


# In a process of its own, whose memory is that of a load and nothing else.
ALONE = """
import resource, sys
from pathlib import Path
from tests.faults.test_language_graphs import seconds
print(seconds(Path(sys.argv[1])), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


# Size ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["chain", "layered"])
def test_loading_takes_time_in_proportion(tmp_path: Path, shape: str) -> None:
    small = write(tmp_path / "small", of_shape(shape, 500))
    large = write(tmp_path / "large", of_shape(shape, 4000))
    assert load(large)[1] == []
    assert seconds(large) < 8 * 2.5 * min(seconds(small) for _ in range(3))


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["chain", "layered"])
def test_a_hundred_thousand_nodes_load_in_a_minute_and_a_gigabyte(
    tmp_path: Path, shape: str
) -> None:
    write(tmp_path, of_shape(shape, 100_000))
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    cpu_s, peak_kb = map(float, done.stdout.split())
    assert cpu_s < 60
    assert peak_kb < 1_200_000


def fan_out(n: int) -> str:
    nodes = "".join(f"  n{i}: {{task: bench.Total}}\n" for i in range(n))
    edges = "".join(f"  - {{from: n0.value, to: n{i}.first}}\n" for i in range(1, n))
    return (
        'fxg: 1\nuse: ["//rules/bench"]\ninputs: {seed: int}\n'
        f"nodes:\n{nodes}edges:\n  - {{from: seed, to: n0.first}}\n{edges}"
    )


def fan_in(n: int) -> str:
    edges = "".join("  - {from: n0.value, to: all_.values, join: all}\n" for _ in range(n))
    return (
        'fxg: 1\nuse: ["//rules/bench"]\ninputs: {seed: int}\n'
        "nodes:\n  n0: {task: bench.Total}\n  all_: {task: bench.Gather}\n"
        f"edges:\n  - {{from: seed, to: n0.first}}\n{edges}"
    )


@pytest.mark.parametrize("n", [5_000, pytest.param(50_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("text", [fan_out, fan_in])
def test_a_wide_graph_in_one_file_loads(tmp_path: Path, text: Any, n: int) -> None:
    root = write(tmp_path, FILES | {"packages/wide/fxg.yaml": text(n)})
    assert seconds(root) < n / 1000
    workspace, problems = load(root)
    assert not problems, said(problems)[:3]
    assert len(workspace.graphs["wide"].edges) in (n, n + 1)


# Cycles -------------------------------------------------------------------------------------------


def circles(after: dict[int, Iterable[int]], packages: int = 3) -> list[str]:
    """What is said of a graph by number, spread over packages."""
    labels = {i: Label(f"p{i % packages}", f"n{i}") for i in after}
    drafts: dict[str, Any] = {
        f"p{k}": SimpleNamespace(nodes={}, edges=[], problems=[]) for k in range(packages)
    }
    for i, label in labels.items():
        draft = drafts[label.package]
        draft.nodes[label.name] = SimpleNamespace(label=label, where=Location("f", i + 1, 1))
        for j in after[i]:
            edge = SimpleNamespace(source=label, target=labels[j])
            drafts[labels[j].package].edges.append(edge)
    find_cycles(drafts)
    found = sorted(p for draft in drafts.values() for p in draft.problems)
    assert {p.id for p in found} <= {"FXG1121"}
    assert all(p.asked_by and p.hint for p in found)
    return [problem.message for problem in found]


def test_of_every_tangle_a_shortest_cycle_is_said() -> None:
    after = {0: [0], 1: [2], 2: [1], 3: [4], 4: [5, 3], 5: [6], 6: [3], 7: [0, 8], 8: []}
    assert circles(after) == [
        "a cycle: //p0:n0 → //p0:n0",
        "a cycle: //p1:n1 → //p2:n2 → //p1:n1",
        "a cycle: //p0:n3 → //p1:n4 → //p0:n3",
    ]


def test_a_graph_without_cycles_says_nothing() -> None:
    assert circles({i: [j for j in (i + 1, i + 2) if j < 50] for i in range(50)}) == []


@pytest.mark.parametrize("n", [9, 20_000])
def test_a_long_cycle_is_said_in_a_few_words(n: int) -> None:
    said = circles({i: [(i + 1) % n] for i in range(n)})
    assert len(said) == 1
    assert said[0].startswith(f"a cycle of {n} nodes: //p0:n0 → //p1:n1 → //p2:n2 → //p0:n3 → … →")
    assert said[0].endswith("→ //p0:n0")
    assert len(said[0]) < 200


@pytest.mark.slow
def test_a_cycle_of_a_hundred_thousand_nodes_takes_seconds() -> None:
    started = time.process_time()
    test_a_long_cycle_is_said_in_a_few_words(100_002)
    assert time.process_time() - started < 10


def test_many_ways_back_take_time_in_proportion() -> None:
    """Every node leads on and back to the first: thousands of cycles, one of them is said."""
    n = 20_000
    started = time.process_time()
    said = circles({i: [(i + 1) % n, 0] for i in range(1, n)} | {0: [1]})
    assert said == ["a cycle: //p0:n0 → //p1:n1 → //p0:n0"]
    assert time.process_time() - started < 5


def test_the_search_for_a_shorter_cycle_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two nodes far apart close a short cycle; a bound on the work finds a longer one first."""
    n = 300
    after: dict[int, list[int]] = {i: [(i + 1) % n] for i in range(n)}
    after[250].append(247)
    assert circles(after) == ["a cycle: //p0:n249 → //p1:n250 → //p1:n247 → //p2:n248 → //p0:n249"]
    monkeypatch.setattr(cycles, "MOST_STEPS", 10)
    assert circles(after)[0].startswith("a cycle of 300 nodes:")


def test_a_walk_by_recursion_would_die() -> None:
    """What find_cycles must not be."""
    n = 20_000
    after = {i: [(i + 1) % n] for i in range(n)}

    def walk(i: int, path: set[int]) -> bool:
        return i in path or any(walk(j, path | {i}) for j in after[i])

    assert sys.getrecursionlimit() < n
    with pytest.raises(RecursionError):
        walk(0, set())


# Problems -----------------------------------------------------------------------------------------


def broken(n: int, line: str) -> str:
    nodes = "".join(f"  n{i}: {line}\n" for i in range(n))
    return f'fxg: 1\nuse: ["//rules/bench"]\nnodes:\n{nodes}'


@pytest.mark.parametrize(
    ("line", "id"),
    [
        ("{task: bench.Totl, inputs: {first: int}}", "FXG1109"),
        ("{task: bench.Total, unknwn: 1}", "FXG1102"),
        ("{tsk: bench.Total}", "FXG1102"),
        ("{task: bench.Total, tags: [1, 2, [3]]}", "FXG1102"),
        ("{task: bench.Total, params: {x: 1}}", "FXG1106"),
    ],
)
def test_a_file_of_broken_nodes_is_told_whole_in_little_time(
    tmp_path: Path, line: str, id: str
) -> None:
    n = 2_000
    root = write(tmp_path, FILES | {"packages/bad/fxg.yaml": broken(n, line)})
    started = time.process_time()
    problems = load(root)[1]
    assert time.process_time() - started < 10
    assert len([problem for problem in problems if problem.id == id]) >= n


def test_suggestions_stop_before_they_take_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = 3_000
    nodes = "".join(f"  n{i}: {{task: bench.Total}}\n" for i in range(n))
    edges = "".join(f"  - {{from: m{i}.value, to: m{i}.first}}\n" for i in range(n))
    text = f'fxg: 1\nuse: ["//rules/bench"]\nnodes:\n{nodes}edges:\n{edges}'
    root = write(tmp_path, FILES | {"packages/bad/fxg.yaml": text})
    asked: list[int] = []
    real = drafts.closest
    monkeypatch.setattr(drafts, "closest", lambda w, k: asked.append(len(k)) or real(w, k))
    problems = [problem for problem in load(root)[1] if problem.id == "FXG1108"]
    assert len(problems) == 2 * n
    assert 0 < sum(asked) <= drafts.MOST_COMPARED
    assert any(problem.near for problem in problems)
    monkeypatch.setattr(drafts, "MOST_COMPARED", 10**12)
    monkeypatch.setattr(drafts, "closest", lambda w, k: asked.append(len(k)) or "")
    load(root)
    assert sum(asked) > 2 * n * n  # what it would have compared


def test_ten_thousand_problems_are_counted_and_a_hundred_are_printed(tmp_path: Path) -> None:
    root = write(tmp_path, FILES | {"packages/bad/fxg.yaml": broken(300, "{tsk: x}")})
    problems = load(root)[1]
    error = BadWorkspace(problems)
    assert len(error.problems) == len(problems) > 300
    lines = error.lines()
    assert len([line for line in lines if line.startswith("packages/")]) == MOST_PRINTED
    assert f"and {len(problems) - MOST_PRINTED} more; `--json` has all" in lines
    assert "more" not in "".join(BadWorkspace(problems[:MOST_PRINTED]).lines())
