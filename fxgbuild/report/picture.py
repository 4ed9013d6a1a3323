"""A graph as a picture: cards with ports, measured and placed, ready to be written as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fxgbuild.report.dossier import ORIGINS, Dossier, Port, Portrait
from fxgbuild.report.layout import Box, Layout, Link, Strand, layout
from fxgbuild.report.measure import broken, cut, width

NAME, TEXT, SMALL, CODE = 15.0, 12.0, 11.0, 10.5  # font sizes
MARKS = 10.0
PAD = 14.0
ICON = 14.0
MOST_SCHEMA = 178.0  # what a schema may take of its line
MOST_NAME = 300.0
LEAST = 150.0
CHIP_GAP = 10.0
TURNS = 4  # how often ports are turned
STEM = 9.0  # from a card to what hangs below it


@dataclass(frozen=True, slots=True)
class Inlet:
    x: float
    name: str
    marks: str
    joined: bool
    title: str


@dataclass(frozen=True, slots=True)
class Chip:
    """What flows out of a port, hanging on its line."""

    x: float  # the middle
    y: float
    width: float
    height: float
    name: str
    lines: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Card:
    """A box of the drawing; x and y are those of its frame's left upper corner."""

    id: str
    shape: str  # node, input, output, foreign, artifact
    width: float
    height: float
    name: str
    about: str
    dossier: Dossier | None = None
    inlets: tuple[Inlet, ...] = ()
    chips: tuple[Chip, ...] = ()
    x: float = 0.0
    y: float = 0.0
    head: float = 0.0  # how far below its top the name's part begins
    title: str = ""

    @property
    def whole_height(self) -> float:
        return max((chip.y + chip.height for chip in self.chips), default=self.height)

    def box(self) -> Box:
        inlets, outlets = (tuple(port.x for port in ports) for ports in (self.inlets, self.chips))
        drops = tuple(chip.y + chip.height for chip in self.chips)
        return Box(self.width, self.whole_height, inlets, outlets, drops)


@dataclass(frozen=True, slots=True)
class Picture:
    width: float
    height: float
    cards: tuple[Card, ...]
    strands: tuple[Strand, ...]
    layers: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def picture(portrait: Portrait) -> Picture:
    """Place every card of a graph; its artifacts stand in a row below all else."""
    cards, found = _arrangement({c.id: c for c in _cards(portrait)}, _links(portrait))
    placed = [
        replace(card, x=found.spots[name].x, y=found.spots[name].y) for name, card in cards.items()
    ]
    made = [_artifact(one) for one in portrait.artifacts]
    across = sum(card.width for card in made) + 24.0 * max(0, len(made) - 1)
    right, y = max(found.width, across), found.height + 56.0
    shift, x = (right - found.width) / 2, (right - across) / 2
    for card in made:
        placed.append(replace(card, x=round(x - shift, 1), y=round(y, 1)))
        x += card.width + 24.0
    bottom = y + max(card.height for card in made) if made else found.height
    layers = {name: (spot.layer, spot.place) for name, spot in found.spots.items()}
    last = max((layer for layer, _ in layers.values()), default=-1) + 1
    layers |= {card.id: (last, place) for place, card in enumerate(made)}
    left = min((card.x for card in placed), default=0.0)
    if left < 0:
        placed = [replace(card, x=round(card.x - left, 1)) for card in placed]
    strands = [_moved(strand, -min(left, 0.0)) for strand in found.strands]
    return Picture(round(right, 1), round(bottom, 1), tuple(placed), tuple(strands), layers)


def _moved(strand: Strand, by: float) -> Strand:
    return replace(strand, points=tuple((round(x + by, 1), y) for x, y in strand.points))


def _cards(portrait: Portrait) -> list[Card]:
    found = [_end(f"in:{one.name}", "input", one.name, one) for one in portrait.whole.inputs]
    found += [
        _end(f"from:{origin}", "foreign", label, one)
        for origin, (label, one) in portrait.foreign.items()
    ]
    found += [_node(one) for one in portrait.nodes]
    found += [_end(f"out:{one.name}", "output", one.name) for one in portrait.whole.outputs]
    return found


