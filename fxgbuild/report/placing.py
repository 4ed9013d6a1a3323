"""The places of items along their layers: as straight below each other as their order allows."""

from collections.abc import Callable, Sequence

from fxgbuild.report.ordering import Bond, Rows

Apart = Callable[[int, int], float]
ROUNDS = 24
MANY = 4000


def placed(
    rows: Rows, bonds: Sequence[Sequence[Bond]], widths: Sequence[float], apart: Apart
) -> list[float]:
    """The left edge of every item; each round moves layers towards what they are tied to."""
    lefts = [0.0] * len(widths)
    for row in rows:
        offsets = _offsets(row, widths, apart)
        middle = (offsets[-1] + widths[row[-1]]) / 2 if row else 0.0
        for item, offset in zip(row, offsets, strict=True):
            lefts[item] = offset - middle
    up: list[list[tuple[int, float, int]]] = [[] for _ in widths]
    down: list[list[tuple[int, float, int]]] = [[] for _ in widths]
    for layer in bonds:
        for bond in layer:
            shift = bond.above_at - bond.below_at
            if bond.centred:
                shift = (widths[bond.above] - widths[bond.below]) / 2
            up[bond.below].append((bond.above, shift, bond.weight))
            down[bond.above].append((bond.below, -shift, bond.weight))
    both = [[*a, *b] for a, b in zip(up, down, strict=True)]
    rounds = ROUNDS if len(widths) <= MANY else ROUNDS // 4
    for number in range(rounds):
        late = number >= rounds // 2
        for ties, order in ((both if late else up, rows), (both if late else down, rows[::-1])):
            for row in order:
                _move(row, ties, lefts, widths, apart)
    for row in rows:
        _gather(row, both, lefts, widths, apart)
    return lefts


def _gather(
    row: Sequence[int],
    ties: Sequence[Sequence[tuple[int, float, int]]],
    lefts: list[float],
    widths: Sequence[float],
    apart: Apart,
) -> None:
    """What is tied to nothing stands right beside what is."""
    tied = [place for place, item in enumerate(row) if ties[item]]
    if not tied:
        return
    for place in range(tied[0] - 1, -1, -1):
        item, right = row[place], row[place + 1]
        lefts[item] = lefts[right] - apart(item, right) - widths[item]
    for place in range(tied[0] + 1, len(row)):
        item, left = row[place], row[place - 1]
        if not ties[item]:
            lefts[item] = lefts[left] + widths[left] + apart(left, item)


def _offsets(row: Sequence[int], widths: Sequence[float], apart: Apart) -> list[float]:
    """How far from the first item each stands when a layer is as narrow as can be."""
    found, at = [], 0.0
    for place, item in enumerate(row):
        if place:
            at += apart(row[place - 1], item)
        found.append(at)
        at += widths[item]
    return found


def _move(
    row: Sequence[int],
    ties: Sequence[Sequence[tuple[int, float, int]]],
    lefts: list[float],
    widths: Sequence[float],
    apart: Apart,
) -> None:
    """The least squares of all distances under the order: runs that press are moved as one."""
    offsets = _offsets(row, widths, apart)
    runs: list[tuple[float, float, int]] = []  # weight, place, how many items
    for item, offset in zip(row, offsets, strict=True):
        weight = float(sum(tie[2] for tie in ties[item]))
        if weight:
            wish = sum((lefts[other] + shift) * w for other, shift, w in ties[item]) / weight
        else:
            weight, wish = 0.01, lefts[item]
        run = (weight, wish - offset, 1)
        while runs and runs[-1][1] >= run[1]:
            other = runs.pop()
            total = other[0] + run[0]
            run = (total, (other[0] * other[1] + run[0] * run[1]) / total, other[2] + run[2])
        runs.append(run)
    at = 0
    for _, place, count in runs:
        for item, offset in zip(row[at : at + count], offsets[at : at + count], strict=True):
            lefts[item] = place + offset
        at += count


def straightened(
    rows: Rows,
    chains: Sequence[Sequence[int]],
    lefts: Sequence[float],
    widths: Sequence[float],
    apart: Apart,
) -> list[float]:
    """Chains that pass several layers stand exactly below each other where there is room."""
    found = list(lefts)
    beside: dict[int, tuple[int | None, int | None]] = {}
    for row in rows:
        for place, item in enumerate(row):
            left = row[place - 1] if place else None
            beside[item] = (left, row[place + 1] if place + 1 < len(row) else None)
    for chain in chains:
        low, high = float("-inf"), float("inf")
        for item in chain:
            left, right = beside[item]
            if left is not None:
                low = max(low, found[left] + widths[left] + apart(left, item))
            if right is not None:
                high = min(high, found[right] - widths[item] - apart(item, right))
        if low <= high:
            middle = sorted(found[item] for item in chain)[len(chain) // 2]
            for item in chain:
                found[item] = min(max(middle, low), high)
    return found
