"""Where the boxes of a drawing stand and how lines run between them: layers from top to bottom.

Pure: sizes in, places out. A box stands below all that it needs; a line that passes a layer has a
place of its own there, so it never runs through a box; lines from one outlet share their way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fxgbuild.report.ordering import Bond, ordered
from fxgbuild.report.placing import placed, straightened

SPACE = 34.0  # between two boxes of a layer
CORRIDOR = 12.0  # what a passing line takes
GAP = 40.0  # between two layers, at least


@dataclass(frozen=True, slots=True)
class Box:
    """Something to place: lines enter at its top and leave at its bottom, so far from its left."""

    width: float
    height: float
    inlets: tuple[float, ...] = ()
    outlets: tuple[float, ...] = ()
    drops: tuple[float, ...] = ()  # where each outlet lies below the top; else at the bottom

    def drop(self, outlet: int) -> float:
        return self.drops[outlet] if self.drops else self.height


@dataclass(frozen=True, slots=True)
class Link:
    """One line from an outlet of a box to an inlet of another, by name and number."""

    source: str
    outlet: int
    target: str
    inlet: int
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a box stands: its left upper corner, and its layer and place in it."""

    x: float
    y: float
    layer: int
    place: int


@dataclass(frozen=True, slots=True)
class Strand:
    """A piece of line between two ends or forks; `after` is the strand that it goes on from."""

    source: str
    target: str | None
    dashed: bool
    after: int | None
    points: tuple[tuple[float, float], ...]  # from each to the next: straight down, or a curve


@dataclass(frozen=True, slots=True)
class Layout:
    width: float
    height: float
    spots: Mapping[str, Spot]
    strands: tuple[Strand, ...]
    crossings: int


@dataclass(slots=True)
class _Item:
    """A box in a layer, or the place where a line passes it."""

    width: float
    box: str | None = None
    x: float = 0.0


@dataclass(slots=True)
class _Net:
    """All lines from one outlet and of one kind: the layers they pass, the ends they reach."""

    source: str
    outlet: int
    dashed: bool
    ends: list[tuple[str, int]] = field(default_factory=list)
    passes: dict[int, int] = field(default_factory=dict)  # layer to item