def _node(one: Dossier) -> Card:
    name = cut(one.name, NAME, MOST_NAME, bold=True)
    about = cut(one.about, TEXT, MOST_NAME)
    badges = badge_width(one.state) + 8 + badge_width(ORIGINS.get(one.origin, one.origin))
    cells = [_inlet(port) for port in one.inputs]
    chips = [_chip(port) for port in one.outputs]
    need = max(width(name, NAME, bold=True), width(about, TEXT), badges) + 2 * PAD
    need = max(need, LEAST, sum(_cell(inlet) for inlet in cells))
    need = max(need, sum(chip.width + CHIP_GAP for chip in chips))
    head = (25.0 + (13.0 if any(inlet.marks for inlet in cells) else 0.0)) if cells else 0.0
    height = head + 80.0
    title = f"{one.label}: {one.about}, {one.state}, {ORIGINS.get(one.origin, one.origin)}"
    size = (round(need, 1), height)
    return _arranged(
        Card(
            *(one.name, "node", *size, name, about, one, tuple(cells), tuple(chips)),
            head=head,
            title=title,
        )
    )


def badge_width(text: str) -> float:
    return ICON + 6 + width(text, SMALL) + 14


def _inlet(port: Port) -> Inlet:
    title = f"{port.name}: {port.schema}"
    title += "".join(f"\n{end}" for end in port.ends)
    name = cut(port.name, SMALL, MOST_SCHEMA)
    return Inlet(0.0, name, cut(port.marks, MARKS, MOST_SCHEMA), port.joined, title)


def _cell(inlet: Inlet) -> float:
    return max(width(inlet.name, SMALL), width(inlet.marks, MARKS)) + 18.0


def _chip(port: Port) -> Chip:
    lines = tuple(broken(port.brief, CODE, MOST_SCHEMA, 3, mono=True))
    name = cut(port.name, SMALL, MOST_SCHEMA, bold=True)
    widths = [width(line, CODE, mono=True) for line in lines]
    wide = max([width(name, SMALL, bold=True), *widths]) + 16.0
    title = f"{port.name}: {port.schema}" if port.schema else port.name
    title += "".join(f"\n{end}" for end in port.ends)
    return Chip(0.0, 0.0, round(wide, 1), 21.0 + 13.0 * len(lines), name, lines, title)


def _spread(widths: Sequence[float], room: float) -> list[float]:
    """The middles of cells that share a room out among them."""
    slack = (room - sum(widths)) / len(widths) if widths else 0.0
    found, at = [], 0.0
    for wide in widths:
        found.append(round(at + (wide + slack) / 2, 1))
        at += wide + slack
    return found


def _end(id_: str, shape: str, name: str, chip: Port | None = None) -> Card:
    """Where values come into the graph, or leave it."""
    text = cut(name, TEXT, MOST_NAME, bold=True)
    about = {"input": "input", "output": "output", "foreign": "another package"}[shape]
    need = max(width(text, TEXT, bold=True), width(about, MARKS)) + ICON + 40.0
    height = 42.0
    hung: tuple[Chip, ...] = ()
    if chip is not None:
        made = _chip(chip)
        need = max(need, made.width)
        hung = (replace(made, x=round(need / 2, 1), y=height + STEM),)
    inlets = (Inlet(round(need / 2, 1), "", "", False, ""),) if shape == "output" else ()
    return Card(
        *(id_, shape, round(need, 1), height, text, about, None, inlets, hung),
        title=f"{about} {name}",
    )


def _artifact(one: Dossier) -> Card:
    name = cut(one.name, NAME, MOST_NAME, bold=True)
    about = cut(f"{one.kind} · {one.about}" if one.kind != one.name else one.about, TEXT, MOST_NAME)
    need = max(width(name, NAME, bold=True) + ICON + 8, width(about, TEXT), badge_width(one.state))
    title = f"{one.label}: {one.kind} {one.about}, {one.state}"
    size = (round(max(need + 2 * PAD, LEAST), 1), 80.0)
    return Card(one.name, "artifact", *size, name, about, one, title=title)


