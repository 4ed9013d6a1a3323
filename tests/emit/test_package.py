"""What an emitted package holds, and how its `__init__` reads."""

import ast
import dataclasses
import json

import pytest

from fxgbuild.emit.package import files
from fxgbuild.emit.relocate import move, relocate

from .packages import RUNTIME, WORDS_LINK, numeric, words


def test_a_package_has_the_facade_the_runtime_the_nodes_and_the_link():
    names = [path for path, _ in files(words())]
    assert names == sorted(names)
    assert set(names) == {
        *(
            f"word_pipeline/{name}"
            for name in (
                "__init__.py",
                "__main__.py",
                "link.json",
                "py.typed",
                "nodes/__init__.py",
                "nodes/split.py",
                "nodes/statistics.py",
                "nodes/helper.py",
                "nodes/deep/__init__.py",
                "nodes/deep/base.py",
            )
        ),
        *(f"word_pipeline/_runtime/{name}" for name, _ in RUNTIME),
    }


def test_the_link_travels_with_its_numbers_typed():
    found = dict(files(numeric()))["numeric/link.json"]
    assert json.loads(found) == numeric().link
    assert b'"factor":2.0' in found


def test_node_functions_keep_their_signatures_with_linked_values_as_defaults():
    tree = ast.parse(dict(files(words()))["word_pipeline/__init__.py"])
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    split = functions["split"]
    assert [arg.arg for arg in split.args.args] == ["text"]
    assert [arg.arg for arg in split.args.kwonlyargs] == ["case", "keep"]
    assert [ast.literal_eval(default) for default in split.args.kw_defaults] == ["upper", None]
    assert ast.unparse(split.returns) == "_split_Result"
    assert ast.get_docstring(split) == (
        'Split a text into its words.\n\nA "word" is what blanks surround; \\n is a blank.'
    )
    assert [arg.arg for arg in functions["statistics"].args.kwonlyargs] == ["seed"]
    assert functions["statistics"].args.kw_defaults == [None]
    assert [arg.arg for arg in functions["run"].args.kwonlyargs] == [
        "text",
        "seed",
        "params",
        "jobs",
        "check",
        "observe",
    ]


def test_the_docstring_names_the_nodes():
    source = dict(files(words()))["word_pipeline/__init__.py"].decode()
    doc = ast.get_docstring(ast.parse(source))
    assert doc == 'Draws a word of a text: "any".\n\nNodes:\n\n- split\n- statistics'


def renamed(name):
    nodes = [{**WORDS_LINK["nodes"][0], "name": name}, WORDS_LINK["nodes"][1]]
    edges = [
        {
            key: value.replace("split.", f"{name}.") if isinstance(value, str) else value
            for key, value in edge.items()
        }
        for edge in WORDS_LINK["edges"]
    ]
    link = {**WORDS_LINK, "nodes": nodes, "edges": edges, "outputs": {}}
    return dataclasses.replace(words(), link=link)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("run", "run_"),
        ("nodes", "nodes_"),
        ("lambda", "lambda_"),
        ("print", "print"),
    ],
)
def test_a_node_named_like_something_else_gets_a_name_of_its_own(name, function):
    source = dict(files(renamed(name)))["word_pipeline/__init__.py"].decode()
    tree = ast.parse(source)
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert sorted(names) == sorted(["run", function, "statistics"])


def test_a_module_named_like_a_keyword_is_renamed_in_the_link_too():
    nodes = [{**WORDS_LINK["nodes"][0], "module": "lambda"}, WORDS_LINK["nodes"][1]]
    modules = tuple(("lambda" if name == "split" else name, text) for name, text in words().modules)
    package = words(link={**WORDS_LINK, "nodes": nodes}, modules=modules)
    found = dict(files(package))
    assert "word_pipeline/nodes/lambda_.py" in found
    assert json.loads(found["word_pipeline/link.json"])["nodes"][0]["module"] == "lambda_"
    ast.parse(found["word_pipeline/__init__.py"])


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"name": "-x"}, "distribution name"),
        ({"version": "01"}, "version in normal form"),
        ({"version": "1\nEvil: 1"}, "version in normal form"),
        ({"import_name": "a-b"}, "import name"),
        ({"import_name": "class"}, "import name"),
        ({"summary": "a\nRequires-Dist: evil"}, "several lines"),
        ({"requires": ("a\r\nb",)}, "several lines"),
        ({"metadata": {"author": "a\nb"}}, "several lines"),
    ],
)
def test_a_declaration_that_would_spoil_the_metadata_is_refused(more, what):
    with pytest.raises(ValueError, match=what):
        words(**more)


@pytest.mark.parametrize(
    ("modules", "what"),
    [
        (
            (("split", "def other() -> None: ...\n"), ("statistics", "")),
            "no function split",
        ),
        ((("split", "def split(*text: str) -> str: ...\n"), ("statistics", "")), r"\* and \*\*"),
        ((("split", "def split(text: Unknown) -> str: ...\n"), ("statistics", "")), "Unknown"),
        ((("split", ""),), "has no module 'statistics'"),
        ((("split", ""), ("split", "")), "two modules"),
        ((("../split", ""),), "not a module name"),
    ],
)
def test_modules_that_make_no_package_are_refused(modules, what):
    with pytest.raises(ValueError, match=what):
        files(words(modules=modules))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("node", "import helper\n", "from . import helper\n"),
        ("node", "import helper as h, math\n", "import math; from . import helper as h\n"),
        ("node", "from helper import a, b as c\n", "from .helper import a, b as c\n"),
        ("node", "from deep.base import a\n", "from .deep.base import a\n"),
        ("node", "import deep.base as b\n", "from .deep import base as b\n"),
        ("deep.base", "from helper import a\n", "from ..helper import a\n"),
        ("node", "from helpers import a\nimport math\n", "from helpers import a\nimport math\n"),
        ("node", "é = 1; import helper; b = 2\n", "é = 1; from . import helper; b = 2\n"),
        ("node", "def f():\n    import helper\n", "def f():\n    from . import helper\n"),
        (
            "node",
            "from helper import (\n    a,\n    b,\n)\nx = 1\n",
            "from .helper import a, b\n\n\n\nx = 1\n",
        ),
        ("node", "import helper  # why\r\nx = 1\r\n", "from . import helper  # why\r\nx = 1\r\n"),
    ],
)
def test_imports_of_shipped_modules_become_relative_and_lines_stay(name, before, after):
    assert relocate(name, before, frozenset({"helper", "deep.base"})) == after


def test_a_dotted_import_binds_its_first_name_where_it_has_moved():
    moved = relocate("node", "import deep.base\n", frozenset({"deep.base"}))
    assert moved == "from . import deep; from .deep import base as _deep_base\n"
    below = move("import deep.base, os; x = 1\n", frozenset({"deep"}), "_deps.own")
    wanted = "from _deps.own import deep; from _deps.own.deep import base as _deep_base"
    assert below == f"import os; {wanted}; x = 1\n"


def test_what_is_not_python_moves_as_it_is():
    assert move("import lib..text\n", frozenset({"lib"}), "_deps.own") == "import lib..text\n"
