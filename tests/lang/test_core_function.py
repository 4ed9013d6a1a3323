"""core.Function: what a node must say, what existing code must look like, and where it is told."""

from pathlib import Path

import pytest

from fxgbuild.lang.model import Node
from fxgbuild.plan.facts import distributions_of
from fxgbuild.plan.key import key_of
from fxgbuild.plan.preimage import generate_preimage
from tests.lang.workspaces import edited, load, loaded, node, said, write

GRAPH = "notes/fxg.yaml"
WRITTEN = """\
fxg: 1
inputs: {message: text}
nodes:
  shorten:
    task: core.Function
    function: shorten
    spec: Cut the message.
    inputs: {message: text}
    outputs: {short: text}
    parameters: {limit: {type: int, range: [1, 200], default: 80}}
    imports: [re]
    examples: [{inputs: {message: a b}, outputs: {short: a b}}]
    acceptance: {cases: cases.jsonl}
edges:
  - {from: message, to: shorten.message}
"""
FILES = {
    "fxgbuild.toml": "fxg = 1\n",
    GRAPH: WRITTEN,
    "notes/cases.jsonl": '{"inputs": {"message": ""}, "outputs": {"short": ""}}\n',
}
SOURCE = FILES | {
    GRAPH: """\
fxg: 1
inputs: {message: text}
nodes:
  shorten:
    task: core.Function
    source: own.py:shorten
    deps: [lib/text.py]
    inputs: {message: text}
    outputs: {short: text}
    acceptance: {cases: cases.jsonl}
edges:
  - {from: message, to: shorten.message}
""",
    "notes/own.py": "import re\nfrom lib.text import low\n\n\n"
    "def shorten(message: str) -> str:\n    return low(message)\n",
    "notes/lib/text.py": "def low(text: str) -> str:\n    return text.lower()\n",
    "notes/lib/more.py": "def more() -> int:\n    return 1\n",
}


def shorten(root: Path, files: dict[str, str] = FILES) -> Node:
    return node(loaded(root, files), "shorten", "notes")


def problems(root: Path, files: dict[str, str]) -> list[str]:
    return said(load(write(root, files))[1])


# Code that a model writes -------------------------------------------------------------------------


def test_a_node_without_a_source_is_written_by_a_model_against_its_ports(tmp_path: Path) -> None:
    found = shorten(tmp_path)
    assert found.is_generated()
    assert found.template
    contract = found.template.contract
    assert contract.signature == "def shorten(message: str, *, limit: int) -> str:"
    assert found.params == {"limit": 80}


def test_the_function_is_called_compute_unless_it_is_named(tmp_path: Path) -> None:
    files = edited(FILES, GRAPH, "    function: shorten\n", "")
    assert shorten(tmp_path, files).function == "compute"


def test_labels_are_in_no_key_and_the_functions_name_is(tmp_path: Path) -> None:
    def key(files: dict[str, str], name: str) -> str:
        workspace = loaded(tmp_path / name, files)
        found = workspace.node(next(iter(workspace.graphs["notes"].nodes.values())).label)
        assert found
        return key_of("generate", generate_preimage(workspace, found)).hex

    plain = key(FILES, "plain")
    renamed = FILES | {
        GRAPH: WRITTEN.replace("  shorten:\n", "  cut:\n").replace("shorten.m", "cut.m")
    }
    assert key(renamed, "renamed") == plain
    named = edited(FILES, GRAPH, "function: shorten", "function: cut")
    assert key(named, "named") != plain


