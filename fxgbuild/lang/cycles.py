"""Cycles among nodes, across packages: of each tangle a shortest one, in linear time."""

from collections.abc import Iterator, Mapping, Sequence

from fxgbuild.lang.drafts import Draft
from fxgbuild.lang.label import Label
from fxgbuild.problem import Problem

MOST_STEPS = 500_000  # of the search for a shorter cycle, over all tangles
MOST_SHOWN = 8

After = Sequence[Sequence[int]]


def find_cycles(drafts: Mapping[str, Draft]) -> None:
    """Report one printable path for each set of nodes that all lie on cycles with each other."""
    labels = [node.label for draft in drafts.values() for node in draft.nodes.values()]
    number = {label: index for index, label in enumerate(labels)}
    after: list[list[int]] = [[] for _ in labels]
    for draft in drafts.values():
        for edge in draft.edges:
            if edge.source:
                after[number[edge.source]].append(number[edge.target])
    budget = [MOST_STEPS]
    for tangle in _tangles(_on_cycles(after), after):
        cycle = _shortest(tangle, after, budget)
        _report(drafts, [labels[index] for index in cycle])


def _on_cycles(after: After) -> list[int]:
    """What is left when nodes that nothing leads to are taken away, again and again."""
    before = [0] * len(after)
    for targets in after:
        for target in targets:
            before[target] += 1
    free = [index for index, count in enumerate(before) if not count]
    for index in free:  # grows while it is walked
        for target in after[index]:
            before[target] -= 1
            if not before[target]:
                free.append(target)
    return [index for index, count in enumerate(before) if count]


def _tangles(left: Sequence[int], after: After) -> Iterator[list[int]]:
    """The strongly connected parts that hold a cycle: Tarjan's algorithm with its own stack."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: list[int] = []
    closed: set[int] = set()
    for root in left:
        if root in order:
            continue
        walk = [(root, iter(after[root]))]
        order[root] = low[root] = len(order)
        open_.append(root)
        while walk:
            index, steps = walk[-1]
            step = next((s for s in steps if s not in closed), None)
            if step is not None and step not in order:
                order[step] = low[step] = len(order)
                open_.append(step)
                walk.append((step, iter(after[step])))
            elif step is not None:
                low[index] = min(low[index], order[step])
            else:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[index])
                if low[index] == order[index]:
                    part = [open_.pop()]
                    while part[-1] != index:
                        part.append(open_.pop())
                    closed.update(part)
                    if len(part) > 1 or index in after[index]:
                        yield sorted(part)


def _shortest(tangle: Sequence[int], after: After, budget: list[int]) -> list[int]:
    """A shortest cycle of a tangle, or the best one found when the search has cost too much."""
    for index in tangle:
        if index in after[index]:
            return [index, index]
    inside = set(tangle)
    ring = sum(step in inside for index in tangle for step in after[index]) == len(tangle)
    best: list[int] = []
    for root in tangle:
        most = len(best) - 2 if best else len(tangle)
        best = _back_to(root, inside, after, most, budget) or best
        if ring or len(best) == 3 or budget[0] < 0:
            break
    return best


def _back_to(
    root: int, inside: set[int], after: After, most: int, budget: list[int]
) -> list[int] | None:
    """The shortest way from a node back to itself, if it has at most so many steps."""
    came: dict[int, int] = {}
    level, steps = [root], 0
    while level and steps < most:
        steps += 1
        below: list[int] = []
        for index in level:
            for step in after[index]:
                budget[0] -= 1
                if step == root:
                    path = [root, index]
                    while path[-1] != root:
                        path.append(came[path[-1]])
                    return path[::-1]
                if step in inside and step not in came:
                    came[step] = index
                    below.append(step)
        level = below
    return None


def _report(drafts: Mapping[str, Draft], cycle: Sequence[Label]) -> None:
    names = [str(label) for label in cycle]
    many = len(names) > MOST_SHOWN
    shown = [*names[:4], "…", *names[-3:]] if many else names
    what = f"a cycle of {len(names) - 1} nodes" if many else "a cycle"
    draft = drafts[cycle[0].package]
    where = draft.nodes[cycle[0].name].where
    hint = "take one of these edges away: a value cannot wait for itself"
    draft.problems.append(
        Problem(where, "FXG1121", f"{what}: {' → '.join(shown)}", str(cycle[0]), hint=hint)
    )
