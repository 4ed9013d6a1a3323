"""A picture as SVG: alone with its heading and legend, or as the part of a page one can walk in.

Every text of the workspace is escaped; positions are numbers of ours. No date, no path.
"""

from collections.abc import Iterable
from html import escape

from fxgbuild.report.dossier import ORIGINS, STATES, Portrait
from fxgbuild.report.icons import symbols, use
from fxgbuild.report.layout import Strand
from fxgbuild.report.measure import broken, width
from fxgbuild.report.palette import drawing_style
from fxgbuild.report.picture import ICON, SMALL, STEM, Card, Chip, Inlet, Picture, badge_width

MARGIN = 32.0
LEAST_WIDTH = 520.0
LINES: dict[str, str] = {
    "sync": '<path class="wire" d="M0 10H34"/>',
    "async": '<path class="wire async" d="M0 10H34"/>',
    "join": '<path class="tip" d="M17 4l6 6-6 6-6-6z"/>',
}
MEANINGS = {
    "sync": "waits for each call (sync)",
    "async": "goes on meanwhile (async)",
    "join": "join of several edges or calls",
}


def document(portrait: Portrait, picture: Picture) -> str:
    """A whole file: heading, drawing and legend."""
    wide = max(picture.width, LEAST_WIDTH) + 2 * MARGIN
    heading, top = _heading(portrait, wide)
    legend, tall = _legend(wide - 2 * MARGIN)
    left = (wide - picture.width) / 2
    foot = top + picture.height + 40.0
    high = foot + tall + MARGIN
    label = escape(portrait.whole.label)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fxg" role="img" '
        f'aria-labelledby="fxg-title fxg-about" width="{wide:g}" height="{high:g}" '
        f'viewBox="0 0 {wide:g} {high:g}">\n'
        f'<title id="fxg-title">{label}</title>\n'
        f'<desc id="fxg-about">{escape(described(portrait))}</desc>\n'
        f"<style>{drawing_style()}</style>\n<defs>{symbols()}</defs>\n"
        f'<rect class="paper" width="{wide:g}" height="{high:g}"/>\n{heading}\n'
        f'<g transform="translate({left:g} {top:g})">\n{body(picture)}\n</g>\n'
        f'<g transform="translate({MARGIN:g} {foot:g})">{legend}</g>\n</svg>\n'
    )


def described(portrait: Portrait) -> str:
    """The graph in one sentence, for who does not see it."""
    states = ", ".join(f"{count} {state}" for state, count in portrait.counts().items())
    return f"Graph of {len(portrait.nodes)} nodes; targets: {states}."


def body(picture: Picture, *, alive: bool = False) -> str:
    """Lines below, cards above; `alive` adds what keyboard and mouse need."""
    wires = [_wire(number, one, alive) for number, one in enumerate(picture.strands)]
    cards = [_card(card, picture, alive) for card in picture.cards]
    return "\n".join(['<g class="wires">', *wires, "</g>", *cards])


def _wire(number: int, strand: Strand, alive: bool) -> str:
    x, y = strand.points[0]
    path = f"M{x:g} {y:g}"
    for to_x, to_y in strand.points[1:]:
        middle = round((y + to_y) / 2, 1)
        if to_x == x:
            path += f"V{to_y:g}"
        else:
            path += f"C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}"
        x, y = to_x, to_y
    facts = ""
    if alive:
        facts = f' id="w{number}" data-from="{escape(strand.source)}"'
        facts += f' data-to="{escape(strand.target)}"' if strand.target else ""
        facts += f' data-after="w{strand.after}"' if strand.after is not None else ""
    return f'<path class="wire{" async" * strand.dashed}"{facts} d="{path}"/>'


def _card(card: Card, picture: Picture, alive: bool) -> str:
    facts = ""
    if alive and card.dossier:
        layer, place = picture.layers[card.id]
        facts = (
            f' id="n-{escape(card.id)}" tabindex="0" role="button" aria-haspopup="dialog"'
            f' aria-label="{escape(card.title)}" data-layer="{layer}" data-place="{place}"'
        )
    elif alive:
        facts = f' data-end="{escape(card.id)}"'
    draw = {"node": _node, "artifact": _made}.get(card.shape, _end)
    kind = {"node": "node", "artifact": "made"}.get(card.shape, f"end {card.shape}")
    state = f" {card.dossier.state}" if card.dossier else ""
    ring = _rect("ring", -6, -6, (card.width + 12, card.height + 12), 14) if facts else ""
    return (
        f'<g class="{kind}{state}" transform="translate({card.x:g} {card.y:g})"{facts}>'
        f"<title>{escape(card.title)}</title>{ring}{draw(card)}"
        f"{''.join(_hang(chip) for chip in card.chips)}</g>"
    )


def _rect(name: str, x: float, y: float, size: tuple[float, float], round_by: float) -> str:
    wide, high = size
    place = f' x="{x:g}" y="{y:g}"' if (x, y) != (0, 0) else ""
    return f'<rect class="{name}"{place} width="{wide:g}" height="{high:g}" rx="{round_by:g}"/>'


def _text(name: str, x: float, y: float, text: str) -> str:
    return f'<text class="{name}" x="{x:g}" y="{y:g}">{escape(text, quote=False)}</text>'


def _frame(card: Card, round_by: float) -> str:
    frame = _rect("frame", 0, 0, (card.width, card.height), round_by)
    if card.dossier and card.dossier.state == "failed":
        frame += _rect("inner", 4, 4, (card.width - 8, card.height - 8), round_by - 3)
    return frame