def layout(boxes: Mapping[str, Box], links: Sequence[Link]) -> Layout:
    """Place every box and draw every line; links form no circle."""
    layer_of = layers(boxes, links)
    items = [_Item(box.width, name) for name, box in boxes.items()]
    number = {name: at for at, name in enumerate(boxes)}
    rows: list[list[int]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for name in boxes:
        rows[layer_of[name]].append(number[name])
    nets = _nets(links)
    bonds: list[list[Bond]] = [[] for _ in rows]
    for net in nets:
        _thread(net, items, rows, bonds, (boxes, layer_of, number))
    rows, crossings = ordered(rows, bonds, [item.width for item in items])
    lefts = placed(rows, bonds, [item.width for item in items], _apart(items))
    chains = [[net.passes[at] for at in sorted(net.passes)] for net in nets if len(net.passes) > 1]
    lefts = straightened(rows, chains, lefts, [item.width for item in items], _apart(items))
    least = min(lefts, default=0.0)
    for item, left in zip(items, lefts, strict=True):
        item.x = round(left - least, 1)
    tops, bottoms = _heights(rows, bonds, items, boxes)
    spots = {
        items[at].box or "": Spot(items[at].x, tops[level], level, place)
        for level, row in enumerate(rows)
        for place, at in enumerate(row)
        if items[at].box
    }
    strands: list[Strand] = []
    for net in nets:
        _draw(net, strands, items, boxes, spots, (tops, bottoms))
    right = max((item.x + item.width for item in items), default=0.0)
    return Layout(right, bottoms[-1] if bottoms else 0.0, spots, tuple(strands), crossings)


def layers(boxes: Mapping[str, Box], links: Iterable[Link]) -> dict[str, int]:
    """A layer for each box, below all that it needs; a crowded layer overflows into the next.

    What needs nothing stands right above the first that needs it.
    """
    needs: dict[str, set[str]] = {name: set() for name in boxes}
    users: dict[str, set[str]] = {name: set() for name in boxes}
    for link in links:
        needs[link.target].add(link.source)
        users[link.source].add(link.target)
    most = max(10, round(2 * len(boxes) ** 0.5))
    found: dict[str, int] = {}
    room: dict[int, int] = {}
    open_needs = {name: len(of) for name, of in needs.items()}
    ready = [name for name in boxes if not open_needs[name]]
    while ready:
        following = []
        for name in ready:
            level = max((found[need] + 1 for need in needs[name]), default=0)
            while room.get(level, 0) >= most:
                level += 1
            found[name] = level
            room[level] = room.get(level, 0) + 1
            for user in sorted(users[name]):
                open_needs[user] -= 1
                if not open_needs[user]:
                    following.append(user)
        ready = following
    for name in boxes:
        low = min((found[user] for user in users[name]), default=0) - 1
        if not needs[name] and low > found[name] and room.get(low, 0) < most:
            room[found[name]] -= 1
            room[low] = room.get(low, 0) + 1
            found[name] = low
    taken = {level: at for at, level in enumerate(sorted(set(found.values())))}
    return {name: taken[level] for name, level in found.items()}


def _nets(links: Sequence[Link]) -> list[_Net]:
    found: dict[tuple[str, int, bool], _Net] = {}
    for link in links:
        key = (link.source, link.outlet, link.dashed)
        net = found.setdefault(key, _Net(*key))
        if (link.target, link.inlet) not in net.ends:
            net.ends.append((link.target, link.inlet))
    return list(found.values())


def _thread(
    net: _Net,
    items: list[_Item],
    rows: list[list[int]],
    bonds: list[list[Bond]],
    known: tuple[Mapping[str, Box], Mapping[str, int], Mapping[str, int]],
) -> None:
    """Give a net its place in every layer that it passes, and tie what follows each other."""
    boxes, layer_of, number = known
    first = layer_of[net.source]
    above, at = number[net.source], boxes[net.source].outlets[net.outlet]
    last = max(layer_of[target] for target, _ in net.ends)
    for level in range(first + 1, last + 1):
        for target, inlet in net.ends:
            if layer_of[target] == level:
                end = boxes[target].inlets[inlet]
                straight = above == number[net.source]
                centred = straight and bool(boxes[net.source].inlets and boxes[target].outlets)
                weight = 3 if straight else 1
                bonds[level].append(Bond(above, at, number[target], end, weight, centred))
        if level < last:
            net.passes[level] = len(items)
            rows[level].insert(len(rows[level]) // 2, len(items))  # at an end, crowds would drift
            weight = 1 if above == number[net.source] else 8
            bonds[level].append(Bond(above, at, len(items), CORRIDOR / 2, weight))
            above, at = len(items), CORRIDOR / 2
            items.append(_Item(CORRIDOR))


def _apart(items: Sequence[_Item]) -> Callable[[int, int], float]:
    def apart(one: int, other: int) -> float:
        lines = (items[one].box is None) + (items[other].box is None)
        return (SPACE, SPACE / 2, CORRIDOR / 2)[lines]

    return apart


def _heights(
    rows: Sequence[Sequence[int]],
    bonds: Sequence[Sequence[Bond]],
    items: Sequence[_Item],
    boxes: Mapping[str, Box],
) -> tuple[list[float], list[float]]:
    """Top and bottom of each layer; the farther lines run aside, the more room they get."""
    tops: list[float] = []
    bottoms: list[float] = []
    for level, row in enumerate(rows):
        aside = (
            abs(items[b.above].x + b.above_at - items[b.below].x - b.below_at) for b in bonds[level]
        )
        gap = GAP + min(80.0, 0.1 * max(aside, default=0.0))
        top = round(bottoms[-1] + gap, 1) if bottoms else 0.0
        tops.append(top)
        tall = max((boxes[name].height for at in row if (name := items[at].box)), default=0.0)
        bottoms.append(round(top + tall, 1))
    return tops, bottoms


def _draw(
    net: _Net,
    strands: list[Strand],
    items: Sequence[_Item],
    boxes: Mapping[str, Box],
    spots: Mapping[str, Spot],
    bands: tuple[Sequence[float], Sequence[float]],
) -> None:
    """A strand from fork to fork, down to each end of a net."""
    tops, bottoms = bands
    box, spot = boxes[net.source], spots[net.source]
    x = round(spot.x + box.outlets[net.outlet], 1)
    points = [(x, round(spot.y + box.drop(net.outlet), 1)), (x, bottoms[spot.layer])]
    after: int | None = None
    open_ends = sorted(net.ends, key=lambda end: spots[end[0]].layer)
    level = spot.layer
    while open_ends:
        level += 1
        here = [end for end in open_ends if spots[end[0]].layer == level]
        open_ends = open_ends[len(here) :]
        forks = len(here) + bool(open_ends) > 1
        if forks and len(points) > 2:
            strands.append(Strand(net.source, None, net.dashed, after, tuple(points)))
            after, points = len(strands) - 1, points[-1:]
        for target, inlet in here:
            end = (round(spots[target].x + boxes[target].inlets[inlet], 1), spots[target].y)
            line = _plain([*points, end])
            strands.append(Strand(net.source, target, net.dashed, after, line))
        if open_ends:
            x = round(items[net.passes[level]].x + CORRIDOR / 2, 1)
            points = [*points, (x, tops[level]), (x, bottoms[level])]


def _plain(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Points without those that lie on a straight way down."""
    found: list[tuple[float, float]] = []
    for point in points:
        while len(found) > 1 and found[-2][0] == found[-1][0] == point[0]:
            found.pop()
        found.append(point)
    return tuple(found)
