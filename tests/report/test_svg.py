"""The drawing: well-formed, equal bytes, nothing said by colour alone, no text beyond its box."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.report.dossier import ORIGINS, STATES
from fxgbuild.report.icons import ICONS
from fxgbuild.report.measure import broken, cut, width
from fxgbuild.report.palette import THEMES
from fxgbuild.report.picture import CODE, MARKS, NAME, SMALL, TEXT, picture
from fxgbuild.report.svg import document
from tests.report.portraits import drawn

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title></text><script>alert(1)</script><img src=x onerror=alert(1)>\"'&]]>"


def parsed(portrait):
    return ElementTree.fromstring(document(portrait, picture(portrait)))  # noqa: S314 - our own


def test_equal_portraits_give_equal_bytes():
    first, second = drawn(), drawn()
    assert document(first, picture(first)) == document(second, picture(second))


def test_every_node_has_its_state_as_border_icon_and_word():
    root = parsed(drawn())
    frames = {}
    for card in root.iter(f"{SVG}g"):
        kind = card.get("class", "").split()
        if kind[:1] != ["node"]:
            continue
        state = kind[1]
        badge = next(g for g in card.iter(f"{SVG}g") if g.get("class") == "badge state")
        assert badge.find(f"{SVG}use").get("href") == f"#i-{state}"
        assert badge.find(f"{SVG}text").text == state
        inner = [r for r in card.findall(f"{SVG}rect") if r.get("class") == "inner"]
        assert len(inner) == (state == "failed")
        frames[state] = card
    assert frames.keys() == {"clean", "dirty", "failed"}
    style = root.find(f"{SVG}style").text
    for state in ("dirty", "waiting", "failed"):  # a border of its own, beside its colour
        assert re.search(rf"\.{state}>\.frame{{stroke-width", style)
    assert set(STATES) | set(ORIGINS) <= set(ICONS)


def test_lines_name_port_and_schema_and_how_they_are_called():
    root = parsed(drawn())
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {"out", "float64[rows, channels] uV", "join any · fork · retry 3"} <= texts
    kinds = {path.get("class") for path in root.iter(f"{SVG}path")}
    assert {"wire", "wire async"} <= kinds
    titles = {title.text for title in root.iter(f"{SVG}title")}
    assert any("state<mean: float64[rows], scale" in title for title in titles)


def test_whatever_a_workspace_says_is_text():
    portrait = drawn(HOSTILE, doc=HOSTILE)
    root = parsed(portrait)
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "defs", "symbol", "g", "rect", "path"} | {
        *("text", "use", "circle")
    }
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on")]
    assert ElementTree.tostring(root).count(b"<script") == 0


def test_no_text_is_wider_than_its_box():
    found = picture(drawn("word " * 50))
    for card in found.cards:
        assert width(card.name, NAME if card.dossier else TEXT, bold=True) <= card.width
        assert width(card.about, TEXT if card.dossier else MARKS) <= card.width
        rooms = [(i.x, max(width(i.name, SMALL), width(i.marks, MARKS))) for i in card.inlets]
        rooms_out = [(chip.x, chip.width) for chip in card.chips]
        for cells in (rooms, rooms_out):
            for (x, wide), (other, wide_too) in combinations(cells, 2):
                assert abs(x - other) >= (wide + wide_too) / 2
            assert all(
                x - wide / 2 >= -0.1 and x + wide / 2 <= card.width + 0.1 for x, wide in cells
            )
        for chip in card.chips:
            assert all(width(line, CODE, mono=True) <= chip.width for line in chip.lines)


@given(st.text(max_size=60), st.floats(20, 300), st.booleans())
def test_a_cut_text_fits_and_a_text_that_fits_is_whole(text, most, mono):
    short = cut(text, 12, most, mono=mono)
    assert width(short, 12, mono=mono) <= max(most, width("…", 12, mono=mono))
    assert (short == text) == (width(text, 12, mono=mono) <= most) or short.endswith("…")
    assert len(broken(text, 12, most, 3, mono=mono)) <= 3


READ = [
    *(("ink", ground) for ground in ("paper", "card", "quiet")),
    *(("muted", ground) for ground in ("paper", "card", "quiet")),
    *(("accent", ground) for ground in ("paper", "card")),
    *((state, f"{state}_tint") for state in STATES),
    *(("failed", "card"), ("clean", "card")),
]
SEEN = [
    *((state, "card") for state in STATES),
    ("line", "paper"),
    ("line", "card"),
    ("accent", "card"),
]


@pytest.mark.parametrize("theme", THEMES)
def test_colours_have_the_contrast_that_wcag_asks_for(theme):
    colours = THEMES[theme]
    for text, ground in READ:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for line, ground in SEEN:
        assert contrast(colours[line], colours[ground]) >= 3, (line, ground)


def contrast(one, other):
    """The ratio that WCAG 2 defines."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
