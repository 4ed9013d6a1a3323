"""Two releases by their provenance: which tools judged them, where, and what wrote their code."""

from collections.abc import Iterable

from fxgbuild.digest import Json
from fxgbuild.release.evidence import Evidence, NodeEvidence, Passed
from fxgbuild.review.change import Elsewhere
from fxgbuild.review.elsewhere import STRENGTH
from fxgbuild.review.gate import Gate, stronger, weaker
from fxgbuild.review.node import moved

SANDBOXED = ("test", "integrate")


def compare_verdicts(old: Evidence, new: Evidence) -> tuple[list[Elsewhere], list[Gate]]:
    """What differs beside the sources, and the sandbox levels as the gates that they are."""
    count = len(new.nodes)
    found = [
        _elsewhere("tools", "other versions judged it", count, _tools(old), _tools(new)),
        _elsewhere("sandbox", "tests and integration ran otherwise", count, *_levels(old, new)),
        _elsewhere("writers", "other models or people wrote code", 0, _by(old), _by(new)),
        _elsewhere("machine", "it was built with something else", 0, _made(old), _made(new)),
    ]
    return [item for item in found if item.fields], _gates(old, new)


def _elsewhere(where: str, what: str, nodes: int, old: Json, new: Json) -> Elsewhere:
    fields = moved(old, new)
    return Elsewhere(where, what, nodes if fields else 0, fields)


def _passed(evidence: Evidence) -> Iterable[Passed]:
    return (
        passed for own in (*(n.passed for n in evidence.nodes), evidence.graph) for passed in own
    )


def _tools(evidence: Evidence) -> Json:
    """Every tool with its version; where verdicts are from several, with all of them."""
    found: dict[str, set[str]] = {}
    for passed in _passed(evidence):
        for tool, version in passed.tools.items():
            found.setdefault(tool, set()).add(version)
    return {tool: ", ".join(sorted(versions)) for tool, versions in sorted(found.items())}


def _levels(old: Evidence, new: Evidence) -> tuple[Json, Json]:
    sides = _lowest(old), _lowest(new)
    return sides[0], sides[1]


def _lowest(evidence: Evidence) -> dict[str, str]:
    """The lowest level of the verdicts of each sandboxed action."""
    found: dict[str, str] = {}
    for passed in _passed(evidence):
        if passed.action in SANDBOXED:
            levels = (passed.sandbox, found.get(passed.action, passed.sandbox))
            found[passed.action] = min(levels, key=lambda level: STRENGTH.get(level, 0))
    return found


def _gates(old: Evidence, new: Evidence) -> list[Gate]:
    before, after = _lowest(old), _lowest(new)
    found = []
    for action in SANDBOXED:
        levels = before.get(action, ""), after.get(action, "")
        ranks = [STRENGTH.get(level, 0) for level in levels]
        if action in before and ranks[0] != ranks[1]:
            text = f"{levels[0] or 'none'} → {levels[1] or 'none'}"
            kind = weaker if ranks[1] < ranks[0] else stronger
            found.append(kind(new.label, f"sandbox of {action}", text))
    return found


def _by(evidence: Evidence) -> Json:
    return {node.label: written_by(node) for node in evidence.nodes}


def written_by(node: NodeEvidence) -> str:
    """What or who wrote a node's code, in a word or two."""
    if node.origin != "model":
        return node.origin
    author = node.model or ("a person" if node.adopted else "an unnamed model")
    return f"{author} (adopted)" if node.adopted and node.model else author


def _made(evidence: Evidence) -> Json:
    facts = {name: getattr(evidence, name) for name in ("fxgbuild", "python", "platform")}
    return facts | {"runtime": evidence.runtime.short}
