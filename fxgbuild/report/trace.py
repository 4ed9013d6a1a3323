"""A Chrome trace: what ran when, a row for each lane, and the chain that set the time.

Open it in Perfetto or `chrome://tracing`. Times are microseconds since the run began.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from fxgbuild.digest import Json
from fxgbuild.event import ActionEnded, Ended, Event, Planned, Started

# Which actions of the same target one waits for.
BEFORE: Mapping[str, tuple[str, ...]] = {
    "lint": ("generate",),
    "type": ("generate",),
    "security": ("generate",),
    "test": ("generate", "lint", "security"),
}
PID = 1


def trace_text(events: Sequence[Event]) -> str:
    """The whole document: metadata, the critical path's row, then the lanes."""
    actions = [e for e in events if isinstance(e, ActionEnded) and e.outcome != "shared"]
    started = next((event for event in events if isinstance(event, Started)), None)
    ended = next((event for event in events if isinstance(event, Ended)), None)
    name = " ".join(("fxgbuild", *(started.command[:1] if started else ())))
    out = [_named("process_name", 0, name), _named("thread_name", 0, "critical path")]
    before = min((action.start_s for action in actions), default=ended.wall_s if ended else 0.0)
    chain = critical_path(actions, needs_of(events))
    at = before
    out.append(_span("load and plan", "plan", 0.0, before, 0))
    for action in chain:
        out.append(_span(f"{action.action} {action.label}", "critical", at, action.wall_s, 0))
        at += action.wall_s
    row = 1
    for lane in sorted({action.lane for action in actions}):
        for number, packed in enumerate(packed_rows([a for a in actions if a.lane == lane]), 1):
            out.append(_named("thread_name", row, lane if number == 1 else f"{lane} {number}"))
            out += [_action(action, row) for action in packed]
            row += 1
    document: dict[str, Json] = {"displayTimeUnit": "ms", "traceEvents": out}
    if started:
        document["otherData"] = {"run": started.run, "version": started.version}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _named(what: str, row: int, name: str) -> dict[str, Json]:
    return {"ph": "M", "pid": PID, "tid": row, "name": what, "args": {"name": name}}


def _span(name: str, category: str, start_s: float, wall_s: float, row: int) -> dict[str, Json]:
    return {
        **{"ph": "X", "pid": PID, "tid": row, "name": name, "cat": category},
        **{"ts": round(start_s * 1e6), "dur": round(wall_s * 1e6)},
    }


def _action(action: ActionEnded, row: int) -> dict[str, Json]:
    span = _span(action.label, action.action, action.start_s, action.wall_s, row)
    args = {"action": action.action, "outcome": action.outcome, "key": action.key}
    failed = {"cname": "terrible"} if action.outcome == "failed" else {}
    return span | {"args": args} | failed


def packed_rows(actions: Iterable[ActionEnded]) -> list[list[ActionEnded]]:
    """As few rows as need be, so that no two of a row overlap."""
    rows: list[list[ActionEnded]] = []
    for action in sorted(actions, key=lambda one: (one.start_s, one.wall_s, one.label)):
        start = round(action.start_s * 1e6)
        for row in rows:
            if round(row[-1].start_s * 1e6) + round(row[-1].wall_s * 1e6) <= start:
                row.append(action)
                break
        else:
            rows.append([action])
    return rows


def needs_of(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """What each target waits for: what its kind needs of its package."""
    targets = [t for event in events if isinstance(event, Planned) for t in event.targets]
    nodes: dict[str, list[str]] = {}
    for target in targets:
        if target.kind == "node":
            nodes.setdefault(target.label.partition(":")[0], []).append(target.label)
    found: dict[str, tuple[str, ...]] = {}
    for target in targets:
        package = target.label.partition(":")[0]
        graph = f"{package}:{package.rpartition('/')[2]}"
        near = tuple(nodes.get(package, ()))
        found[target.label] = {"node": (), "graph": near}.get(target.kind, (graph,))
    return found


def critical_path(
    actions: Sequence[ActionEnded], needs: Mapping[str, tuple[str, ...]]
) -> list[ActionEnded]:
    """The chain of actions, each waiting for the one before, that takes the longest in all."""
    by_label: dict[str, list[ActionEnded]] = {}
    for action in actions:
        by_label.setdefault(action.label, []).append(action)
    best: dict[int, tuple[float, ActionEnded | None]] = {}
    for action in sorted(actions, key=lambda one: one.start_s):
        longest: tuple[float, ActionEnded | None] = (0.0, None)
        for other in _waited_for(action, by_label, needs):
            if id(other) in best and best[id(other)][0] > longest[0]:
                longest = (best[id(other)][0], other)
        best[id(action)] = (longest[0] + action.wall_s, longest[1])
    last = max(actions, key=lambda one: best[id(one)][0], default=None)
    chain: list[ActionEnded] = []
    while last is not None:
        chain.insert(0, last)
        last = best[id(last)][1]
    return chain


def _waited_for(
    action: ActionEnded,
    by_label: Mapping[str, Sequence[ActionEnded]],
    needs: Mapping[str, tuple[str, ...]],
) -> Iterable[ActionEnded]:
    """Its own target's earlier actions, and all of the targets that it needs."""
    own = BEFORE.get(action.action, ())
    for other in by_label[action.label]:
        if other.action in own and other is not action:
            yield other
    if action.action in ("generate", "integrate", "emit"):
        for label in needs.get(action.label, ()):
            yield from by_label.get(label, ())