def _node(card: Card) -> str:
    one, middle = card.dossier, card.width / 2
    if one is None:
        return ""
    rule = f'<path class="rule" d="M8 {card.head:g}H{card.width - 8:g}"/>' if card.head else ""
    origin = ORIGINS.get(one.origin, one.origin)
    widths = badge_width(one.state), badge_width(origin)
    left, y = middle - (sum(widths) + 8) / 2, card.head + 50
    badges = _badge("state", one.state, one.state, (left, y))
    badges += _badge("origin", one.origin, origin, (left + widths[0] + 8, y))
    return (
        f"{_frame(card, 10)}{''.join(_inlet(inlet) for inlet in card.inlets)}{rule}"
        f"{_text('name mid', middle, card.head + 23, card.name)}"
        f"{_text('about mid', middle, card.head + 40, card.about)}{badges}"
    )


def _inlet(inlet: Inlet) -> str:
    x = inlet.x
    tip = f"M{x:g}-7l6 6-6 6-6-6z" if inlet.joined else f"M{x - 5:g}-8h10l-5 8z"
    marks = _text("marks mid", x, 29, inlet.marks) if inlet.marks else ""
    return (
        f'<g><title>{escape(inlet.title)}</title><path class="tip" d="{tip}"/>'
        f"{_text('port mid', x, 17, inlet.name)}{marks}</g>"
    )


def _badge(name: str, icon: str, text: str, at: tuple[float, float]) -> str:
    x, y = at
    wide = badge_width(text)
    return (
        f'<g class="badge {name}">{_rect("pill", x, y, (wide, 20), 10)}'
        f"{use(icon, x + 7, y + 3, ICON)}{_text('word', x + ICON + 12, y + 14, text)}</g>"
    )


def _hang(chip: Chip) -> str:
    x, y = chip.x, chip.y
    lines = "".join(
        _text("schema mid", x, y + 28 + 13 * number, line) for number, line in enumerate(chip.lines)
    )
    return (
        f'<g class="chip"><title>{escape(chip.title)}</title>'
        f'<path class="stem" d="M{x:g} {y - STEM:g}V{y:g}"/>'
        f"{_rect('of', x - chip.width / 2, y, (chip.width, chip.height), 6)}"
        f"{_text('of mid', x, y + 15, chip.name)}{lines}</g>"
    )


def _end(card: Card) -> str:
    tips = "".join(f'<path class="tip" d="M{i.x - 5:g}-8h10l-5 8z"/>' for i in card.inlets)
    wide = width(card.name, 12, bold=True)
    left = max(12.0, (card.width - wide - ICON - 8) / 2)
    return (
        f"{_rect('frame', 0, 0, (card.width, card.height), 21)}{tips}"
        f"{use(card.shape, left, 14, ICON)}"
        f"{_text('about', left + ICON + 8, 17, card.about)}"
        f"{_text('name', left + ICON + 8, 31, card.name)}"
    )


def _made(card: Card) -> str:
    one, middle = card.dossier, card.width / 2
    if one is None:
        return ""
    wide = width(card.name, 15, bold=True)
    left = middle - (wide + ICON + 8) / 2
    badge = _badge("state", one.state, one.state, (middle - badge_width(one.state) / 2, 50))
    return (
        f'{_frame(card, 3)}<g class="origin">{use("artifact", left, 11, ICON)}</g>'
        f"{_text('name', left + ICON + 8, 23, card.name)}"
        f"{_text('about mid', middle, 40, card.about)}{badge}"
    )


def _heading(portrait: Portrait, wide: float) -> tuple[str, float]:
    """The graph's name, state and doc; and where what follows begins."""
    whole = portrait.whole
    badge = _badge("state", whole.state, whole.state, (0, 0))
    right = MARGIN + width(whole.label, 22, bold=True) + 14
    parts = [
        _text("heading", MARGIN, MARGIN + 20, whole.label),
        f'<g class="{whole.state}" transform="translate({right:g} {MARGIN + 3:g})">{badge}</g>',
        _text("doc", MARGIN, MARGIN + 44, described(portrait)),
    ]
    y = MARGIN + 44
    for line in broken(whole.doc, 12, min(wide - 2 * MARGIN, 760), 3):
        y += 18
        parts.append(_text("doc", MARGIN, y, line))
    return "\n".join(parts), y + 40


def samples() -> Iterable[tuple[str, float, str]]:
    """The legend: a sample of each sign, how wide it is, and what it means."""
    for state in STATES:
        frame = '<rect class="frame" x="2" y="2" width="30" height="16" rx="4"/>'
        frame += '<rect class="inner" x="5" y="5" width="24" height="10" rx="2"/>' * (
            state == "failed"
        )
        yield f'<g class="{state}">{frame}</g>{_lone(state, state, 40)}', 54.0, state
    for origin, text in ORIGINS.items():
        yield _lone(origin, "origin", 4), 18.0, text
    for name, shape in LINES.items():
        yield shape, 34.0, MEANINGS[name]


def _lone(icon: str, name: str, x: float) -> str:
    return f'<g class="{name}">{use(icon, x, 3, ICON)}</g>'


def _legend(room: float) -> tuple[str, float]:
    """The legend in rows, and how high it is."""
    parts, x, y = [], 0.0, 0.0
    for sample, at, text in samples():
        wide = at + 6 + width(text, SMALL)
        if x and x + wide > room:
            x, y = 0.0, y + 26.0
        words = _text("word", at + 6, 14, text)
        parts.append(f'<g class="badge" transform="translate({x:g} {y:g})">{sample}{words}</g>')
        x += wide + 22.0
    return "".join(parts), y + 20.0
