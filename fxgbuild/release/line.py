"""A line of a policy's check: what was asked, what was found, and what would meet it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fxgbuild.digest import Json
from fxgbuild.problem import visible

REFUSED = 24  # the policy is not met
DISTRUSTED = 26  # a signature, a statement, or what two of them say together
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Line:
    rule: str
    met: bool
    asked: str
    found: str
    remedy: str = ""  # what to type, or who must do what; of a line that is not met
    origin: str = ""  # who asks: fxgbuild itself, or a part of a policy
    exit_code: int = REFUSED  # of a line that is not met

    def to_json(self) -> Json:
        found = {name: getattr(self, name) for name in ("rule", "met", "asked", "found")}
        return found | ({} if self.met else {"remedy": self.remedy}) | {"origin": self.origin}

    def lines(self) -> list[str]:
        """As a terminal shows it; what statements say of themselves is foreign text."""
        out = [f"{'met  ' if self.met else 'UNMET'} {self.rule}: {self.asked}"]
        if not self.met:
            facts = {"found": self.found, "asked by": self.origin, "to meet it": self.remedy}
            out += [f"      {name:<10}  {text}" for name, text in facts.items() if text]
        return [visible(line) for line in out]


def judged(
    rule: str, asked: str, wrong: Sequence[str], good: str, remedy: str, code: int = REFUSED
) -> Line:
    """A line that is met where nothing is wrong."""
    if not wrong:
        return Line(rule, True, asked, good)
    return Line(rule, False, asked, named(wrong), remedy, exit_code=code)


def named(words: Iterable[str]) -> str:
    """The first few of some words, and how many more there are."""
    words = list(words)
    more = len(words) - MOST_NAMED
    shown = ", ".join(words[:MOST_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def several(words: Sequence[str], otherwise: str) -> str:
    """Words of a command to type; what they stand for where there are too many to be typed."""
    return " ".join(words) if len(words) <= MOST_NAMED else f"{otherwise}..."
