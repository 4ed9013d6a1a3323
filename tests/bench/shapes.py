"""Graphs of a shape and a size: for each node, the nodes it takes values from.

Nodes are numbered upstream first, so any prefix is a graph too.
"""

from collections.abc import Iterator

PER_PACKAGE = 50
LAYER = 10


def chain(n: int) -> Iterator[list[int]]:
    """Each node after the one before it."""
    return ([i - 1] if i else [] for i in range(n))


def wide(n: int) -> Iterator[list[int]]:
    """One node, and everything else after it."""
    return ([0] if i else [] for i in range(n))


def layered(n: int) -> Iterator[list[int]]:
    """Layers of ten; each node after up to three of the layer above."""
    for i in range(n):
        layer, place = divmod(i, LAYER)
        above = (layer - 1) * LAYER
        yield sorted({above + (place + step) % LAYER for step in (0, 3, 7)}) if layer else []


def diamond(n: int) -> Iterator[list[int]]:
    """Diamonds end to end: a node forks to two, which join in the next."""
    for i in range(n):
        place = i % 3
        if i == 0:
            yield []
        elif place == 0:
            yield [i - 2, i - 1]
        else:
            yield [i - place]


SHAPES = {"chain": chain, "wide": wide, "layered": layered, "diamond": diamond}