WRITTEN_WRONG = [
    ("    acceptance: {cases: cases.jsonl}\n", "", "5:5: a model writes this node and no rule set"),
    ("{cases: cases.jsonl}", "{}", "13:17: this `acceptance` has neither `cases` nor `tests`"),
    ("    spec: Cut the message.\n", "", "5:5: a model writes this node, so it needs a `spec`"),
    ("function: shorten", "function: class", "6:15: `class` is a word of Python"),
    ("function: shorten", "function: len", "6:15: `len` has a meaning of its own"),
    ("function: shorten", "function: Cut", "6:15: `Cut` is no function name"),
    ("    outputs: {short: text}\n", "", "5:5: core.Function needs `outputs`"),
    (
        "{short: text}\n",
        "{short: text, count: int}\n",
        "9:28: several outputs come back as",
    ),
    ("inputs: {message: text}\n    out", "inputs: {from: text}\n    out", "8:14: `from` is a word"),
    ("parameters: {limit", "parameters: {message", "10:18: `message` is an input and a parameter"),
    ("default: 80", "default: 800", "10:63: the default is 800, outside [1.0, 200.0]"),
    ("[re]", "[os]", "11:15: `os` of the standard library is not open to generated code"),
    ("[re]", "[nunpy]", "11:15: no distribution is known to provide `nunpy`"),
    ("[re]", "[pandsa.core]", "11:15: no distribution is known to provide `pandsa.core`"),
    ("    imports: [re]\n", "    deps: [lib.py]\n", "11:5: `deps` are modules beside a `source`"),
    (
        "    imports: [re]\n",
        "    ports: {short: int}\n",
        "11:5: `ports` change those of a rule",
    ),
]


@pytest.mark.parametrize(("old", "new", "wanted"), WRITTEN_WRONG)
def test_what_a_written_node_lacks_is_told_where_it_stands(
    tmp_path: Path, old: str, new: str, wanted: str
) -> None:
    found = problems(tmp_path, edited(FILES, GRAPH, old, new))
    assert any(line.startswith(f"{GRAPH}:{wanted}") for line in found), found


def test_examples_alone_are_not_enough_and_the_hint_says_why(tmp_path: Path) -> None:
    files = edited(FILES, GRAPH, "    acceptance: {cases: cases.jsonl}\n", "")
    (problem,) = [x for x in load(write(tmp_path, files))[1] if x.id == "FXG1118"]
    assert "acceptance/NAME.jsonl" in problem.hint
    assert "examples are shown to the model" in problem.hint


def test_modules_come_from_the_distribution_of_their_name_or_of_a_stated_one(
    tmp_path: Path,
) -> None:
    stated = '[re, sklearn.svm, own_thing]\n    distributions: {nunpy: {requires: ">=2"}}'
    files = edited(FILES, GRAPH, "[re]", stated.replace("re,", "re, nunpy.fft,"))
    found = {item.name: item.requires for item in distributions_of(shorten(tmp_path, files))}
    assert found == {"nunpy": ">=2", "scikit-learn": "", "own_thing": ""}


@pytest.mark.parametrize("module", ["ujson", "numba", "sympy", "attrs", "pandera", "regex"])
def test_a_module_that_only_looks_like_another_is_taken_at_its_word(
    tmp_path: Path, module: str
) -> None:
    files = edited(FILES, GRAPH, "[re]", f"[{module}]")
    assert [item.name for item in distributions_of(shorten(tmp_path, files))] == [module]


def test_an_artifact_needs_what_its_ports_values_are_carried_by(tmp_path: Path) -> None:
    files = edited(
        FILES, GRAPH, "outputs: {short: text}", 'outputs: {short: "list<table<a: int>?>"}'
    )
    files = edited(files, GRAPH, "outputs: {short: a b}", "outputs: {short: []}")
    names = [item.name for item in distributions_of(shorten(tmp_path, files))]
    assert sorted(names) == ["numpy", "pandas", "pyarrow"]


# Code that exists ---------------------------------------------------------------------------------


def test_a_source_and_its_deps_are_read(tmp_path: Path) -> None:
    found = shorten(tmp_path, SOURCE)
    assert found.source
    assert [dep.path for dep in found.source.deps] == ["lib/text.py"]
    assert not found.is_generated()


FITS = [
    "def shorten(message: str, extra: int = 3) -> str: ...",
    "@functools.cache\ndef shorten(message: str) -> str: ...",
    "def shorten(*, message: str) -> str: ...",
    "def shorten(message: str) -> str: return [x for x in (lambda: (yield))()]",
]


@pytest.mark.parametrize("text", FITS)
def test_a_function_that_takes_the_ports_by_name_fits(tmp_path: Path, text: str) -> None:
    assert shorten(tmp_path, SOURCE | {"notes/own.py": f"import functools\n{text}\n"}).source


