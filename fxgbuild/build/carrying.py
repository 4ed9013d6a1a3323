"""Carry: keep the pinned code under a changed key, with a reason and the whole history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fxgbuild.build.context import Context
from fxgbuild.build.generation import settle
from fxgbuild.build.judge import Case, judge, new_case
from fxgbuild.build.verdict import Verdict, first_failure
from fxgbuild.digest import Digest, Json
from fxgbuild.lang.model import Node
from fxgbuild.lang.template import render
from fxgbuild.plan.key import key_of
from fxgbuild.plan.plan import Reason
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.plan.rekeyed import contract_changes
from fxgbuild.store.pin import Pin

UNMOVED = ("current", "missing")  # nothing to carry here


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one node's pin; `missing` has none, `planned` would be tried."""

    label: str
    outcome: str  # carried, planned, current, refused, failed, missing
    old_key: str | None
    new_key: str
    reason: str = ""
    changes: tuple[Reason, ...] = ()
    retested: tuple[str, ...] = ()
    verdict: Verdict | None = None

    @property
    def needs_generation(self) -> bool:
        return self.outcome in ("refused", "failed", "missing")

    def to_json(self) -> Json:
        findings = self.verdict.findings if self.verdict else ()
        return {
            "label": self.label,
            "outcome": self.outcome,
            "old_key": self.old_key,
            "new_key": self.new_key,
            "reason": self.reason,
            "changes": [change.to_json() for change in self.changes],
            "retested": list(self.retested),
            "needs_generation": self.needs_generation,
            "findings": [finding.to_json() for finding in findings],
        }


@dataclass(frozen=True, slots=True)
class _Move:
    """A pin that may move to its node's new key, if the code passes there."""

    node: Node
    pin: Pin
    key: Digest
    preimage: Json

    def told(self, outcome: str, reason: str = "", verdict: Verdict | None = None) -> Carried:
        return Carried(
            label=str(self.node.label),
            outcome=outcome,
            old_key=self.pin.key.hex,
            new_key=self.key.hex,
            reason=reason,
            changes=self.changes(),
            verdict=verdict,
        )

    def changes(self) -> tuple[Reason, ...]:
        found = contract_changes(self.pin.key, self.pin.preimage, self.preimage)
        return tuple(Reason(*change) for change in found)


def carry(
    context: Context, nodes: Sequence[Node], because: str, *, dry_run: bool = False
) -> list[Carried]:
    """Run all stages on pinned code under its new contract; move the pins that pass."""
    results: list[Carried] = []
    moves: list[_Move] = []
    for node in nodes:
        preimage = generate_preimage(context.workspace, node)
        key = key_of("generate", preimage)
        pin = context.stores.committed(node.label)
        if pin is None:
            reason = "there is no pin to carry: it was never generated"
            results.append(Carried(str(node.label), "missing", None, key.hex, reason))
        elif pin.key == key:
            reason = "the pin is of this key already"
            results.append(Carried(str(node.label), "current", key.hex, key.hex, reason))
        else:
            moves.append(_Move(node, pin, key, preimage))
    ready = []
    for move in moves:
        refused = _refusal(move)
        if refused or dry_run:
            results.append(move.told("refused" if refused else "planned", refused))
        else:
            ready.append(move)
    results += _judged(context, ready, because)
    return sorted(results, key=lambda result: result.label)


def _judged(context: Context, moves: Sequence[_Move], because: str) -> list[Carried]:
    cases = [_case(context, move) for move in moves]
    verdicts = judge(context, cases)
    results = []
    for move, case in zip(moves, cases, strict=True):
        own = verdicts[case.label]
        failure = first_failure(own)
        if failure:
            told = move.told("failed", f"fails at {failure.stage}", failure)
        else:
            _move(context, move, settle(context, case), because)
            told = move.told("carried")
        again = tuple(stage for stage, verdict in own.items() if not verdict.shared)
        results.append(replace(told, retested=again))
    return results


def _case(context: Context, move: _Move) -> Case:
    template = move.node.template
    if template is None:
        raise ValueError(f"{move.node.label} has no template")
    return new_case(context, move.node, render(template, move.pin.hole))


def _refusal(move: _Move) -> str:
    node = move.node
    ports = [c.field for c in move.changes() if c.field.startswith("ports.")]
    judged = node.examples or (node.acceptance and (node.acceptance.cases or node.acceptance.tests))
    if ports and not judged:
        return f"a port's schema changed ({ports[0]}), and no example or acceptance can judge it"
    return ""


def _move(context: Context, move: _Move, validated: Json, because: str) -> None:
    step = {
        "from": move.pin.key.hex,
        "because": because,
        "date": context.today,
        "changes": [change.to_json() for change in move.changes()],
    }
    moved = replace(
        move.pin,
        key=move.key,
        preimage=move.preimage,
        validated=validated,
        carried=(*move.pin.carried, step),
    )
    context.stores.keep_pin(moved, commit=context.commit)
