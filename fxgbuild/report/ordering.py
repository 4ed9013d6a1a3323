"""The order of a drawing's layers: what belongs together stands together, so few lines cross."""

from bisect import bisect_right, insort
from collections.abc import Sequence
from typing import NamedTuple


class Bond(NamedTuple):
    """A line from an item of one layer to one of the next, so far from the left of each.

    Where it is `centred`, not its ends but its items want to stand below each other: else a long
    chain would drift to the side of the port that it goes on from.
    """

    above: int
    above_at: float
    below: int
    below_at: float
    weight: int = 1
    centred: bool = False


Rows = list[list[int]]
FEW = 600  # up to so many items every pair of neighbours is tried the other way round


def ordered(
    rows: Rows, bonds: Sequence[Sequence[Bond]], widths: Sequence[float]
) -> tuple[Rows, int]:
    """The best order found, and how many lines cross in it.

    Sweeps go down and up, each item to the mean of its neighbours.
    """
    ends = _Ends(bonds, widths)
    now = best = [list(row) for row in rows]
    fewest, idle = ends.crossings(now), 0
    while fewest and idle < (6 if len(widths) <= FEW else 3):
        for towards in (1, -1):
            now = ends.swept(now, towards)
            if len(widths) <= FEW:
                ends.exchange(now)
            count = ends.crossings(now)
            idle += 1
            if count < fewest:
                best, fewest, idle = [list(row) for row in now], count, 0
    return best, fewest


class _Ends:
    """Who is tied to whom, seen from either layer."""

    def __init__(self, bonds: Sequence[Sequence[Bond]], widths: Sequence[float]) -> None:
        self.bonds = bonds
        self.up: list[list[tuple[int, float, float]]] = [[] for _ in widths]
        self.down: list[list[tuple[int, float, float]]] = [[] for _ in widths]
        for row in bonds:
            for bond in row:
                above = bond.above_at / widths[bond.above]
                below = bond.below_at / widths[bond.below]
                self.up[bond.below].append((bond.above, above, below))
                self.down[bond.above].append((bond.below, below, above))
        self.place = [0.0] * len(widths)

    def _settle(self, row: Sequence[int]) -> None:
        for place, item in enumerate(row):
            self.place[item] = place

    def swept(self, rows: Rows, towards: int) -> Rows:
        """Each layer in turn sorted by the mean place of what it is tied to in the one before."""
        found = [list(row) for row in rows]
        for row in found:
            self._settle(row)
        ties = self.up if towards == 1 else self.down
        for level in range(len(found))[::towards]:
            row = found[level]
            means = {item: self._mean(ties[item], self.place[item]) for item in row}
            row.sort(key=lambda item: (means[item], self.place[item]))
            self._settle(row)
        return found

    def _mean(self, ties: Sequence[tuple[int, float, float]], now: float) -> float:
        if not ties:
            return now
        return sum(self.place[other] + at for other, at, _ in ties) / len(ties)

    def crossings(self, rows: Rows) -> int:
        """How many pairs of lines cross."""
        for row in rows:
            self._settle(row)
        count = 0
        for row_bonds in self.bonds:
            lines = sorted(
                (self.place[b.above] * 1e6 + b.above_at, self.place[b.below] * 1e6 + b.below_at)
                for b in row_bonds
            )
            seen: list[float] = []
            for _, below in lines:
                count += len(seen) - bisect_right(seen, below)
                insort(seen, below)
        return count

    def exchange(self, rows: Rows) -> None:
        """Turn neighbours round as long as that takes crossings away."""
        for row in rows:
            self._settle(row)
        for _ in range(8):
            turned = [self._turned(row) for row in rows]
            if not any(turned):
                return

    def _turned(self, row: list[int]) -> bool:
        turned = False
        for at in range(len(row) - 1):
            left, right = row[at], row[at + 1]
            if self._between(right, left) < self._between(left, right):
                row[at], row[at + 1] = right, left
                self.place[left], self.place[right] = at + 1, at
                turned = True
        return turned

    def _between(self, left: int, right: int) -> int:
        """How many lines of two neighbours cross when they stand in this order."""
        count = 0
        for ties in (self.up, self.down):
            ends = [self.place[other] + at for other, at, _ in ties[right]]
            for other, at, _ in ties[left]:
                end = self.place[other] + at
                count += sum(one < end for one in ends)
        return count
