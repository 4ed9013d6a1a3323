"""A review as text and as Markdown: bounded, the same each time, and deaf to what it quotes."""

import html
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fxgbuild.lang.label import Label
from fxgbuild.report.review_markdown import LIMIT, markdown
from fxgbuild.report.review_text import review_lines
from fxgbuild.report.visible import one_line, visible
from fxgbuild.review.change import Elsewhere, Moved, Review, TargetChange
from fxgbuild.review.gate import weaker
from fxgbuild.review.pins import PinView
from fxgbuild.review.prose import CodeChange, Sentence

from .sides import review

G = "packages/n/fxg.yaml"
READER = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = st.text(
    st.sampled_from("`~|<>@#[]()*_!&\\-+=:/ \t\n\r\x00\x1b\u202e\u2066\u200b\u2028aå"), max_size=60
) | st.sampled_from(
    (
        *("```\n@team\n```", "</details>", "| a | b |\n|---|---|", "[x](http://y)", "<!--"),
        *("@all `", "~~~"),
    )
)


def hostile_review(text):
    """A review in which whatever people can write is one text."""
    tried, carried = ({"stage": text},), ({"because": text, "date": text},)
    facts = {"model": text, "date": text}
    pin = PinView(Label("n", "a"), None, text, "", None, facts, tried, carried)
    change = TargetChange(
        Label("n", "a"),
        "node",
        "changed",
        spec=(Sentence(text, f"{text}."),),
        fields=(Moved(f"params.{text}", text, {text: [text]}),),
        code=CodeChange(tuple(f"+{line}" for line in text.split("\n")), 1, 0),
        gained=(text,),
        lost=(text,),
        after=pin,
    )
    return Review(
        targets=(change,),
        gates=(weaker("//n:a", f"acceptance.tests {text}", text, (text,)),),
        elsewhere=(Elsewhere(text, "the settings changed", 1, (Moved(text, text, None),)),),
        actions={"lint": 1},
    )


def outside(page):
    """What a reader is shown outside of code: text, links, pictures, HTML."""
    found = []
    for token in READER.parse(page):
        if token.type == "html_block":
            found.append(token.content)
        for part in token.children or ():
            if part.type != "code_inline":
                found.append(part.content if part.content else part.type)
    return found


def shape(page):
    """The order of blocks and inlines, whatever the code in them says."""
    kinds = []
    for token in READER.parse(page):
        kinds.append(token.type)
        kinds += [part.type for part in token.children or () if part.type not in ("text",)]
    return kinds


@given(HOSTILE)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_quoted_stays_inside_of_code(text):
    """Whatever people write, the comment has one shape, and nothing of theirs beside code."""
    page = markdown(hostile_review(text), text, text or "head")
    plain = markdown(hostile_review("plain"), "main", "head")
    assert outside(page) == outside(plain)
    assert shape(page) == shape(plain)


@given(HOSTILE)
@settings(max_examples=30, deadline=None)
def test_a_terminal_is_sent_no_control_character(text):
    lines = review_lines(hostile_review(text), text, whole=True)
    for line in lines:
        assert re.fullmatch(
            r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b]*", line
        )


def test_hidden_characters_are_spelled_out():
    assert visible("a\u202eb\x1b") == "a\\u{202e}b\\u{1b}"
    assert visible("å\t\n") == "å\t\n"
    assert one_line("a\n  b" + "c" * 300).endswith("…")


@pytest.mark.parametrize("count", [1, 40, 3000])
def test_a_comment_has_a_bounded_size_and_says_what_it_left_out(count):
    lines = tuple(f"+{'x' * 90}" for _ in range(300))
    targets = tuple(
        TargetChange(Label("n", f"t{i}"), "node", "changed", code=CodeChange(lines, 300, 0))
        for i in range(count)
    )
    gates = tuple(
        weaker(f"//n:t{i}", "examples", "1 of 2 removed", ["x" * 99] * 40) for i in range(count)
    )
    page = markdown(Review(targets, gates), "main", "")
    assert len(page) <= LIMIT
    assert ("Left out for want of room" in page) == (count > 300)
    assert ("the diff is left out" in page) == (count > 1)
    assert page.count("<details>") == page.count("</details>")


def test_equal_reviews_give_equal_bytes():
    edits = [(G, "Cut at 20.", "Cut at 30."), (G, "within: 0.01", "within: 1")]
    one, other = (markdown(review(*edits), "main", "") for _ in range(2))
    assert one == other
    assert html.escape("//n:slug") in one


def test_weakened_gates_stand_first():
    found = review((G, "within: 0.01", "within: 1"), (G, "Cut at 20.", "Cut at 30."))
    lines = review_lines(found, "main → the working tree")
    assert lines[0] == "main → the working tree: 1 gate weakened; targets: 1 changed"
    assert lines[2] == "gates weakened"
    assert lines[3] == "  //n:slug  examples: 1 of 2 compared more loosely: `plain`"
    page = markdown(found, "main", "")
    assert page.startswith("## fxgbuild: 1 gate weakened; targets: 1 changed\n")
    assert page.index("Gates weakened") < page.index("| target |") < page.index("<details>")
