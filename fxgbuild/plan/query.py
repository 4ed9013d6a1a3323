"""Queries: `deps(x)`, `rdeps(u, x)`, `kind(re, x)`, set operators, as Bazel's query reads them.

A small recursive-descent parser; a bad query is a QueryFailed with the place in it.
"""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import networkx as nx

from fxgbuild.errors import FxgError, QueryFailed
from fxgbuild.lang.label import Label
from fxgbuild.problem import closest

FUNCTIONS = ("deps", "rdeps", "kind")

_TOKEN = re.compile(r"\s*(?:([(),])|\"([^\"]*)\"|'([^']*)'|([^\s(),\"']+))")
_OPERATORS = {"union": "+", "+": "+", "except": "-", "-": "-", "intersect": "^", "^": "^"}
MAX_DEPTH = 50


@dataclass(slots=True)
class World:
    """What a query is asked of."""

    after: "nx.DiGraph[Label]"  # an edge leads to what a target needs
    kinds: Mapping[Label, str]
    match: Callable[[str], list[Label]]


def answer(text: str, world: World) -> list[Label]:
    """Evaluate a query; raises QueryFailed naming the column."""
    parser = _Parser(text, world)
    found = parser.expression(0)
    if parser.peek() is not None:
        raise parser.wrong(f"`{parser.peek()}` is left over")
    return sorted(found)


class _Parser:
    def __init__(self, text: str, world: World) -> None:
        self.text, self.world = text, world
        self.tokens: list[tuple[str, int]] = []
        self.at = 0
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if not match:
                raise QueryFailed(f"a quote is not closed at column {position + 1}")
            group = next(i for i in (1, 2, 3, 4) if match[i] is not None)
            self.tokens.append((match[group], match.start(group) + 1))
            position = match.end()

    def peek(self) -> str | None:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def wrong(self, message: str, near: str = "") -> QueryFailed:
        column = self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text) + 1
        facts = {"query": self.text, "column": str(column), "closest": near}
        return QueryFailed(message, facts=facts, hint="`fxgbuild query --help` lists the functions")

    def take(self, token: str) -> None:
        if self.peek() != token:
            raise self.wrong(f"`{token}` should stand here")
        self.at += 1

    def expression(self, depth: int) -> set[Label]:
        if depth > MAX_DEPTH:
            raise self.wrong(f"nested deeper than {MAX_DEPTH}")
        found = self.term(depth)
        while (operator := _OPERATORS.get(self.peek() or "")) is not None:
            self.at += 1
            other = self.term(depth)
            found = {"+": found | other, "-": found - other, "^": found & other}[operator]
        return found

    def term(self, depth: int) -> set[Label]:
        word = self.peek()
        if word is None or word in (")", ","):
            raise self.wrong("a label or a function should stand here")
        if word == "(":
            self.take("(")
            found = self.expression(depth + 1)
            self.take(")")
            return found
        follows = self.tokens[self.at + 1][0] if self.at + 1 < len(self.tokens) else ""
        if follows == "(":
            return self.function(word, depth)
        try:
            found = set(self.world.match(word))
        except FxgError as error:
            raise self.wrong(error.message, error.facts.get("closest", "")) from None
        self.at += 1
        return found

    def function(self, name: str, depth: int) -> set[Label]:
        if name not in FUNCTIONS:
            raise self.wrong(f"there is no function `{name}`", closest(name, FUNCTIONS))
        self.at += 1
        self.take("(")
        if name == "kind":
            pattern = self._pattern()
            self.take(",")
            found = self.expression(depth + 1)
            self.take(")")
            return {label for label in found if pattern.search(self.world.kinds[label])}
        first = self.expression(depth + 1)
        if name == "deps":
            found = reachable(first, self.world.after, self._depth())
        else:
            self.take(",")
            wanted = self.expression(depth + 1)
            universe = reachable(first, self.world.after, None)
            inside = self.world.after.subgraph(universe).reverse(copy=False)
            found = reachable(wanted & universe, inside, self._depth())
        self.take(")")
        return found

    def _pattern(self) -> re.Pattern[str]:
        text = self.peek() or ""
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise self.wrong(f"not a regular expression: {error}") from None
        self.at += 1
        return pattern

    def _depth(self) -> int | None:
        if self.peek() != ",":
            return None
        self.take(",")
        text = self.peek() or ""
        if not text.isdigit():
            raise self.wrong("a depth is a whole number")
        self.at += 1
        return int(text)


def reachable(start: set[Label], graph: "nx.DiGraph[Label]", depth: int | None) -> set[Label]:
    """Everything reached in at most `depth` steps, start included."""
    layers = nx.bfs_layers(graph, list(start))
    wanted = layers if depth is None else itertools.islice(layers, depth + 1)
    return {label for layer in wanted for label in layer}
