"""Every page holds together: links, ids, verbs, exit codes, test names, what may not be said."""

import inspect
import re

import pytest

from fxgbuild import errors
from fxgbuild.cli.main import VERBS
from fxgbuild.explanations import EXPLANATIONS

from .pages import ROOT, code, pages, read, rows, section, shown

PAGES = {shown(path): path.read_text("utf-8") for path in pages()}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)  # code may look like a link
ELSEWHERE = re.compile(
    r"/(?:tmp|work|home|root)/|localhost|\b\d+\.\d+\.\d+\.\d+\b|#\d+\b|(?<!pkg:)\bpypi\b|\bTODO\b",
    re.IGNORECASE,
)


def anchor(title):
    """The anchor that a heading gets."""
    kept = re.sub(r"[^\w\- ]", "", title.lower())
    return kept.strip().replace(" ", "-")


def anchors(text):
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", plain, re.MULTILINE)}


@pytest.mark.parametrize("name", PAGES)
def test_every_relative_link_leads_somewhere(name):
    for target in LINK.findall(FENCED.sub("", PAGES[name])):
        if target.startswith(("https://", "http://")):
            continue
        path, _, part = target.partition("#")
        found = (ROOT / name).parent / path if path else ROOT / name
        assert found.exists(), target
        assert not part or part in anchors(found.read_text("utf-8")), target


@pytest.mark.parametrize("name", PAGES)
def test_every_error_id_exists(name):
    for id in re.findall(r"\bFXG\d{4}\b", PAGES[name]):
        assert id in EXPLANATIONS, id


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_no_machine_and_no_number_of_an_issue(name):
    assert not ELSEWHERE.search(PAGES[name]), ELSEWHERE.search(PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_is_named_exists(name):
    for path, function in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGES[name]):
        assert re.search(rf"^def {function}\(", read(path), re.MULTILINE), f"{path}::{function}"


@pytest.mark.parametrize("name", PAGES)
def test_every_source_file_that_is_named_exists(name):
    for path in re.findall(
        r"`((?:fxgbuild|tests|docs|rules|examples)/[\w/.-]+\.\w+)`", PAGES[name]
    ):
        assert (ROOT / path).exists(), path


def test_every_verb_has_its_line():
    listed = {
        code(row[0])[0]: row[1] for row in rows(section(read("docs/commands.md"), "Commands"))
    }
    assert listed == VERBS


def test_every_command_that_is_typed_exists():
    for name, text in PAGES.items():
        for verb in re.findall(r"(?:^\$ |`|^    )fxgbuild ([a-z]+)\b", text, re.MULTILINE):
            assert verb in VERBS, f"{name}: {verb}"


EXITS = {int(code): text for code, text in rows(section(read("docs/formats.md"), "Exit codes"))}


def test_every_exit_code_is_listed():
    raised = {
        kind.exit_code
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.FxgError)
    }
    assert raised | set(errors.PRECEDENCE) | {8} == set(EXITS)


def test_a_code_is_said_to_be_given_only_when_it_is():
    source = "".join(path.read_text("utf-8") for path in (ROOT / "fxgbuild").rglob("*.py"))
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if not issubclass(kind, errors.FxgError) or kind is errors.FxgError:
            continue
        given = bool(re.search(rf"\b{name}\(\n|\b{name}\((?!FxgError)\S", source))
        silent = "not given yet" in EXITS[kind.exit_code]
        assert given != silent or kind.exit_code == 1, name


def test_the_order_of_exit_codes_is_the_programs():
    text = section(read("docs/formats.md"), "Exit codes")
    said = re.search(r"When several apply to one build: ([\d, ]+)\.", text)[1]
    assert [int(code) for code in said.split(", ")] == list(errors.PRECEDENCE)[:-1]


LIMITS = {"README.md": 130, "docs/architecture.md": 300}
LIMITS |= {name: 40 for name in PAGES if re.match(r"docs/decisions/\d", name)}


@pytest.mark.parametrize("name", LIMITS)
def test_a_page_is_no_longer_than_it_may_be(name):
    assert len(PAGES[name].splitlines()) <= LIMITS[name]


@pytest.mark.parametrize("name", [name for name in LIMITS if "decisions" in name])
def test_a_decision_has_context_decision_and_consequences(name):
    titles = re.findall(r"^## (.+)$", PAGES[name], re.MULTILINE)
    assert titles == ["Context", "Decision", "Consequences"]
    number = name.rpartition("/")[2][:4]
    assert PAGES[name].startswith(f"# {number}. ")
    assert f"[{number}](" in read("docs/decisions/README.md")
