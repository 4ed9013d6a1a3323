"""Every error id has a page, and what the page shows is what the program says."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from fxgbuild.cli.explain import command
from fxgbuild.errors import UsageError
from fxgbuild.explanations import EXAMPLES, EXPLANATIONS, page
from fxgbuild.lang.label import Label
from tests.lang.mistakes import MISTAKES
from tests.lang.workspaces import FILES, load, write

PROGRAM = Path(__file__).parents[2] / "fxgbuild"
UNSAID = {"FXG1000"}  # ids that say what their cause says
LOADING = [id for id in EXPLANATIONS if id.startswith("FXG11") and id != "FXG1100"]


def test_every_id_has_an_example_and_a_way_out() -> None:
    assert set(EXAMPLES) == set(EXPLANATIONS)
    for id, example in EXAMPLES.items():
        assert example.do.endswith("."), id
        assert bool(example.says) != (id in UNSAID), id
        assert page(id)[-1].startswith("What to do: ")


def test_every_id_of_the_loading_is_provoked() -> None:
    assert sorted(MISTAKES) == sorted(LOADING)


@pytest.mark.parametrize("id", LOADING)
def test_a_page_shows_what_provokes_a_problem_and_what_it_says(tmp_path: Path, id: str) -> None:
    mistake, example = MISTAKES[id], EXAMPLES[id]
    assert example.given in mistake.new
    _, problems = load(write(tmp_path, mistake.made(FILES)))
    found = [problem for problem in problems if problem.id == id]
    assert example.says in [problem.message for problem in found]
    problem = next(problem for problem in found if problem.message == example.says)
    assert problem.where.line > 0
    assert problem.where.path == mistake.file
    assert mistake.near in problem.near
    assert bool(problem.near) == bool(mistake.near)
    if id not in ("FXG1101", "FXG1102", "FXG1130"):  # whose file cannot be read as what it is
        assert problem.asked_by.startswith(("//", "the edge "))
    assert f"  {example.says} [{id}]" in page(id)


def test_the_example_of_a_missing_workspace_is_what_is_said(tmp_path: Path) -> None:
    _, problems = load(tmp_path)
    assert [problem.message for problem in problems] == [EXAMPLES["FXG1100"].says]


@pytest.mark.parametrize(
    "id", [id for id in EXPLANATIONS if not id.startswith("FXG11") and id not in UNSAID]
)
def test_what_another_page_shows_is_in_the_program(id: str) -> None:
    """The longest part of the message that holds no name or number."""
    text = EXAMPLES[id].says.removeprefix("error: ")
    parts = re.split(r"`[^`]*`|//\S+|\d+ \w+(?: is| needs| has)?|ruff|, and ", text)
    part = max(parts, key=len).strip(" ,;.")
    assert len(part) > 9, parts
    source = "".join(
        path.read_text() for path in PROGRAM.rglob("*.py") if path.parent.name != "explanations"
    )
    assert part in re.sub(r'"\s+f?"', "", source), part


# The verb -----------------------------------------------------------------------------------------


def typed(*words: str) -> str:
    done = CliRunner().invoke(command, list(words), standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.output


@pytest.mark.parametrize("id", ["FXG1108", "fxg1108", "[FXG1108]"])
def test_explain_prints_the_page(id: str) -> None:
    assert typed(id).splitlines() == page("FXG1108")


def test_explain_lists_every_id() -> None:
    lines = typed("--list").splitlines()
    assert [line.split()[0] for line in lines] == sorted(EXPLANATIONS)
    assert all(len(line) < 160 for line in lines)


def test_an_unknown_id_names_what_is_close() -> None:
    with pytest.raises(UsageError) as caught:
        typed("FXG118")
    assert caught.value.exit_code == 2
    assert "`FXG1118`" in caught.value.facts["closest"]
    assert "--list" in caught.value.hint


def test_explain_alone_says_what_it_wants() -> None:
    with pytest.raises(UsageError, match="which error") as caught:
        typed()
    assert "--list" in caught.value.hint


# What is close ------------------------------------------------------------------------------------


def edit(old: str, new: str) -> dict[str, str]:
    name = "packages/demo/fxg.yaml"
    assert FILES[name].count(old) == 1
    return FILES | {name: FILES[name].replace(old, new)}


@pytest.mark.parametrize(
    ("old", "new", "near"),
    [
        ("to: clean.signal}", "to: claen.signal}", "`clean`"),
        ("to: clean.signal}", "to: clean.singal}", "`signal`"),
        ("{from: raw,", "{from: rwa,", "`raw`"),
        ("{from: raw,", '{from: "//dmo:clean.signal",', "`demo`"),
        ("task: lab.Plain", "task: lba.Plain", "`lab`"),
        ("task: lab.Plain", "task: lab.Plian", "`lab.Plain`"),
        ("params: {gain: 3.0}", "params: {gian: 3.0}", "`gain`"),
        ("params: {gain: 3.0}", "parms: {gain: 3.0}", "`params`"),
        ("given: \"float64[", "given: \"flot64[", "`float64`"),
        ("    tags: [manual]", "    ports: {singal: float}", "`signal`"),
        ("    given:\n      path", "    gvien:\n      path", "`given`"),
        ("artifacts:\n", "outputs: {x: mesure.level}\nartifacts:\n", "`measure`"),
        ("artifacts:\n", "outputs: {x: measure.levle}\nartifacts:\n", "`level`"),
        ('use: ["//rules/lab"]', 'use: ["//rules/lb"]', "`lab`"),
    ],
)  # fmt: skip
def test_a_mistyped_name_of_a_graph_names_what_is_close(
    tmp_path: Path, old: str, new: str, near: str
) -> None:
    _, problems = load(write(tmp_path, edit(old, new)))
    assert [problem for problem in problems if near in problem.near], problems


def test_a_mistyped_setting_names_what_is_close(tmp_path: Path) -> None:
    settings = FILES["fxgbuild.toml"].replace("packages =", "pakages =")
    _, problems = load(write(tmp_path, FILES | {"fxgbuild.toml": settings}))
    assert [problem for problem in problems if problem.near == "`packages`"]


@pytest.mark.parametrize(
    ("text", "near"), [("//dmo:all", "`demo`"), ("//demo:claen", "`clean`"), ("//demo/...x", "")]
)
def test_a_mistyped_label_names_what_is_close(text: str, near: str) -> None:
    from fxgbuild.plan.select import match_names

    names = {"demo": dict.fromkeys(("clean", "measure", "demo"), False)}
    with pytest.raises(UsageError) as caught:
        match_names(names, [text])
    assert near in caught.value.facts.get("closest", "")
    assert match_names(names, ["//demo:clean"]) == [Label("demo", "clean")]


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["biuld"], "`build`"),
        (["build", "--frozn"], "--frozen"),
        (["explain", "FXG118"], "FXG1118"),
    ],
)
def test_a_mistyped_word_of_the_command_line_names_what_is_close(
    words: list[str], near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from fxgbuild.cli.main import main

    assert main(words) == 2
    assert near in capsys.readouterr().err
