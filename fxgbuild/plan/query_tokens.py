"""A query's words: marks, quoted and bare, each with its place; and what a bad query is told."""

import re
from dataclasses import dataclass

from fxgbuild.errors import QueryFailed

_TOKEN = re.compile(
    r"""
    (?P<mark>[(),=^+]|-)
    | "(?P<double>[^"]*)" | '(?P<single>[^']*)'
    | (?P<word>[^\s(),=^+"'-][^\s(),=^+"']*)
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
WIDTH = 90
HINT = "`fxgbuild query --help` lists the functions and operators"


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # mark, quoted, word
    text: str
    at: int  # where it starts in the query, from 0
    end: int

    def touches(self, other: "Token") -> bool:
        """Does the other one begin right where this one ends?"""
        return self.end == other.at

    def begins_a_term(self) -> bool:
        return self.kind != "mark" or self.text == "("


def wrong(query: str, at: int, message: str, *, near: str = "", hint: str = HINT) -> QueryFailed:
    """The error for a bad query, with its place marked under the query."""
    before = query[:at]
    number, start = before.count("\n"), before.rfind("\n") + 1
    line, column = query[start:].partition("\n")[0], at - start
    cut = max(0, column - WIDTH * 2 // 3) if len(line) > WIDTH else 0
    shown = ("…" if cut else "") + line[cut : cut + WIDTH] + "…" * (len(line) > cut + WIDTH)
    marked = "".join("\t" if x == "\t" else " " for x in line[cut:column]) + "^"
    facts = {"query": shown, "place": (" " if cut else "") + marked}
    facts |= {"line": str(number + 1)} if number else {}
    facts |= {"column": str(column + 1), "closest": near}
    return QueryFailed(message, facts=facts, hint=hint)


def tokens(query: str) -> list[Token]:
    """Cut a query into its words; a quote that is not closed raises QueryFailed."""
    found: list[Token] = []
    at = _SPACE.match(query).end()  # type: ignore[union-attr]  # it matches anything
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None:
            raise wrong(query, at, "a quote is not closed")
        kind = match.lastgroup or ""
        quoted = kind in ("double", "single")
        found.append(Token("quoted" if quoted else kind, match[kind], at, match.end()))
        at = _SPACE.match(query, match.end()).end()  # type: ignore[union-attr]
    return found
