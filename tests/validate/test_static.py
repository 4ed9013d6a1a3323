"""The three static stages, with the real tools: right answers, the same alone and in a batch."""

import sys
import time
from pathlib import Path

import pytest
from honest_modules import HONEST, IMPORTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fxgbuild.command import Command, Completed
from fxgbuild.digest import canonical_json
from fxgbuild.errors import ToolFailed
from fxgbuild.process import run
from fxgbuild.validate import ruff, static
from fxgbuild.validate.subject import Origin, Subject

GOOD = '"""Doc."""\n\n\ndef double(x: int) -> int:\n    return 2 * x\n'


def made(name: str, code: str, origin: Origin = "generated") -> Subject:
    return Subject(f"//p:{name}", "p", name, code, (*IMPORTS, "concurrent"), (), origin)


MODULES = {
    "good": GOOD,
    "wrong_type": '"""Doc."""\n\n\ndef f(x: int) -> str:\n    return x\n',
    "untidy": '"""Doc."""\n\nimport math\n\n\ndef f(x: int) -> int:\n    assert x\n    return x\n',
    "syntax": "def f(:\n",
    "nul": "X = 1\0\n",
    "type_comment": "def f(a, b):\n    # type: (int, -> str\n    return a\n",
    "nested": "X = " + "(" * 190 + "1" + ",)" * 190 + "\n",
    "deep_sum": "X = " + "1 + " * 60_000 + "1\n",
    "crlf": '"""Doc."""\r\n\r\n\r\ndef f(x: int) -> str:\r\n    return x\r\n',
    "empty": "",
    "implicit": "import concurrent\n\n\ndef f() -> object:\n    return concurrent.futures\n",
    "explicit": "import concurrent.futures\n\nX = concurrent.futures.Future\n",
    "missing": "import not_there_at_all\n\nX: int = not_there_at_all.x\n",
    "missing_too": "import not_there_at_all\n\nX = not_there_at_all\n",
    "untyped": "from scipy import signal\n\nX: int = signal.welch\n",
    "relative": "from . import u_0123456789abcdef\n",
    "sibling": "import u_0123456789abcdef\n",
    "cyclic": "class A(B):\n    pass\n\n\nclass B(A):\n    pass\n",
    "silenced": "X: int = 'a'  # type: ignore[assignment]\n",
    "unknown_encoding": "# coding: no-such-thing\nX = 1\n",
    "endless": "from typing import Final\n\nA: Final = 10**9\nX: Final = A**A\n",
    "endless_text": "X = 'a' * 10**10\n",
    "return_outside": "return 1\n",
    "class_named": '"""Doc."""\n\n\nclass A:\n    x: int = "a"\n\n\nY: int = A()\n',
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("mypy"))


def check(
    stage: str, subjects: list[Subject], cache: str, runner: static.Run = run
) -> static.Found:
    return static.check(stage, subjects, runner, python=sys.executable, cache_dir=cache)


def rules(stage: str, code: str, cache: str, origin: Origin = "generated") -> set[str]:
    return {one.rule for one in check(stage, [made("m", code, origin)], cache)["//p:m"]}


@pytest.fixture(scope="module")
def alone(cache: str) -> dict[str, static.Found]:
    """What each module gets when it is the whole batch."""
    found: dict[str, static.Found] = {stage: {} for stage in static.STAGES}
    for stage in static.STAGES:
        for name, code in MODULES.items():
            found[stage] |= check(stage, [made(name, code)], cache)
    return found


@pytest.mark.parametrize("stage", static.STAGES)
def test_honest_modules_pass_every_stage(stage: str, cache: str) -> None:
    found = check(stage, [made(name, code) for name, code in HONEST.items()], cache)
    assert found == {f"//p:{name}": () for name in HONEST}


@pytest.mark.parametrize("stage", static.STAGES)
def test_all_modules_in_one_batch_get_what_they_get_alone(
    stage: str, cache: str, alone: dict[str, static.Found]
) -> None:
    for order in (list(MODULES), list(reversed(MODULES))):
        assert check(stage, [made(name, MODULES[name]) for name in order], cache) == alone[stage]


