"""What changed, as values: one for each target, and the review that holds them all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.lang.label import Label
from fxgbuild.review.gate import Gate
from fxgbuild.review.pins import PinView
from fxgbuild.review.prose import CodeChange, Sentence


@dataclass(frozen=True, slots=True)
class Moved:
    """One field that differs; None stands for what one side does not have."""

    field: str
    before: Json
    after: Json

    def to_json(self) -> Json:
        return {"field": self.field, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class TargetChange:
    """One target that is not as it was."""

    label: Label
    kind: str  # node, graph, artifact
    status: str  # added, removed, renamed, changed
    renamed_from: Label | None = None
    spec: tuple[Sentence, ...] = ()
    fields: tuple[Moved, ...] = ()
    code: CodeChange | None = None
    gained: tuple[str, ...] = ()  # modules that its code imports now
    lost: tuple[str, ...] = ()
    judged: Mapping[str, int] = field(default_factory=dict)  # by what, of a new node
    before: PinView | None = None
    after: PinView | None = None

    def to_json(self) -> Json:
        code = self.code
        return {
            "label": str(self.label),
            "kind": self.kind,
            "status": self.status,
            "renamed_from": str(self.renamed_from) if self.renamed_from else None,
            "spec": [{"before": s.before, "after": s.after} for s in self.spec],
            "fields": [moved.to_json() for moved in self.fields],
            "code": {"added": code.added, "removed": code.removed, "diff": [*code.lines]}
            if code
            else None,
            "judged": dict(self.judged),
            "imports": {"gained": [*self.gained], "lost": [*self.lost]},
            "pin": {"before": pin_json(self.before), "after": pin_json(self.after)},
        }


def pin_json(pin: PinView | None) -> Json:
    """What a reviewer asks of a pin."""
    if pin is None:
        return None
    return {
        "key": pin.key.hex if pin.key else None,
        "code": pin.digest,
        "model": pin.provenance.get("model"),
        "provider": pin.provenance.get("provider"),
        "date": pin.provenance.get("date"),
        "attempts": len(pin.series),
        "failed": failed(pin),
        "usage": pin.usage,
        "carried": [{n: step.get(n) for n in ("because", "date", "from")} for step in pin.carried],
    }


def failed(pin: PinView) -> list[str]:
    """The stages at which attempts failed, in their order."""
    return [str(attempt["stage"]) for attempt in pin.series if attempt.get("stage")]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A change outside of graphs: of a task type, the settings, the lock."""

    where: str
    what: str
    nodes: int = 0  # that it reaches
    fields: tuple[Moved, ...] = ()

    def to_json(self) -> Json:
        fields = [moved.to_json() for moved in self.fields]
        return {"where": self.where, "what": self.what, "nodes": self.nodes, "fields": fields}


@dataclass(frozen=True, slots=True)
class Review:
    """Everything a pull request does, worst first."""

    targets: tuple[TargetChange, ...] = ()
    gates: tuple[Gate, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()  # pins that do not agree with themselves
    elsewhere: tuple[Elsewhere, ...] = ()
    actions: Mapping[str, int] | None = None  # that a store of the base does not have
    needed: tuple[str, ...] = ()  # nodes without code for their key
    built: Mapping[str, str] = field(default_factory=dict)  # artifacts built here, by label
    notes: tuple[str, ...] = ()

    @property
    def weakened(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if gate.weaker)

    @property
    def strengthened(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.weaker)

    def is_empty(self) -> bool:
        return not (self.targets or self.gates or self.broken or self.elsewhere)

    def count(self, status: str) -> int:
        return sum(target.status == status for target in self.targets)

    def to_json(self) -> Json:
        kinds = ("added", "removed", "renamed", "changed")
        totals = {status: self.count(status) for status in kinds}
        totals |= {"weakened": len(self.weakened), "strengthened": len(self.strengthened)}
        return {
            "totals": totals,
            "edited": [{"label": label, "problem": text} for label, text in self.broken],
            "weakened": [gate.to_json() for gate in self.weakened],
            "strengthened": [gate.to_json() for gate in self.strengthened],
            "targets": [target.to_json() for target in self.targets],
            "elsewhere": [item.to_json() for item in self.elsewhere],
            "actions": None if self.actions is None else dict(self.actions),
            "needed": list(self.needed),
            "built": dict(self.built),
            "notes": list(self.notes),
        }
