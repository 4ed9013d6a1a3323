"""What runs of the past say: why a target was dirty, what ran, how two runs differ. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.event import ActionEnded, Ended, Event, Planned, PlannedTarget, Started, TargetEnded

Reasons = tuple[tuple[str, Json, Json], ...]
DONE = ("built", "generated", "failed")


@dataclass(frozen=True, slots=True)
class TargetThen:
    """What a run said of one target; a target it did not speak of was clean."""

    label: str
    kind: str = ""
    state: str = "clean"
    reasons: Reasons = ()
    actions: tuple[str, ...] = ()
    key: str | None = None
    previous_key: str | None = None
    outcome: str = ""  # nothing: the run was killed before the target's end

    def to_json(self) -> Json:
        reasons = [{"field": name, "old": old, "new": new} for name, old, new in self.reasons]
        return {
            "label": self.label,
            "state": self.state,
            "reasons": reasons,
            "key": self.key,
            "previous_key": self.previous_key,
            "actions": list(self.actions),
            "outcome": self.outcome or None,
        }


def is_planned(events: Iterable[Event]) -> bool:
    """Did the run come as far as a plan? If not, it knows nothing of any target."""
    return any(isinstance(event, Planned) for event in events)


def targets_then(events: Iterable[Event]) -> dict[str, TargetThen]:
    """Every target that a run speaks of. Why it was dirty, the first plan says: a later one is
    made when its code is there, and knows less."""
    planned: dict[str, PlannedTarget] = {}
    ended: dict[str, TargetEnded] = {}
    for event in events:
        if isinstance(event, Planned):
            for target in event.targets:
                planned.setdefault(target.label, target)
        elif isinstance(event, TargetEnded):
            ended[event.label] = event
    return {label: _then(label, planned.get(label), ended.get(label)) for label in planned | ended}


def _then(label: str, plan: PlannedTarget | None, end: TargetEnded | None) -> TargetThen:
    outcome = end.outcome if end else ""
    key = (end.key if end else None) or (plan.key if plan else None)
    if plan is None:
        return TargetThen(label, kind=end.kind if end else "", key=key, outcome=outcome)
    return TargetThen(
        *(label, plan.kind, plan.state, plan.reasons, plan.actions),
        *(key, plan.previous_key, outcome),
    )


def why_at(events: Sequence[Event], label: str) -> TargetThen | None:
    """Why a target was dirty in a run, or that it was clean; None when the run had no plan."""
    if not is_planned(events):
        return None
    return targets_then(events).get(label) or TargetThen(label)


def was_done(events: Iterable[Event], label: str) -> bool:
    """Did a run do anything to a target?"""
    return any(
        isinstance(event, TargetEnded) and event.label == label and event.outcome in DONE
        for event in events
    )


def actions_run(events: Iterable[Event]) -> list[ActionEnded]:
    """What ran, in the order in which it began; results shared with others are no runs."""
    found = [e for e in events if isinstance(e, ActionEnded) and e.outcome != "shared"]
    return sorted(found, key=lambda one: one.start_s)


@dataclass(frozen=True, slots=True)
class Difference:
    """How a second run differs from a first."""

    facts: Mapping[str, tuple[Json, Json]]
    targets: tuple[tuple[TargetThen, TargetThen], ...]
    only_first: tuple[tuple[str, str], ...]
    only_second: tuple[tuple[str, str], ...]
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> Json:
        return {
            "facts": {name: {"a": a, "b": b} for name, (a, b) in self.facts.items()},
            "targets": [
                {"label": a.label, "differs": self.fields[a.label]}
                | {"a": a.to_json(), "b": b.to_json()}
                for a, b in self.targets
            ],
            "actions": {
                "only_a": [{"label": label, "action": name} for label, name in self.only_first],
                "only_b": [{"label": label, "action": name} for label, name in self.only_second],
            },
        }


def difference(first: Sequence[Event], second: Sequence[Event]) -> Difference:
    old, new = targets_then(first), targets_then(second)
    pairs, fields = [], {}
    for label in sorted(old | new):
        a, b = old.get(label) or TargetThen(label), new.get(label) or TargetThen(label)
        differs = _differing(a, b)
        if differs:
            pairs.append((a, b))
            fields[label] = differs
    ran = [{(one.label, one.action) for one in actions_run(events)} for events in (first, second)]
    facts = {
        name: (a, b)
        for (name, a), b in zip(_facts(first).items(), _facts(second).values(), strict=True)
        if a != b
    }
    apart = tuple(sorted(ran[0] - ran[1])), tuple(sorted(ran[1] - ran[0]))
    return Difference(facts, tuple(pairs), *apart, fields)


def _differing(a: TargetThen, b: TargetThen) -> tuple[str, ...]:
    """A clean target's key is not told, so it differs from none."""
    pairs: dict[str, tuple[Json, Json]] = {
        "key": (a.key or b.key, b.key or a.key),
        "outcome": (a.outcome or a.state, b.outcome or b.state),
        "reasons": (a.reasons, b.reasons),
    }
    return tuple(name for name, (old, new) in pairs.items() if old != new)


def _facts(events: Sequence[Event]) -> dict[str, Json]:
    started = next((e for e in events if isinstance(e, Started)), None)
    ended = next((e for e in events if isinstance(e, Ended)), None)
    return {
        "version": started.version if started else None,
        "command": " ".join(started.command) if started else None,
        "sandbox": ended.sandbox if ended else None,
        "exit code": ended.exit_code if ended else None,
    }
