"""Gates: whatever keeps wrong code out, and whether a change makes it weaker or stronger."""

from collections.abc import Iterable
from dataclasses import dataclass

from fxgbuild.digest import Json


@dataclass(frozen=True, slots=True, order=True)
class Gate:
    """One gate that moved. What is changed rather than lowered counts as weaker: nobody can tell.

    `names` are foreign text: which examples, cases, tests.
    """

    where: str
    gate: str
    weaker: bool
    text: str
    names: tuple[str, ...] = ()

    def to_json(self) -> Json:
        return {"where": self.where, "gate": self.gate, "text": self.text, "names": [*self.names]}


def weaker(where: str, gate: str, text: str, names: Iterable[str] = ()) -> Gate:
    return Gate(where, gate, True, text, tuple(names))


def stronger(where: str, gate: str, text: str, names: Iterable[str] = ()) -> Gate:
    return Gate(where, gate, False, text, tuple(names))


def moved_set(where: str, gate: str, old: Iterable[str], new: Iterable[str]) -> list[Gate]:
    """A list of what is allowed: more of it is weaker, less of it stronger."""
    gained, lost = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    found = [weaker(where, gate, "allowed now", gained)] if gained else []
    return found + ([stronger(where, gate, "no longer allowed", lost)] if lost else [])
