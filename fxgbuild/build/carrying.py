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
from fxgbuild.plan.key import differences, key_of
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.store.pin import Pin


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one node's pin."""

    label: str
    outcome: str  # carried, current, refused, failed
    old_key: str | None
    new_key: str
    reason: str = ""
    verdict: Verdict | None = None

    def to_json(self) -> Json:
        findings = self.verdict.findings if self.verdict else ()
        return {
            "label": self.label,
            "outcome": self.outcome,
            "old_key": self.old_key,
            "new_key": self.new_key,
            "reason": self.reason,
            "findings": [finding.to_json() for finding in findings],
        }


def carry(context: Context, nodes: Sequence[Node], because: str) -> list[Carried]:
    """Run all stages on pinned code under its new contract; move the pins that pass."""
    results: list[Carried] = []
    ready: list[tuple[Node, Pin, Digest, Json, Case]] = []
    for node in nodes:
        preimage = generate_preimage(context.workspace, node)
        key = key_of("generate", preimage)
        pin = context.stores.committed(node.label)
        refused = _refusal(node, pin, key, preimage)
        if refused or pin is None or node.template is None:
            old = pin.key.hex if pin else None
            outcome = "current" if pin and pin.key == key else "refused"
            results.append(Carried(str(node.label), outcome, old, key.hex, refused))
            continue
        code = render(node.template, pin.hole)
        ready.append((node, pin, key, preimage, new_case(context, node, code)))
    verdicts = judge(context, [case for *_, case in ready])
    for node, pin, key, preimage, case in ready:
        failure = first_failure(verdicts[case.label])
        if failure:
            results.append(
                Carried(
                    case.label, "failed", pin.key.hex, key.hex, f"fails at {failure.stage}", failure
                )
            )
            continue
        validated = settle(context, case)
        _move(context, pin, key, preimage, validated, because)
        results.append(Carried(str(node.label), "carried", pin.key.hex, key.hex))
    return sorted(results, key=lambda result: result.label)


def _refusal(node: Node, pin: Pin | None, key: Digest, preimage: Json) -> str:
    if pin is None:
        return "there is no pin to carry"
    if pin.key == key:
        return "the pin is of this key already"
    ports = [path for path, *_ in differences(pin.preimage, preimage) if path.startswith("ports.")]
    judged = node.examples or (node.acceptance and (node.acceptance.cases or node.acceptance.tests))
    if ports and not judged:
        return f"a port's schema changed ({ports[0]}), and no example or acceptance can judge it"
    return ""


def _move(
    context: Context, pin: Pin, key: Digest, preimage: Json, validated: Json, because: str
) -> None:
    step = {
        "from": pin.key.hex,
        "because": because,
        "date": context.today,
        "changes": [
            {"field": path, "old": old, "new": new}
            for path, old, new in differences(pin.preimage, preimage)
        ],
    }
    moved = replace(
        pin, key=key, preimage=preimage, validated=validated, carried=(*pin.carried, step)
    )
    context.stores.keep_pin(moved, commit=context.commit)
