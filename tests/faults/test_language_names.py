"""Names made to deceive: paths in labels, devices, look-alikes, what a terminal would obey.

Each refusal is shown to be what keeps the bad thing from happening.
"""

import re
import unicodedata
from pathlib import Path, PurePosixPath

import pytest

from fxgbuild.lang import label
from fxgbuild.lang.label import NAME, PACKAGE, parse_pattern
from fxgbuild.lang.load import load_workspace
from fxgbuild.problem import Location, Problem
from tests.lang.workspaces import FILES, GRAPH, edited, load, said, write

HOSTILE = [
    "//../x",
    "//../x:y",
    "//a//b",
    "//a/../b:c",
    "//a/./b",
    "//a:..",
    "//a:../b",
    "//a:b/c",
    "///etc/passwd",
    "//a:",
    "//a:b:c",
    "//a\0b:c",
    "//a:b\0",
    "//" + "a" * 4096,
    "//a:" + "b" * 4096,
    "-rf",
    "--",
    "//-rf:x",
    "//a:-rf",
    "//a:b\n",
    "//a\n:b",
    "//a:b ",
    "//A:b",
    "//a:B",
    "//con:x",
    "//a/aux:x",
    "//a:nul",
    "//a:lpt1",
    "//CON:x",
    "//a:\u043e",  # Cyrillic o
    "//caf\u00e9:x",
    "//cafe\u0301:x",
    "//a:x\u200by",
    "//a:\uff56",  # full-width v
    "//a:\u0131",  # dotless i
    "",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_label_is_refused_in_one_short_sentence(text: str) -> None:
    said = parse_pattern(text)
    assert isinstance(said, str)
    assert len(said) < 250


def test_the_grammar_is_what_keeps_a_label_inside_its_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    anything = re.compile(r".*", re.DOTALL)
    monkeypatch.setattr(label, "PACKAGE", anything)
    monkeypatch.setattr(label, "NAME", anything)
    accepted = [found for text in HOSTILE if not isinstance(found := parse_pattern(text), str)]
    homes = [PurePosixPath(found.package, found.name) for found in accepted]
    assert [home for home in homes if ".." in home.parts]
    assert [home for home in homes if "\0" in str(home)]


def test_every_name_the_grammar_takes_is_a_plain_path_on_every_system() -> None:
    for text in ("a", "eeg_2", "z" * 63):
        assert NAME.fullmatch(text)
    for text in ("a", "a/b-c/d_e", "console", "com10", "auxiliary/contact"):
        assert PACKAGE.fullmatch(text)
    for text in ("con", "a/nul", "com1/a", "a/prn/b", "a" * 64, "/".join("a" * 17)):
        assert not PACKAGE.fullmatch(text)


def test_no_two_names_differ_in_case_or_form_alone() -> None:
    letters = {chr(code) for code in range(0x3000) if NAME.fullmatch("a" + chr(code))}
    assert len(letters) == len({unicodedata.normalize("NFKC", x).casefold() for x in letters})
    assert all(letter.isascii() for letter in letters)


@pytest.mark.parametrize("folder", ["Demo", "DEMO", "con", "d\u0435mo", "cafe\u0301", "a b", "-rf"])
def test_a_folder_whose_name_is_no_package_is_a_problem_not_a_package(
    tmp_path: Path, folder: str
) -> None:
    """`Demo` beside `demo` would be one folder on a disk that does not tell cases apart."""
    workspace, problems = load(write(tmp_path, FILES | {f"packages/{folder}/fxg.yaml": GRAPH}))
    assert list(workspace.graphs) == ["demo"]
    assert [problem.id for problem in problems] == ["FXG1114"]
    assert problems[0].where.path == f"packages/{folder}/fxg.yaml"


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Shape", "FXG1102"),
        ("sh\u0430pe", "FXG1102"),  # Cyrillic a
        ("shape\u200d", "FXG1102"),
        ('"../shape"', "FXG1102"),
        ('"sh\\0pe"', "FXG1102"),
        ('"-rf"', "FXG1102"),
        ('"shape\\n"', "FXG1102"),
        ("s" * 4096, "FXG1101"),  # YAML ends a plain key at 1024 characters
        (f'? "{"s" * 4096}"\n  ', "FXG1102"),
        ("aux", "FXG1114"),
        ("com1", "FXG1114"),
        ("all", "FXG1114"),
    ],
    ids=ascii,
)
def test_a_hostile_node_name_is_located_at_the_name(tmp_path: Path, name: str, id: str) -> None:
    files = edited(FILES, "packages/demo/fxg.yaml", "  shape:\n", f"  {name}:\n")
    line = GRAPH.splitlines().index("  shape:") + 1
    _, problems = load(write(tmp_path, files))
    found = [problem for problem in problems if problem.id == id]
    assert found, said(problems)
    assert found[0].where.line == line
    assert all(text.isprintable() for problem in problems for text in problem.lines())
    assert all(len(text) < 3000 for problem in problems for text in problem.lines())


def test_nodes_that_differ_in_invisible_characters_would_be_two_without_the_grammar() -> None:
    names = ["shape", "shape\u200d", "sh\u0430pe"]
    assert len(set(names)) == 3
    assert [name for name in names if NAME.fullmatch(name)] == ["shape"]


def test_what_a_terminal_would_obey_is_spelled_out() -> None:
    text = "a\x1b[2Jb\rc\u202ed\u200be\nf\x07"
    problem = Problem(Location("x\x1b.yaml", 1, 1), "FXG1102", text, asked_by=text, hint=text)
    assert all(line.isprintable() for line in problem.lines())
    assert "a\\x1b[2Jb\\rc\\u202ed\\u200be\\nf\\x07" in problem.lines()[0]
    assert not text.isprintable()


def test_a_file_name_with_controls_does_not_reach_the_terminal(tmp_path: Path) -> None:
    from fxgbuild.files import DiskTree

    write(tmp_path, FILES | {"packages/a\x1b[2Jb/fxg.yaml": GRAPH})
    _, problems = load_workspace(DiskTree(tmp_path))
    assert [problem.id for problem in problems] == ["FXG1114"]
    assert all(line.isprintable() for line in problems[0].lines())
