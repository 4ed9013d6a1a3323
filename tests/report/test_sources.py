"""A finding in rendered code stands in the file that a person edits or reviews."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.lang.template import parse_template, render
from fxgbuild.report.failures import Place
from fxgbuild.report.sources import in_file, in_pin

TEMPLATE = parse_template(
    "rules/a/templates/f.py",
    b'"""A task."""\n\nimport math\n\nLIMIT = 3\n\n\n# fxg:hole\ndef f(x: int) -> int:\n'
    b'    """Do it."""\n    raise NotImplementedError\n\n\n# fxg:end\n\n\nAFTER = f\n',
    "f",
)
HOLE = """import math
import os

from json import (
    dumps,
)


def f(x: int) -> int:
    if x:
        return 1

    return 1


def g() -> str:
    return dumps(os.name)
"""
PIN = "cache/a/f/code.py"
RENDERED = render(TEMPLATE, HOLE)


def at(text, rendered=RENDERED):
    lines = rendered.split("\n")
    return [number for number, line in enumerate(lines, 1) if line == text]


@pytest.mark.parametrize(
    "text", ["def f(x: int) -> int:", "    if x:", "    return dumps(os.name)"]
)
def test_a_line_of_the_hole_is_the_pin_s(text):
    (line,) = at(text)
    place = in_pin(Place("out/a/f.py", line, 5), RENDERED, PIN, HOLE)
    assert place.path == PIN
    assert HOLE.split("\n")[place.line - 1] == text
    assert place.column == 5


def test_of_two_equal_lines_each_keeps_its_own():
    lines = at("")
    inside = [in_pin(Place("out/a/f.py", line), RENDERED, PIN, HOLE) for line in lines]
    numbers = [place.line for place in inside if place.path == PIN]
    assert numbers == sorted(set(numbers))
    assert all(HOLE.split("\n")[number - 1] == "" for number in numbers)


@pytest.mark.parametrize("text", ["LIMIT = 3", "AFTER = f", "import os"])
def test_a_line_of_the_template_stays_where_it_is(text):
    (line,) = at(text)
    place = Place("out/a/f.py", line, 1)
    assert in_pin(place, RENDERED, PIN, HOLE) == place


def test_other_code_than_the_pin_s_stays_where_it_is():
    place = Place("out/a/f.py", at("    if x:")[0], 1)
    assert in_pin(place, RENDERED, PIN, HOLE.replace("if x", "if not x")) == place
    assert in_pin(Place("out/a/f.py"), RENDERED, PIN, "x = 1\n") == Place("out/a/f.py")


def test_a_whole_file_is_the_whole_pin():
    assert in_pin(Place("out/a/f.py"), RENDERED, PIN, HOLE) == Place(PIN)


@given(st.lists(st.sampled_from(["x = 1", "", "import os", "def g() -> None:", "    pass"])))
def test_a_mapped_line_is_always_the_same_text(lines):
    hole = "\n".join(lines)
    rendered = render(TEMPLATE, hole)
    for number, text in enumerate(rendered.split("\n"), 1):
        place = in_pin(Place("out/a/f.py", number), rendered, PIN, hole)
        if place.path == PIN:
            assert hole.split("\n")[place.line - 1] == text


def test_a_module_that_is_a_file_is_that_file():
    source = Place("out/a/f.py", 3, 1)
    assert in_file(source, "a\nb\nc\n", "rules/f.py", "a  \nb\nc\n") == Place("rules/f.py", 3, 1)
    assert in_file(source, "a\nb\nc\n", "rules/f.py", "a\nc\n") == source