@settings(
    max_examples=6,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(names=st.lists(st.sampled_from(sorted(MODULES)), unique=True, min_size=2))
def test_a_verdict_is_the_same_in_any_batch(
    names: list[str], cache: str, alone: dict[str, static.Found]
) -> None:
    for stage in static.STAGES:
        batch = [made(name, MODULES[name]) for name in names]
        assert check(stage, batch, cache) == {
            f"//p:{name}": alone[stage][f"//p:{name}"] for name in names
        }


def test_a_verdict_does_not_depend_on_names_or_cache(alone: dict[str, static.Found]) -> None:
    other = Subject("//elsewhere:x", "elsewhere", "x", MODULES["class_named"], IMPORTS)
    cold = check("type", [other], "/dev/null")["//elsewhere:x"]
    assert cold == alone["type"]["//p:class_named"]
    assert not any("u_" in one.message for one in cold)


def test_equal_code_under_two_labels_gets_equal_findings(cache: str) -> None:
    for stage in static.STAGES:
        twice = [made("a", MODULES["wrong_type"]), made("b", MODULES["wrong_type"])]
        found = check(stage, twice, cache)
        assert found["//p:a"] == found["//p:b"]


@pytest.mark.parametrize("stage", static.STAGES)
@pytest.mark.parametrize("name", ["syntax", "nul", "nested", "deep_sum", "endless", "endless_text"])
def test_what_no_tool_can_be_shown_has_one_finding(
    stage: str, name: str, alone: dict[str, static.Found]
) -> None:
    assert len(alone[stage][f"//p:{name}"]) == 1


@pytest.mark.parametrize(
    ("stage", "name", "expected"),
    [
        ("lint", "untidy", {"F401"}),
        ("lint", "good", set()),
        ("type", "good", set()),
        ("type", "wrong_type", {"return-value"}),
        ("type", "missing", {"import-not-found"}),
        ("type", "untyped", set()),
        ("type", "silenced", {"silenced"}),
        ("type", "relative", {"relative-import"}),
        ("type", "type_comment", {"no-untyped-def", "syntax"}),
        ("security", "good", set()),
        ("security", "untidy", {"B101"}),
    ],
)
def test_a_stage_finds_its_faults(
    stage: str, name: str, expected: set[str], alone: dict[str, static.Found]
) -> None:
    assert {one.rule for one in alone[stage][f"//p:{name}"]} == expected


def test_a_finding_stands_at_its_place(alone: dict[str, static.Found]) -> None:
    (one,) = alone["type"]["//p:wrong_type"]
    assert (one.stage, one.line, one.column) == ("type", 5, 12)
    (one,) = alone["lint"]["//p:untidy"]
    assert (one.line, one.column) == (3, 8)
    (one,) = alone["security"]["//p:untidy"]
    assert (one.rule, one.line, one.column) == ("B101", 7, 5)


@pytest.mark.parametrize(
    ("stage", "line", "rule"),
    [
        ("lint", "import os  # noqa\n", "F401"),
        ("lint", "# ruff: noqa\nimport os\n", "F401"),
        ("lint", "# ruff: disable[F401]\nimport os\n# ruff: enable[F401]\n", "F401"),
        ("security", "X = eval('1')  # nosec\n", "B307"),
    ],
)
def test_generated_code_silences_no_tool_and_people_do(
    stage: str, line: str, rule: str, cache: str
) -> None:
    assert rule in rules(stage, line, cache)
    assert rule not in rules(stage, line, cache, "source")


def test_mypy_is_silenced_by_no_generated_comment_or_decorator(cache: str) -> None:
    code = "import typing\n\n\n@typing.no_type_check\ndef f(x):\n    return x\n"
    assert rules("type", code, cache) == {"silenced"}
    assert rules("type", code, cache, "source") == set()
    assert "silenced" in rules("type", "# mypy: ignore-errors\nX: int = 'a'\n", cache)


def test_a_tool_that_stops_at_one_module_still_answers_for_the_others(cache: str) -> None:
    """A module whose text makes the tool die is found by halving, and alone has the finding."""
    fatal = made("fatal", '"""Fatal."""\n')

    def dies(command: Command) -> Completed:
        if any(name == fatal.path for name, _ in command.files):
            return Completed(-11, b"", b"Segmentation fault")
        return run(command)

    batch = [fatal, *(made(name, MODULES[name]) for name in ("good", "wrong_type", "untidy"))]
    for stage in static.STAGES:
        found = check(stage, batch, cache, dies)
        assert [one.rule for one in found["//p:fatal"]] == ["unread"]
        assert found["//p:wrong_type"] == check(stage, batch[2:3], cache)["//p:wrong_type"]


def test_a_slow_machine_makes_no_verdict(cache: str) -> None:
    def slow(command: Command) -> Completed:
        if any(name == made("slow", "").path for name, _ in command.files):
            return Completed(-9, b"", b"", timed_out=True)
        return run(command)

    batch = [made("slow", ""), made("good", GOOD)]
    for stage in static.STAGES:
        with pytest.raises(ToolFailed, match="took too long"):
            check(stage, batch, cache, slow)


@pytest.mark.parametrize("stage", static.STAGES)
def test_a_tool_that_cannot_work_is_an_accident(stage: str, cache: str) -> None:
    def broken(_: Command) -> Completed:
        return Completed(127, b"", b"not found")

    with pytest.raises(ToolFailed, match="127"):
        check(stage, [made("good", GOOD)], cache, broken)


def test_an_interpreter_that_is_not_there_is_an_accident(cache: str) -> None:
    with pytest.raises(ToolFailed, match="mypy"):
        static.check("type", [made("g", GOOD)], run, python="/no/python", cache_dir=cache)


def test_an_empty_batch_starts_nothing() -> None:
    def never(_: Command) -> Completed:
        raise AssertionError

    for stage in static.STAGES:
        assert check(stage, [], "/dev/null", never) == {}


def test_configurations_are_canonical() -> None:
    for stage in static.STAGES:
        assert canonical_json(static.stage_configuration(stage))
        assert static.stage_version(stage) >= 1
        name, version = static.stage_tool(stage)
        assert name in ("ruff", "mypy", "bandit")
        assert version[0].isdigit()


def test_a_hole_is_tidied() -> None:
    hole = "import numpy as np\nimport math\ndef f( x ):\n  return math.sqrt( x )+np.pi\n"
    tidy = ruff.tidy(hole, run)
    assert tidy.startswith("import math\n\nimport numpy as np\n\n\ndef f(x):\n    return")
    assert ruff.tidy(tidy, run) == tidy
    assert ruff.tidy("def f(:\n", run) == "def f(:\n"
    assert ruff.tidy("", run) == ""


def test_ten_thousand_files_fit_one_command_line(tmp_path: Path) -> None:
    many = [made(f"m{i}", f'"""Doc."""\n\nX = {i}\n') for i in range(10_000)]
    began = time.monotonic()
    found = check("lint", many, str(tmp_path))
    assert len(found) == 10_000
    assert not any(found.values())
    assert time.monotonic() - began < 60
