"""First-party modules beside people's code: looked at as that, each finding in its own file."""

import sys
from pathlib import Path

import pytest

from fxgbuild.finding import Finding
from fxgbuild.process import run
from fxgbuild.validate import static
from fxgbuild.validate.subject import Subject

CODE = '"""Doc."""\n\nfrom lib.text import low\n\n\ndef f(x: str) -> str:\n    return low(x)\n'
SOUND = '"""Doc."""\n\n\ndef low(text: str) -> str:\n    return text.lower()\n'
LEGACY = SOUND.replace("-> str:\n", "-> int:\n").replace("text.lower()", "len(text)")
BROKEN = "def low(:\n"
UNTIDY = '"""Doc."""\n\nimport os\n\n\ndef low(text: str) -> str:\n    return text\n'


def made(name: str, dep: str) -> Subject:
    files = (("lib/text.py", dep),)
    return Subject(f"//p:{name}", "p", name, CODE, ("lib.text",), origin="source", deps=files)


def check(stage: str, subjects: list[Subject], cache: Path) -> dict[str, tuple[Finding, ...]]:
    return static.check(stage, subjects, run, python=sys.executable, cache_dir=str(cache))


def test_a_dep_is_linted_and_searched_with_the_module_that_lists_it(tmp_path: Path) -> None:
    subjects = [made("sound", SOUND), made("untidy", UNTIDY), made("broken", BROKEN)]
    linted = check("lint", subjects, tmp_path)
    assert linted["//p:sound"] == ()
    assert [(one.file, one.rule, one.line) for one in linted["//p:untidy"]] == [
        ("lib/text.py", "F401", 3)
    ]
    assert [(one.file, one.rule) for one in linted["//p:broken"]] == [("lib/text.py", "syntax")]
    searched = check("security", subjects, tmp_path)
    assert searched["//p:sound"] == ()
    assert [(one.file, one.rule) for one in searched["//p:untidy"]] == [("lib/text.py", "import")]


@pytest.mark.slow
def test_two_modules_of_one_name_are_typed_apart(tmp_path: Path) -> None:
    subjects = [made("sound", SOUND), made("legacy", LEGACY), made("broken", BROKEN)]
    typed = check("type", subjects, tmp_path)
    assert typed["//p:sound"] == ()
    assert [(one.file, one.rule, one.line) for one in typed["//p:legacy"]] == [
        ("", "return-value", 7)
    ]
    assert [(one.file, one.rule) for one in typed["//p:broken"]] == [("lib/text.py", "syntax")]
    assert check("type", subjects[1:2], tmp_path) == {"//p:legacy": typed["//p:legacy"]}
