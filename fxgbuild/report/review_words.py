"""What both forms of a review say: heads, pins, counts, in plain words."""

from collections.abc import Iterable, Mapping

from fxgbuild.digest import Json
from fxgbuild.review.change import Moved, Review, TargetChange, failed
from fxgbuild.review.gate import Gate
from fxgbuild.review.pins import PinView

MOST_NAMES = 12
MOST_NEEDED = 8


def plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def heading(review: Review) -> str:
    """One line that says how worried to be."""
    if review.is_empty():
        return "nothing changed"
    parts = [f"{review.count(s)} {s}" for s in ("added", "removed", "renamed", "changed")
             if review.count(s)]  # fmt: skip
    targets = f"targets: {', '.join(parts)}" if parts else "no target changed"
    gates = plural(len(review.weakened), "gate") + " weakened"
    edited = f"; {plural(len(review.broken), 'pin')} edited by hand or damaged"
    return f"{gates}; {targets}{edited if review.broken else ''}"


def work(review: Review) -> list[str]:
    """What a build will do that has the base's results, and what it cannot do."""
    if review.actions is None:
        return []
    runs = ", ".join(f"{n} {name}" for name, n in review.actions.items()) or "nothing"
    lines = [f"where the base was built, a build runs: {runs}"]
    if review.needed:
        names = ", ".join(review.needed[:MOST_NEEDED])
        more = len(review.needed) - MOST_NEEDED
        names += f" and {more} more" if more > 0 else ""
        lines.append(f"no pinned code for the present spec (`--frozen` stops here): {names}")
    return lines


def pin_words(before: PinView | None, after: PinView | None) -> list[str]:
    """How the code was come by: model, date, attempts, failures, cost, reasons, digests."""
    if after is None:
        return ["pin removed"] if before else []
    facts = after.provenance
    made = " ".join(str(facts[n]) for n in ("model", "date") if facts.get(n))
    tries = plural(len(after.series), "attempt")
    stages = failed(after)
    tries += f" (failed at {', '.join(stages)})" if stages else ""
    lines = [f"pin: {made or 'unknown origin'}, {tries}{_cost(after)}"]
    known = len(before.carried) if before else 0
    lines += [
        f"carried on {step.get('date')}: {step.get('because')}" for step in after.carried[known:]
    ]
    old_key = before.key.short if before and before.key else "none"
    new_key = after.key.short if after.key else "none"
    old_code = before.digest[:12] if before else "none"
    lines.append(f"generate key {old_key} → {new_key}, code {old_code} → {after.digest[:12]}")
    return lines


def _cost(pin: PinView) -> str:
    usage: Mapping[str, Json] = pin.usage or {}
    return "".join(f", {value:g} {name}" for name, value in sorted(usage.items()))


def judged_words(target: TargetChange) -> str:
    """By what a new node is judged; "" for others."""
    if not target.judged:
        return ""
    found = [f"{count} {name}" for name, count in target.judged.items() if count]
    return f"judged by {', '.join(found) or 'lint, types and security alone'}"


def field_words(moved: Moved) -> tuple[str, str, str]:
    return moved.field, said(moved.before), said(moved.after)


def said(value: Json) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {said(item)}" for name, item in value.items()) or "(none)"
    if isinstance(value, list):
        return ", ".join(said(item) for item in value) or "(none)"
    return str(value) if value != "" else "(none)"


def names_of(gate: Gate) -> Iterable[str]:
    """The first names, and how many there are more."""
    yield from gate.names[:MOST_NAMES]


def more_names(gate: Gate) -> str:
    more = len(gate.names) - MOST_NAMES
    return f" and {more} more" if more > 0 else ""


def summary(target: TargetChange) -> str:
    """What of a target changed, in a few words."""
    parts = ["spec"] if target.spec else []
    parts += sorted({moved.field.partition(".")[0] for moved in target.fields})
    if target.code:
        parts.append(f"code +{target.code.added} -{target.code.removed}")
    if target.after and target.before and not target.code:
        parts.append("pin")
    return ", ".join(parts)
