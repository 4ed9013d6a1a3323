"""A problem found in what somebody wrote, and where it stands.

Parsers and checks return problems; nobody raises for bad input.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_SHOWN = 1000  # characters of what a file says
MOST_SAID = 200  # characters of what a server says


@dataclass(frozen=True, order=True, slots=True)
class Location:
    """A place in a workspace file; line and column count from 1, 0 means the whole file."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """What is wrong, where, who asked for it, what is close and what to type next."""

    where: Location
    id: str
    message: str
    asked_by: str = field(default="", compare=False)
    near: str = field(default="", compare=False)
    hint: str = field(default="", compare=False)

    def lines(self) -> list[str]:
        out = [f"{self.where}: {clipped(self.message)} [{self.id}]"]
        if self.asked_by:
            out.append(f"  asked by  {clipped(self.asked_by)}")
        if self.near:
            out.append(f"  closest   {self.near}")
        if self.hint:
            out.append(f"  hint      {clipped(self.hint)}")
        return [visible(line) for line in out]


def visible(text: str) -> str:
    """One line on which what a terminal would obey, or a reader overlook, is spelled out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def foreign(text: str) -> str:
    """The first of another machine's words, as a terminal may show them."""
    return visible(text[:MOST_SAID])


def clipped(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def closest(word: str, known: Iterable[str]) -> str:
    """Name the known words nearest to a mistyped one, best first; empty when none is near."""
    return ", ".join(f"`{name}`" for name in difflib.get_close_matches(word, list(known), 2, 0.6))
