"""Versions in fxgbuild.toml are checked where they stand."""

import pytest

from fxgbuild.lang.documents import read_document
from fxgbuild.lang.settings import SettingsDoc


def problems(text):
    _, _, found = read_document("fxgbuild.toml", text.encode(), SettingsDoc)
    return [(p.where.line, p.message, p.near) for p in found]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('fxg = 1\nrequires = "new"\n', 2, "`new` is no version and no range"),
        ('[toolchain]\nruff = "=1"\n', 2, "`=1` is no version and no range"),
        ('[toolchain]\nruf = "1"\n', 2, "'ruff', 'mypy', 'bandit', 'pytest' or 'hypothesis'"),
    ],
)
def test_what_is_no_version_is_a_problem_with_its_place(text, line, said):
    ((where, message, _),) = problems(text)
    assert where == line
    assert said in message


def test_a_version_or_a_range_is_fine():
    assert not problems('requires = ">=0.1,<1"\n[toolchain]\nruff = "0.9.1"\nmypy = ">=1,<3"\n')


def test_a_mistyped_key_names_what_is_close():
    assert problems('[python]\nlokc = "a"\n') == [(2, "unknown key `lokc`", "`lock`")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[channels.prod]\nat = "p"\nafter = "dev"\n', "comes after `dev`, no channel above it"),
        (
            '[channels.a]\nat = "a"\nindex = "i"\n[channels.b]\nat = "b"\nindex = "i"\n',
            "`i` is the index of two channels; one offers what one has",
        ),
        (
            "[channels.a]\nat = []\n",
            "a channel lies somewhere: a folder, or `oci://host/repository`",
        ),
        ('[channels.a]\nat = "a"\npolicy = {age = "2 days"}\n', "`2 days` is no age such as"),
    ],
)
def test_channels_that_cannot_be_are_told(text, said):
    assert any(said in message for _, message, _ in problems(text))