MISFITS = [
    ("async def shorten(message: str) -> str: ...", "own.py:2:1: `shorten` is `async`"),
    ("class A:\n    def shorten(self): ...", "own.py:3:5: `shorten` is defined inside something"),
    ("@odd\ndef shorten(message): ...", "own.py:3:1: `shorten` is decorated by `odd`"),
    ("shorten = len", "own.py:2:1: `shorten` is assigned, not defined"),
    ("class shorten: ...", "own.py:2:1: `shorten` is a class"),
    ("from a import shorten", "own.py:2:1: `shorten` is imported here"),
    ("def shorten(text): ...", "own.py:2:1: `shorten` needs `text`"),
    ("def shorten(): ...", "own.py:2:1: `shorten` does not take `message`"),
    ("def shorten(message, /): ...", "own.py:2:1: `shorten` takes arguments that have no name"),
    ("def shorten(**message): ...", "own.py:2:1: `shorten` takes arguments that have no name"),
    ("def shorten(message): yield message", "own.py:2:1: `shorten` yields"),
    ("def shorten(message=X): ...", "own.py:2:1: `shorten` has a default for `message`"),
    ("def shorten(message) str: ...", "own.py:2:22: not Python: expected ':'"),
    ("def shortn(message): ...", "fxg.yaml:6:13: `own.py` has no function `shorten`"),
]


@pytest.mark.parametrize(("text", "wanted"), MISFITS)
def test_a_function_that_does_not_fit_is_one_error_with_what_it_should_read(
    tmp_path: Path, text: str, wanted: str
) -> None:
    files = SOURCE | {"notes/own.py": f'"""Own."""\n{text}\n'}
    (problem,) = load(write(tmp_path, files))[1]
    assert problem.lines()[0].startswith(f"notes/{wanted}"), problem.lines()
    assert problem.asked_by == "//notes:shorten"
    if "not Python" not in wanted:
        assert problem.hint == "it should read `def shorten(message: str) -> str:`"
    assert problem.near == ("`shortn`" if "shortn" in text else "")


UNDECLARED = [
    ("notes/own.py", "from lib import text, more\n", "1:1: `own.py` imports `lib/more.py`"),
    ("notes/own.py", "import os\nimport lib.more as m\n", "2:1: `own.py` imports `lib/more.py`"),
    ("notes/lib/text.py", "x = 1\nfrom lib.more import more\n", "2:1: `lib/text.py` imports"),
]


@pytest.mark.parametrize(("file", "head", "wanted"), UNDECLARED)
def test_an_undeclared_first_party_import_names_the_file_to_add(
    tmp_path: Path, file: str, head: str, wanted: str
) -> None:
    (problem,) = load(write(tmp_path, SOURCE | {file: head + SOURCE[file]}))[1]
    assert problem.lines()[0].startswith(f"{file}:{wanted}"), problem.lines()
    assert problem.hint == "add `lib/more.py` to `deps` of //notes:shorten"


def test_the_module_that_makes_a_folder_a_package_is_imported_with_it(tmp_path: Path) -> None:
    (problem,) = load(write(tmp_path, SOURCE | {"notes/lib/__init__.py": ""}))[1]
    assert "`lib/__init__.py`, which is not declared" in problem.message


BAD_DEPS = [
    ("[lib/text.txt]", "the dep `lib/text.txt` is no module"),
    ("[lib/text.py, lib/text.py]", "the dep `lib/text.py` stands twice"),
    ("[lib/text.py, json.py]", "the dep `json.py` hides the module `json`"),
    ("[lib/text.py, ../x.py]", "the dep `../x.py` is no module"),
    ("[lib/text.py, lib/none.py]", "the file `notes/lib/none.py` does not exist"),
]


@pytest.mark.parametrize(("deps", "wanted"), BAD_DEPS)
def test_a_dep_that_cannot_be_imported_is_told_where_it_stands(
    tmp_path: Path, deps: str, wanted: str
) -> None:
    found = problems(tmp_path, edited(SOURCE, GRAPH, "[lib/text.py]", deps))
    assert any(line.startswith(f"{GRAPH}:7:") and wanted in line for line in found), found
