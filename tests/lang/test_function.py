"""The template of a function without a rule set: what any ports make, and which names are taken."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.lang.function import (
    function_template,
    name_problem,
    port_problem,
    required_modules,
)
from fxgbuild.lang.model import Parameter
from fxgbuild.lang.schema import parse_schema
from fxgbuild.lang.template import Template, render
from fxgbuild.validate.policy import check
from fxgbuild.validate.ruff import IGNORE, LINE_LENGTH, SELECT
from fxgbuild.validate.subject import Subject
from tests.strategies import schemas

PORTS = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True).filter(
        lambda name: not port_problem(name, is_field=True)
    ),
    schemas,
    max_size=4,
)
ODD = st.text(st.characters(codec="utf-8"), min_size=1, max_size=120)


def ports(**shorthand: str) -> dict[str, Any]:
    return {name: parse_schema(text, {}) for name, text in shorthand.items()}


def made(inputs: str = "text", outputs: str = "text", **params: Parameter) -> Template:
    return function_template("f", ports(given=inputs), ports(found=outputs), params)


def ruff(*words: str, text: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", "--stdin-filename"]
    argv += ["hole.py", "--config", f"line-length={LINE_LENGTH}", "--target-version", "py311", "-"]
    return subprocess.run(argv, input=text, capture_output=True, text=True, check=False)


@settings(max_examples=15, deadline=None)
@given(PORTS, PORTS.filter(bool), st.lists(ODD, max_size=3, unique=True))
def test_any_ports_make_a_template_that_renders_lints_and_is_formatted(
    inputs: dict[str, Any], outputs: dict[str, Any], values: list[str]
) -> None:
    params = {"mode": Parameter("mode", "enum", values=tuple(values))} if values else {}
    template = function_template("f", inputs, outputs, {} if "mode" in inputs else params)
    assert template.has_hole
    hole = template.text.split("# fxg:hole\n")[1].split("# fxg:end")[0]
    assert render(template, hole) == template.text.replace("\n\n\n# fxg:end", "\n# fxg:end")
    assert ruff("format", "--quiet", text=template.text).stdout == template.text
    rules = ("--select", ",".join(SELECT), "--ignore", ",".join(IGNORE))
    found = ruff("check", "--quiet", *rules, text=template.text)
    assert found.returncode == 0, found.stdout
    modules = required_modules(template)
    assert check(Subject("//a:f", "a", "f", template.text, modules)) == ()


@pytest.mark.parametrize(
    ("shorthand", "annotation", "modules"),
    [
        ("text", "str", ()),
        ("bytes", "bytes", ()),
        ("bool", "bool", ()),
        ("int in [0, 9]", "int", ()),
        ("float Hz", "float", ()),
        ("date", "datetime.date", ("datetime",)),
        ("decimal?", "decimal.Decimal | None", ("decimal",)),
        ("list<list<int>>", "list[list[int]]", ()),
        ("list<list<list<list<int>>>>", "list[list[list[Any]]]", ()),
        ("enum<low|high>", "Given", ()),
        ("record<a: int>", "Given", ()),
        ("record<class: int>", "dict[str, Any]", ()),
        ("table<a: int, ...rest>", "pd.DataFrame", ("pandas",)),
        ("float64[n, 3] uV", "npt.NDArray[np.float64]", ("numpy",)),
        ("bool[n]?", "npt.NDArray[np.bool_] | None", ("numpy",)),
        ("state<mean: float64[n], k: int>", "Given", ("numpy",)),
    ],
)
def test_the_annotation_is_of_what_the_runtime_hands_over(
    shorthand: str, annotation: str, modules: tuple[str, ...]
) -> None:
    template = made(shorthand)
    assert template.contract.signature == f"def f(given: {annotation}) -> str:"
    assert required_modules(template) == modules
    assert f"    given: {shorthand.partition(',')[0]}" in template.contract.docstring


def test_several_outputs_are_a_named_tuple_and_one_type_has_one_name() -> None:
    outputs = ports(level="enum<low|high>", other="enum<low|high>", third="enum<a|b>")
    template = function_template("rate", {}, outputs, {})
    assert template.contract.signature == "def rate() -> RateResult:"
    level, third, result = template.contract.declarations
    assert level == "Level: TypeAlias = Literal['low', 'high']"
    assert third == "Third: TypeAlias = Literal['a', 'b']"
    names = [x.annotation.id for x in ast.walk(ast.parse(result)) if isinstance(x, ast.AnnAssign)]  # type: ignore[attr-defined]
    assert names == ["Level", "Level", "Third"]


def test_parameters_are_keywords_with_their_units_and_ranges() -> None:
    width = Parameter("width", "float", unit="s", low=0.5, high=None)
    template = made(width=width, secret=Parameter("secret", "secret"))
    assert template.contract.signature == "def f(given: str, *, width: float, secret: str) -> str:"
    assert "    width: float s in [0.5, inf]\n" in template.contract.docstring


@pytest.mark.parametrize("name", ["", "A", "f-g", "_f", "class", "len", "list", "é", "np", "l"])
def test_a_name_that_python_or_ruff_refuses_is_refused(name: str) -> None:
    assert name_problem(name)
    assert not name_problem("shorten_2")


@pytest.mark.parametrize(
    ("name", "is_field", "usable"),
    [("from", False, False), ("count", False, True), ("count", True, False), ("str", True, False)],
)
def test_a_port_that_no_argument_or_field_can_be_called_is_refused(
    name: str, is_field: bool, usable: bool
) -> None:
    assert (not port_problem(name, is_field=is_field)) is usable


@pytest.mark.slow
def test_mypy_accepts_every_kind(tmp_path: Path) -> None:
    kinds = ["text", "date?", "decimal", "list<record<a: int, b: text?>>", "enum<a|b>", "bool[n]"]
    kinds += ["table<a: int>", "state<m: float64[n], k: int>", "float64[n]?", "bytes", "float"]
    given = {f"p{number}": parse_schema(kind, {}) for number, kind in enumerate(kinds)}
    found = {f"q{number}": parse_schema(kind, {}) for number, kind in enumerate(kinds)}
    params = {"mode": Parameter("mode", "enum", values=("x", "y"))}
    text = function_template("f", given, found, params).text
    returned = ", ".join(f"p{number}" for number in range(len(kinds)))
    body = text.replace("raise NotImplementedError", f"return FResult({returned})")
    path = tmp_path / "f.py"
    path.write_text(body)
    argv = [sys.executable, "-m", "mypy", "--strict", "--disable-error-code", "import-untyped"]
    done = subprocess.run([*argv, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
