"""Templates: the contract a model sees, and the pure render of a hole."""

import ast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fxgbuild.lang.template import BadTemplate, Template, parse_template, render, split_imports
from tests.lang.workspaces import CLEAN, PLAIN

HOLE = '''\
def clean(signal: Floats, *, strength: float, gain: float, seed: int) -> Floats:
    """Return the cleaned signal, in uV."""
    return _twice(signal)


def _twice(signal: Floats) -> Floats:
    return np.asarray(signal * 2.0, dtype=np.float64)
'''


def template(text: str = CLEAN, function: str = "clean") -> Template:
    return parse_template(f"templates/{function}.py", text.encode(), function)


def rendered(hole: str) -> str:
    return render(template(), hole)


# The contract -------------------------------------------------------------------------------------


def test_the_contract_is_the_signature_and_all_that_it_needs() -> None:
    text = CLEAN.replace("# fxg:hole", "LIMIT = 5\n\n\n# fxg:hole").replace(
        "import numpy as np\n", "import math\nimport os.path\n\nimport numpy as np\n"
    )
    assert template(text).contract.to_json() == {
        "signature": "def clean(signal: Floats, *, strength: float, gain: float, seed: int)"
        " -> Floats:",
        "docstring": "Return the cleaned signal, in uV.",
        "imports": [
            "from typing import TypeAlias",
            "import numpy as np",
            "import numpy.typing as npt",
        ],
        "declarations": ["Floats: TypeAlias = npt.NDArray[np.float64]"],
    }


OUTSIDE = [
    ('"""Cleaning."""', '"""Quite another module docstring."""'),
    ("# fxg:hole", "_SCALE = 3.0\n\n\n# fxg:hole"),
    ("# fxg:end\n", "# fxg:end\n\n\ndef helper() -> int:\n    return 1\n"),
    ("import numpy as np\n", "import math\n\nimport numpy as np\n"),
    ("    raise NotImplementedError", "    # a comment\n    raise NotImplementedError"),
    ("    raise NotImplementedError", "    return signal"),
    ("(signal: Floats, *, strength", "(\n    signal: Floats, *, strength"),
    ("Floats: TypeAlias", "# a comment\nFloats: TypeAlias"),
    ("\n", "\r\n"),
    ('"""Return', '"""\n    Return'),
]


@pytest.mark.parametrize(("old", "new"), OUTSIDE)
def test_a_change_outside_of_the_contract_leaves_the_contract(old: str, new: str) -> None:
    changed = template(CLEAN.replace(old, new))
    assert changed.contract == template().contract
    assert changed.contract.to_json() == template().contract.to_json()


INSIDE = [
    ("strength: float", "strength: int"),
    ("seed: int", "seed: int = 0"),
    ("-> Floats", "-> npt.NDArray[np.float64]"),
    ("in uV.", "in mV."),
    ("np.float64", "np.float32"),
    ("import numpy.typing as npt", "import numpy as npt"),
]


@pytest.mark.parametrize(("old", "new"), INSIDE)
def test_a_change_of_what_the_model_sees_changes_the_contract(old: str, new: str) -> None:
    assert template(CLEAN.replace(old, new)).contract != template().contract


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("def clean(:\n", "not Python", 1),
        ("x = 1\n\x00", "not Python", 1),
        ("x = " + "-" * 100_000 + "1\n", "not Python", 1),
        ("x = " + "(" * 1000 + "\n", "not Python", 1),
        ("def other() -> int:\n    return 1\n", "the function `clean` is missing", 1),
        ("class A:\n    def clean(self) -> int:\n        return 1\n", "is missing", 1),
        (CLEAN.replace("# fxg:end", ""), "at most one hole", 1),
        (CLEAN.replace("# fxg:hole", ""), "at most one hole", 1),
        (CLEAN + CLEAN, "at most one hole", 1),
        (
            "# fxg:hole\n# fxg:end\ndef clean() -> int:\n    return 1\n",
            "`clean` stands outside the hole",
            3,
        ),
        (
            "# fxg:end\ndef clean() -> int:\n    return 1\n# fxg:hole\n",
            "`clean` stands outside the hole",
            2,
        ),
        (
            "# fxg:hole\ndef clean() -> int:\n    # fxg:end\n    return 1\n",
            "the hole ends inside `clean`",
            3,
        ),
    ],
)
def test_a_broken_template_says_why_and_where(text: str, said: str, line: int) -> None:
    with pytest.raises(BadTemplate, match=said) as caught:
        template(text)
    assert caught.value.line == line


@given(st.binary(max_size=80))
def test_random_bytes_are_at_worst_a_bad_template(data: bytes) -> None:
    with pytest.raises(BadTemplate):
        parse_template("t.py", data, "clean")


