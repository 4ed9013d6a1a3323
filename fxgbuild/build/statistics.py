"""Statistics of recorded generations: which node passed at which attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fxgbuild.digest import Json
from fxgbuild.lang.model import Node
from fxgbuild.store.pin import Pin


@dataclass(frozen=True, slots=True)
class Row:
    """One node's series: the stages its attempts failed at, in order, then whether it passed."""

    label: str
    task: str
    failed: tuple[str, ...]
    earlier: int  # attempts at keys before the spec was amended
    lines: int
    model: str
    provider: str
    date: str
    carried: int

    @property
    def attempt(self) -> int:
        return len(self.failed) + 1


def row(node: Node, pin: Pin) -> Row:
    keys = {pin.key.hex, *(str(step["from"]) for step in pin.carried)}
    series = [attempt for attempt in pin.attempts if attempt["key"] in keys]
    return Row(
        label=str(node.label),
        task=node.task.name,
        failed=tuple(str(a["stage"]) for a in series if a["stage"]),
        earlier=len(pin.attempts) - len(series),
        lines=len(pin.hole.splitlines()),
        model=str(pin.provenance["model"]),
        provider=str(pin.provenance["provider"]),
        date=str(pin.provenance["date"]),
        carried=len(pin.carried),
    )


FROM = {
    "first_pass": "pinned nodes whose first attempt at their key passed all four stages",
    "stages": "failed attempts of the pinned nodes, by the stage they failed at",
    "attempts": "pinned nodes by the attempt that passed",
    "stability": "graphs all of whose generated nodes are pinned and whose specs were not amended "
    "after a failure",
    "recovery": "nodes with a failed attempt that were pinned after all; those open here count too",
    "tokens": "usage in the attempts of pins; direct calls by calls.toml",
    "cost": "those tokens by the prices given; a cost in calls.toml stands for itself",
    "break_even": "generation over one direct call, in whole calls; -1 is never",
    "reduction": "tokens of n direct calls over tokens of the generation; runs use none",
    "determinism": "passing tests here, which call code twice with one input and compare bytes; "
    "of direct calls, inputs that were asked more than once",
    "quality": "hidden cases of nodes with a threshold, as the last passing test here judged them",
    "cycles": "whole graphs generated anew; a pin is never generated again by itself",
}


def statistics(rows: Sequence[Row], open_: Sequence[str] = ()) -> Json:
    """Rates over nodes, each with what it was computed from; `open_` failed and are not pinned."""
    count = len(rows)
    first = sum(item.attempt == 1 for item in rows)
    by_attempt: dict[str, int] = {}
    stages: dict[str, int] = {}
    for item in rows:
        by_attempt[str(item.attempt)] = by_attempt.get(str(item.attempt), 0) + 1
        for stage in item.failed:
            stages[stage] = stages.get(stage, 0) + 1
    failing = [item for item in rows if item.failed]
    return {
        "first_pass": {"rate": first / count if count else None, "passed": first, "of": count},
        "stages": stages,
        "attempts": by_attempt,
        "recovery": _recovery(len(failing), len(failing) + len(open_)),
        "earlier_series": sum(item.earlier for item in rows),
        "carried": sum(bool(item.carried) for item in rows),
        "cycles": {"recorded": 1 if rows else 0, "rate": None, "reason": "one cycle has no rate"},
        "computed_from": FROM,
        "nodes": [
            {"label": r.label, "attempt": r.attempt, "failed": list(r.failed), "lines": r.lines}
            for r in rows
        ],
    }


def _recovery(recovered: int, of: int) -> Json:
    found: dict[str, Json] = {"recovered": recovered, "of": of}
    if not of:
        return found | {"rate": None, "reason": "no attempt failed"}
    return found | {"rate": recovered / of}


def stability(rows: Mapping[str, Row], graphs: Mapping[str, Sequence[str]]) -> Json:
    """Graphs that were generated whole without anybody mending a spec or code by hand."""
    written = {graph: labels for graph, labels in graphs.items() if labels}
    stable = [
        graph
        for graph, labels in written.items()
        if all(label in rows and not rows[label].earlier for label in labels)
    ]
    if not written:
        return {"rate": None, "reason": "no graph has generated nodes"}
    return {"rate": len(stable) / len(written), "stable": stable, "of": len(written)}


def markdown(rows: Sequence[Row]) -> str:
    """The table that docs/results.md holds."""
    facts = statistics(rows)
    lines = [
        "| node | task | passed at attempt | failed before at | earlier series | lines of code |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for item in rows:
        failed = ", ".join(item.failed) or "-"
        earlier = f"{item.earlier} attempts" if item.earlier else "-"
        cells = (f"`{item.label}`", item.task, item.attempt, failed, earlier, item.lines)
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    first = facts["first_pass"]
    attempts = ", ".join(f"{n} at attempt {k}" for k, n in sorted(facts["attempts"].items()))
    made = sorted({f"model `{r.model}`, provider `{r.provider}`, {r.date}" for r in rows})
    lines += [
        "",
        f"First-pass rate {first['passed']} of {first['of']}: {attempts}. Recorded by "
        f"{'; '.join(made)}.",
    ]
    return "\n".join(lines) + "\n"
