"""Each tutorial, done as a reader would: its files made, its commands typed, in a fresh folder."""

import json

import pytest

from .console import agrees
from .pages import ROOT
from .tutorial import Reader, parts

PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_tutorial_prints_what_it_shows(page, tmp_path):
    reader = Reader(tmp_path / "work")
    for part in parts(page.read_text("utf-8")):
        if part.path:
            reader.write(part.path, part.text)
            continue
        printed = reader.type(part.command).splitlines()
        wrong = json.dumps(part.command)
        assert agrees(part.shown, printed), "\n".join([f"{page.name}: {wrong}", *printed])


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_tutorial_types_something_and_stays_short(page):
    text = page.read_text("utf-8")
    assert any(part.command for part in parts(text))
    replies = [part.text for part in parts(text) if part.path.endswith("reply.md")]  # pasted whole
    assert len(text.splitlines()) - sum(len(one.splitlines()) for one in replies) <= 200


def test_a_file_a_command_and_what_it_prints_are_told_apart():
    text = (
        "````markdown reply.md\nSure:\n```python\nx = 1\n```\n````\n"
        "```console\n$ cat reply.md\nSure:\n...\n$ true\n```\n```sh\nnot typed\n```\n"
    )
    file, cat, true = parts(text)
    assert (file.path, file.text) == ("reply.md", "Sure:\n```python\nx = 1\n```\n")
    assert (cat.command, cat.shown) == ("cat reply.md", ("Sure:", "..."))
    assert (true.command, true.shown) == ("true", ())
