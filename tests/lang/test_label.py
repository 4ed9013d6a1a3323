"""Labels and patterns: one grammar, ASCII only, a sentence for everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.lang.label import Label, Pattern, parse_pattern, shorten


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("//eeg:welch", Pattern("eeg", "welch")),
        ("//eeg", Pattern("eeg", "")),
        ("//eeg:all", Pattern("eeg", "all")),
        ("//eeg/...", Pattern("eeg", "...")),
        ("//...", Pattern("", "...")),
        ("//a/b-c/d_1:e_2", Pattern("a/b-c/d_1", "e_2")),
        (":welch", Pattern("here", "welch")),
        ("-//eeg:welch", Pattern("eeg", "welch", negative=True)),
        ("-:welch", Pattern("here", "welch", negative=True)),
    ],
)
def test_every_form_of_a_label_is_read_and_printed_back(text: str, pattern: Pattern) -> None:
    assert parse_pattern(text, package="here") == pattern
    assert parse_pattern(str(pattern)) == pattern


HOSTILE = [
    "//../x",
    "//a/../b",
    "//a//b",
    "a:..",
    "//a:..",
    "//a:.",
    "//a:b/c",
    "//a:b\0",
    "//a\0:b",
    "//a:b\n",
    "//a\n:b",
    "\n//a:b",
    " //a:b",
    "//a:b ",
    "//" + "a" * 4096,
    "//a:" + "b" * 4096,
    "//" + "/".join("abcdefghijklmnopqrstuvwxyz"),
    "-rf",
    "--help",
    "-",
    "--//a:b",
    "CON",
    "//CON",
    "//Eeg:welch",
    "//eeg:Welch",
    "//EEG",
    "//a:",
    "//a:b:c",
    "//:b",
    "/",
    "//",
    "///",
    "///a",
    "//a/",
    "//a/:b",
    "//a/....",
    "//.../a",
    "//a/...:b",
    "//a:...",
    "@fxg//a:b",
    "http://a:b",
    "//1a",
    "//a:1",
    "//a:-b",
    "//a%2e:b",
    "//a\\b:c",
    "~/a",
    "$HOME",
    "//d\u043ec:x",  # Cyrillic o
    "//a:\ufb01",  # a ligature that NFKC folds to "fi"
    "//a:\u00e9",  # composed
    "//a:e\u0301",  # decomposed
    "//a:b\u200b",  # zero width
    "//a:\uff11",  # a full-width digit
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_label_is_a_short_sentence_and_never_a_label(text: str) -> None:
    said = parse_pattern(text)
    assert isinstance(said, str)
    assert len(said) < 250


def test_a_relative_label_outside_of_a_package_is_a_sentence() -> None:
    assert isinstance(parse_pattern(":welch"), str)


@given(st.text(max_size=30).map(lambda tail: "//" + tail))
def test_whatever_is_read_as_a_pattern_is_ascii_and_prints_as_it_was_typed(text: str) -> None:
    found = parse_pattern(text)
    if isinstance(found, Pattern):
        assert str(found) == text
        assert text.isascii()


def test_a_package_is_covered_by_its_own_name_and_not_by_a_prefix_of_letters() -> None:
    below = Pattern("ee", "...")
    assert below.covers("ee")
    assert below.covers("ee/g")
    assert not below.covers("eeg")
    assert Pattern("", "...").covers("anything/at/all")
    assert not Pattern("ee", "all").covers("ee/g")


def test_a_long_list_of_labels_is_shortened_by_count() -> None:
    labels = [Label("p", f"n{n}") for n in range(5)]
    assert shorten(labels) == "//p:n0, //p:n1, //p:n2 and 2 more"
    assert shorten(labels[:2]) == "//p:n0, //p:n1"
