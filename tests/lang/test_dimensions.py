"""Dimensions are unified along edges, within a package and across packages."""

import itertools
from pathlib import Path

import pytest

from tests.lang.workspaces import load, said, write

RULES = """\
fxg = 1
domain = "dims"
[tasks]
"""
TASK = """\
[tasks.{name}]
doc = "A task."
inputs = {{x = "{x}"}}
outputs = {{y = "{y}"}}
[tasks.{name}.params.size]
type = "int"
default = 4
binding = "link"
[tasks.{name}.params.late]
type = "int"
default = 2
binding = "run"
[[tasks.{name}.invokes]]
task = "dims.*"
"""
TEMPLATE = "def {name}(x: int, *, size: int, late: int) -> int:\n    return x\n"


def problems(
    tmp_path: Path, tasks: dict[str, tuple[str, str]], graph: str, **packages: str
) -> list[str]:
    files = {"fxgbuild.toml": "fxg = 1\n", "rules/dims/rules.toml": RULES, "main/fxg.yaml": graph}
    for name, (x, y) in tasks.items():
        files["rules/dims/rules.toml"] += TASK.format(name=name, x=x, y=y)
        files[f"rules/dims/templates/{name.lower()}.py"] = TEMPLATE.format(name=name.lower())
    files |= {f"{package}/fxg.yaml": text for package, text in packages.items()}
    return said(load(write(tmp_path, files))[1])


def chain(source: str, *names: str, params: str = "{}") -> str:
    """A graph in which the named tasks follow one another on the graph input `x`."""
    lines = ["fxg: 1", 'use: ["//rules/dims"]', f'inputs: {{x: "{source}"}}', "nodes:"]
    lines += [f"  {n.lower()}: {{task: dims.{n}, params: {params}}}" for n in names]
    lines += ["edges:", f"  - {{from: x, to: {names[0].lower()}.x}}"]
    lines += [
        f"  - {{from: {one.lower()}.y, to: {two.lower()}.x}}"
        for one, two in itertools.pairwise(names)
    ]
    return "\n".join(lines) + "\n"


FITS = [
    ("int64[n, 3]", {"A": ("int64[a, b]", "int64[b, a]")}),
    ("int64[8]", {"A": ("int64[n]", "int64[n]"), "B": ("int64[size * 2]", "int64[k]")}),
    ("int64[n]", {"A": ("int64[n]", "int64[n + 1]"), "B": ("int64[m]", "int64[m + late]")}),
    ("int64[4]", {"A": ("int64[n]", "int64[size]"), "B": ("int64[4]", "int64[4]")}),
]


@pytest.mark.parametrize(("source", "tasks"), FITS)
def test_lengths_that_agree_along_the_path_are_no_problem(
    tmp_path: Path, source: str, tasks: dict[str, tuple[str, str]]
) -> None:
    assert problems(tmp_path, tasks, chain(source, *tasks)) == []


CONFLICTS = [
    (
        "int64[3]",
        {"A": ("int64[4]", "int64[n]")},
        ["x → //main:a.x: dimension `axis 0` is 3 at x and 4 at //main:a.x"],
    ),
    (
        "int64[7]",
        {"A": ("int64[n]", "int64[n]"), "B": ("int64[size * 2]", "int64[k]")},
        ["//main:a.y → //main:b.x: dimension `n` is 7 at x and 8 at //main:b.x"],
    ),
    (
        "int64[3, 4]",
        {"A": ("int64[n, n]", "int64[n]")},
        ["x → //main:a.x: dimension `axis 1` is 4 at x and 3 at x"],
    ),
    (
        "int64[7]",
        {"A": ("int64[k]", "int64[size]"), "B": ("int64[5]", "int64[n]")},
        ["//main:a.y → //main:b.x: dimension `size` is 4 at //main:a.y and 5 at //main:b.x"],
    ),
    (
        "int64[7]",
        {"A": ("int64[n]", "int64[n + 1]"), "B": ("int64[9]", "int64[m]")},
        ["axis 0 of //main:a.y is 8, but 9 at //main:b.x"],
    ),
    (
        "int64[7]",
        {
            "A": ("int64[n]", "int64[n + 1]"),
            "B": ("int64[m]", "int64[m + 1]"),
            "C": ("int64[8]", "int64[k]"),
        },
        ["axis 0 of //main:b.y is 9, but 8 at //main:c.x"],
    ),
    (
        "int64[7]",
        {"A": ("int64[n]", "int64[n / 2]")},
        ["//main:a: dimension `n / 2`: `n / 2` is 7/2, not a whole number"],
    ),
    (
        "int64[1]",
        {"A": ("int64[n]", "int64[n - size]")},
        ["//main:a: dimension `n - size`: `n - size` is -3, and no axis is shorter than 0"],
    ),
    (
        "int64[7]?",
        {"A": ("int64[8]?", "int64[n]")},
        ["x → //main:a.x: dimension `axis 0` is 7 at x and 8 at //main:a.x"],
    ),
]


@pytest.mark.parametrize(("source", "tasks", "wanted"), CONFLICTS)
def test_a_conflict_is_one_problem_that_names_both_ends(
    tmp_path: Path, source: str, tasks: dict[str, tuple[str, str]], wanted: list[str]
) -> None:
    found = problems(tmp_path, tasks, chain(source, *tasks))
    assert [line.partition(": ")[2].removesuffix(" [FXG1122]") for line in found] == wanted
    assert all(line.startswith("main/fxg.yaml:") for line in found)


def test_a_parameter_moves_the_length_that_is_computed_from_it(tmp_path: Path) -> None:
    tasks = {"A": ("int64[n]", "int64[size]"), "B": ("int64[4]", "int64[4]")}
    assert problems(tmp_path / "4", tasks, chain("int64[n]", *tasks)) == []
    assert problems(tmp_path / "5", tasks, chain("int64[n]", "A", "B", params="{size: 5}"))


def test_the_parts_of_a_state_are_unified_by_name(tmp_path: Path) -> None:
    state = "state<mean: int64[3], scale: int64[k]>"
    tasks = {"A": ("state<scale: int64[4], mean: int64[4]>", "int64[n]")}
    found = problems(tmp_path, tasks, chain(state, "A"))
    assert len(found) == 1
    assert "3 at" in found[0]


def test_dimensions_are_unified_across_packages(tmp_path: Path) -> None:
    tasks = {"A": ("int64[n]", "int64[n]"), "B": ("int64[8]", "int64[k]")}
    first = chain("int64[7]", "A") + 'visibility: ["//..."]\n'
    second = (
        'fxg: 1\nuse: ["//rules/dims"]\nnodes:\n  b: {task: dims.B}\n'
        'edges:\n  - {from: "//main:a.y", to: b.x}\n'
    )
    assert problems(tmp_path, tasks, first, other=second) == [
        "other/fxg.yaml:6:5: //main:a.y → //other:b.x: dimension `n` is 7 at x and "
        "8 at //other:b.x [FXG1122]"
    ]