# The render ---------------------------------------------------------------------------------------


def test_a_hole_stands_between_its_marks_and_its_imports_below_the_template_s() -> None:
    module = rendered("import math\nfrom collections.abc import Sequence\n\n" + HOLE)
    head, rest = module.split("# fxg:hole\n")
    assert head.splitlines()[2:9] == [
        "from typing import TypeAlias",
        "",
        "import numpy as np",
        "import numpy.typing as npt",
        "from collections.abc import Sequence",
        "import math",
        "",
    ]
    assert rest == HOLE + "# fxg:end\n"


def test_an_import_that_is_there_already_is_not_repeated() -> None:
    module = rendered("import numpy as np\nimport numpy.typing as npt, math\n" + HOLE)
    assert module.count("import numpy as np\n") == 1
    assert module.count("import numpy.typing as npt\n") == 1
    assert module.count("import math\n") == 1


def test_an_import_inside_of_a_function_stays_where_it_is() -> None:
    hole = HOLE.replace("    return _twice", "    import math\n    return _twice")
    assert hole.strip() in rendered(hole)


@pytest.mark.parametrize(
    "kept",
    [
        "_A = 1",
        "_A = 1; _B = 2",
        "_A = '''\nimport os\n'''",
        "_A = 'a\u2028b'\n_B = 'c\x0cd'\n_C = 'e\x85f'",
    ],
)
def test_hoisting_imports_loses_no_other_statement(kept: str) -> None:
    for hole in (
        f"import math\n{kept}\n{HOLE}",
        f"{kept}\nimport math\n{HOLE}",
        f"import math; {kept}\n{HOLE}",
    ):
        statements = [
            ast.unparse(x)
            for x in ast.parse(hole).body
            if not isinstance(x, ast.Import | ast.ImportFrom)
        ]
        module = [ast.unparse(x) for x in ast.parse(rendered(hole)).body]
        assert [x for x in module if x in statements] == statements
        assert module.count("import math") == 1


def test_a_template_without_a_hole_is_rendered_as_itself_whatever_the_hole() -> None:
    plain = template(PLAIN, "plain")
    assert not plain.has_hole
    assert render(plain, "") == render(plain, HOLE) == PLAIN
    assert render(template(render(plain, ""), "plain"), "x = 1") == PLAIN


def test_what_is_rendered_is_a_template_of_the_same_contract_and_renders_to_itself() -> None:
    module = rendered("import math\n" + HOLE)
    again = template(module)
    assert again.contract == template().contract
    assert render(again, split_imports(HOLE)[1]) == module


@pytest.mark.parametrize(
    "docstring", ['"""One."""\n\n\n', '"""One.\n\nTwo.\n"""\n\n\n', "", "# a comment\n\n"]
)
def test_imports_are_hoisted_into_a_head_without_any(docstring: str) -> None:
    head = f"{docstring}# fxg:hole\ndef f() -> int:\n    raise ValueError\n# fxg:end\n"
    module = render(template(head, "f"), "import math\n\n\ndef f() -> int:\n    return 1\n")
    tree = ast.parse(module)
    assert ast.get_docstring(tree) == ast.get_docstring(ast.parse(head))
    assert "import math" in module.partition("# fxg:hole")[0]


HOSTILE = [
    "",
    "def clean(:",
    "\x00",
    "\ud800",
    "import",
    "import os\x0c\nimport sys\n",
    "import os\r_A = 1\rimport sys\r",
    "from . import x\nfrom .. import *\nfrom __future__ import annotations\n",
    "import a.b.c as d, e\nfrom f import (\n  g,\n  h as i,\n)\n",
    "import os\\\n  , sys\n",
    "if True:\n    import os\n",
    "# fxg:end\n# fxg:hole\n",
    "'''\n# fxg:end\n'''",
    "x = " + "-" * 100_000 + "1",
    "x = " + "(" * 5000,
    "x = a" + ".b" * 5000,
    "'" * 7,
    "\\",
    "\u2028import os",
]


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(HOSTILE)).map("\n".join)))
@example("import os; import sys; _A = 1\n")
def test_a_hostile_hole_never_crashes_the_render(hole: str) -> None:
    module = rendered(hole)
    assert module == rendered(hole)
    assert module.startswith('"""Cleaning."""')


@pytest.mark.parametrize("hole", HOSTILE, ids=lambda hole: repr(hole)[:20])
def test_each_hostile_hole_is_put_in_for_the_stages_to_judge(hole: str) -> None:
    assert rendered(hole).count("\n# fxg:hole\n") >= 1