def _arrangement(
    cards: Mapping[str, Card], links: Sequence[Link]
) -> tuple[Mapping[str, Card], Layout]:
    """Cards with their ports in declared order, or turned where fewer lines cross then."""
    best = cards, layout({name: card.box() for name, card in cards.items()}, links)
    for _ in range(TURNS):
        cards, links = _turned(cards, links, best[1])
        found = layout({name: card.box() for name, card in cards.items()}, links)
        if found.crossings >= best[1].crossings:
            break
        best = cards, found
    return best


def _turned(
    cards: Mapping[str, Card], links: Sequence[Link], found: Layout
) -> tuple[dict[str, Card], list[Link]]:
    """Ports in the order in which their lines come and go."""
    into: dict[tuple[str | None, float], list[float]] = {}
    out: dict[tuple[str | None, float], list[float]] = {}
    for strand in found.strands:
        first, last = strand.points[0][0], strand.points[-1][0]
        into.setdefault((strand.target, last), []).append(strand.points[-2][0])
        if strand.after is None:
            out.setdefault((strand.source, first), []).append(
                strand.points[min(2, len(strand.points) - 1)][0]
            )
    turned: dict[str, Card] = {}
    inlet_of: dict[tuple[str, int], int] = {}
    outlet_of: dict[tuple[str, int], int] = {}
    for name, card in cards.items():
        x = found.spots[name].x
        inlets = _by_mean(card.inlets, name, into, x)
        chips = _by_mean(card.chips, name, out, x)
        inlet_of |= {(name, old): new for new, old in enumerate(inlets)}
        outlet_of |= {(name, old): new for new, old in enumerate(chips)}
        ports = [card.inlets[at] for at in inlets]
        turned[name] = _arranged(
            replace(card, inlets=tuple(ports), chips=tuple(card.chips[at] for at in chips))
        )
    moved = [
        replace(
            link,
            outlet=outlet_of[link.source, link.outlet],
            inlet=inlet_of[link.target, link.inlet],
        )
        for link in links
    ]
    return turned, moved


def _by_mean(
    ports: Sequence[Inlet | Chip],
    name: str,
    ends: Mapping[tuple[str | None, float], list[float]],
    x: float,
) -> list[int]:
    """The ports' numbers, by where their lines come from on average, or else where they stand."""

    def mean(at: int) -> float:
        here = round(x + ports[at].x, 1)
        found = ends.get((name, here), [here])
        return sum(found) / len(found)

    return sorted(range(len(ports)), key=mean)


def _arranged(card: Card) -> Card:
    """Ports and chips spread over a card's width in their order."""
    if card.shape != "node":
        return card
    cells = _spread([_cell(inlet) for inlet in card.inlets], card.width)
    middles = _spread([chip.width + CHIP_GAP for chip in card.chips], card.width)
    return replace(
        card,
        inlets=tuple(replace(i, x=x) for i, x in zip(card.inlets, cells, strict=True)),
        chips=tuple(
            replace(chip, x=x, y=card.height + STEM)
            for chip, x in zip(card.chips, middles, strict=True)
        ),
    )


def _links(portrait: Portrait) -> list[Link]:
    graph = portrait.graph
    outlets = {one.name: [port.name for port in one.outputs] for one in portrait.nodes}
    inlets = {one.name: [port.name for port in one.inputs] for one in portrait.nodes}
    found = []
    for edge in graph.edges:
        target = edge.target.name
        if edge.source is None:
            source, outlet = f"in:{edge.source_port}", 0
        elif edge.origin in portrait.foreign:
            source, outlet = f"from:{edge.origin}", 0
        else:
            source = edge.source.name
            outlet = outlets[source].index(edge.source_port)
        inlet = inlets[target].index(edge.port)
        found.append(Link(source, outlet, target, inlet, edge.call == "async"))
    for name, (label, port) in graph.outputs.items():
        if label.package == graph.label.package:
            found.append(Link(label.name, outlets[label.name].index(port), f"out:{name}", 0))
    return found
