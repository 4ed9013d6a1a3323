"""The query language: text to an expression; `query_answer` evaluates it.

Bazel's functions, operators, `set` and `let`, functions that know ports and types, and dbt's
graph operators and states. A bad query is a QueryFailed with the place in it; nothing else is
raised.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fxgbuild.errors import QueryFailed
from fxgbuild.lang.label import NAME
from fxgbuild.plan.query_tokens import Token, tokens, wrong
from fxgbuild.problem import closest

# What each function takes: an expression, a regular expression, a name, a port or an expression,
# a type, and, where it may be left out, a depth.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "deps": ("expression", "depth?"),
    "rdeps": ("expression", "expression", "depth?"),
    "allpaths": ("expression", "expression"),
    "somepath": ("expression", "expression"),
    "kind": ("regex", "expression"),
    "filter": ("regex", "expression"),
    "attr": ("name", "regex", "expression"),
    "labels": ("name", "expression"),
    "consumers": ("port",),
    "producers": ("type",),
}
OPERATORS = {"union": "+", "+": "+", "except": "-", "-": "-", "intersect": "^", "^": "^"}
RESERVED = ("except", "in", "intersect", "let", "set", "union")
STATES = ("modified", "new", "dirty", "waiting", "clean")
EVERYTHING = 10**9  # a depth that no graph has
MAX_DEPTH = 50
UNION = "for a union write spaces on both sides of `+`"


@dataclass(frozen=True, slots=True)
class Text:
    """A pattern, a name or a type, as it was written."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class State:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Port:
    """One port of a target, `//a:x.port`."""

    target: Text
    port: str
    at: int


@dataclass(frozen=True, slots=True)
class Regex:
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Labels:
    """`set(a b c)`"""

    patterns: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Let:
    name: str
    value: "Expression"
    body: "Expression"


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank, applied from left to right."""

    first: "Expression"
    rest: tuple[tuple[str, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Around:
    """dbt's `2+x+1`: a set with what it needs and what needs it, so many steps far."""

    inner: "Expression"
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Expression | Regex | Port | int", ...]
    at: int


Expression = Text | State | Variable | Labels | Let | Chain | Around | Call
T = TypeVar("T")


def parse(query: str) -> Expression:
    """Read a query; raises QueryFailed naming the place."""
    parser = _Parser(query)
    found = parser.expression(0, ())
    left = parser.peek()
    if left is not None:
        hint = UNION if parser.after_a_plus() else ""
        raise parser.wrong(f"`{left.text[:80]}` is left over", hint=hint)
    return found


class _Parser:
    def __init__(self, query: str) -> None:
        self.query, self.tokens, self.at = query, tokens(query), 0

    def peek(self, ahead: int = 0) -> Token | None:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def after_a_plus(self) -> bool:
        return self.at > 0 and self.tokens[self.at - 1].text == "+"

    def wrong(self, message: str, *, near: str = "", hint: str = "") -> QueryFailed:
        token = self.peek()
        more = {"hint": hint} if hint else {}
        return wrong(self.query, token.at if token else len(self.query), message, near=near, **more)

    def is_mark(self, text: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind == "mark" and token.text == text

    def take(self, text: str) -> None:
        token = self.peek()
        if token is None or token.kind == "quoted" or token.text != text:
            raise self.wrong(f"`{text}` should stand here")
        self.at += 1

    def text(self, what: str) -> Text:
        token = self.peek()
        if token is None or token.kind == "mark":
            raise self.wrong(f"{what} should stand here")
        self.at += 1
        return Text(token.text, token.at)

    def expression(self, depth: int, known: tuple[str, ...]) -> Expression:
        if depth > MAX_DEPTH:
            raise self.wrong(f"nested deeper than {MAX_DEPTH}")
        first = self.term(depth, known)
        rest = []
        while (token := self.peek()) is not None and token.kind != "quoted":
            operator = OPERATORS.get(token.text)
            if operator is None:
                break
            self.at += 1
            rest.append((operator, self.term(depth, known)))
        return Chain(first, tuple(rest)) if rest else first

    def term(self, depth: int, known: tuple[str, ...]) -> Expression:
        """A term with dbt's `+` before and after it, where they touch it."""
        up = self._plus_before()
        inner = self._bare_term(depth, known)
        down = self._plus_after()
        return Around(inner, up, down) if up or down else inner

    def _plus_before(self) -> int:
        if self._holds_a_term(0):
            self.at += 1
            return EVERYTHING
        count, plus = self.peek(), self.peek(1)
        if count and plus and is_depth(count) and count.touches(plus) and self._holds_a_term(1):
            self.at += 2
            return int(count.text)
        return 0

    def _holds_a_term(self, ahead: int) -> bool:
        """Is there a `+` that touches a term behind it?"""
        plus, term = self.peek(ahead), self.peek(ahead + 1)
        if plus is None or term is None or not self.is_mark("+", ahead):
            return False
        return plus.touches(term) and term.begins_a_term()

    def _plus_after(self) -> int:
        """A `+` that touches the term before it and none behind it; `x+1` counts the steps."""
        plus, then = self.peek(), self.peek(1)
        if plus is None or not self.is_mark("+") or not self.tokens[self.at - 1].touches(plus):
            return 0
        if then and plus.touches(then) and is_depth(then):
            self.at += 2
            return int(then.text)
        if self._holds_a_term(0):
            return 0
        self.at += 1
        return EVERYTHING

    def _bare_term(self, depth: int, known: tuple[str, ...]) -> Expression:
        token = self.peek()
        if token is None or (token.kind == "mark" and token.text != "("):
            raise self.wrong("a label or a function should stand here")
        if token.kind == "mark":
            return self._enclosed(lambda: self.expression(depth + 1, known))
        if token.kind == "word":
            return self._word(token, depth, known)
        return self.text("a label")

    def _word(self, token: Token, depth: int, known: tuple[str, ...]) -> Expression:
        if token.text == "let":
            return self._let(depth, known)
        if self.is_mark("(", 1):
            return self._call(token, depth, known)
        if token.text in RESERVED:
            message = f"`{token.text}` is a word of the language"
            raise self.wrong(message, hint="as a label, put it in quotes")
        if token.text.startswith("$"):
            return self._variable(token, known)
        if token.text.startswith("state:"):
            return self._state(token)
        return self.text("a label")

    def _enclosed(self, read: Callable[[], T]) -> T:
        self.take("(")
        found = read()
        self.take(")")
        return found

    def _let(self, depth: int, known: tuple[str, ...]) -> Let:
        self.at += 1
        token = self.peek()
        if token is None or token.kind != "word" or not token.text.isidentifier():
            raise self.wrong("a name should stand here, as in `let v = //... in deps($v)`")
        self.at += 1
        self.take("=")
        value = self.expression(depth + 1, known)
        self.take("in")
        return Let(token.text, value, self.expression(depth + 1, (*known, token.text)))

    def _variable(self, token: Token, known: tuple[str, ...]) -> Variable:
        name = token.text[1:]
        if name not in known:
            hint = "`let v = //... in deps($v)` gives a name"
            raise self.wrong(
                f"no `let` gives `{token.text[:80]}`", near=closest(name, known), hint=hint
            )
        self.at += 1
        return Variable(name, token.at)

    def _state(self, token: Token) -> State:
        name = token.text.removeprefix("state:")
        if name not in STATES:
            hint = "states: " + ", ".join(f"`state:{known}`" for known in STATES)
            near = closest(name, STATES)
            raise self.wrong(f"there is no state `{name[:80]}`", near=near, hint=hint)
        self.at += 1
        return State(name, token.at)

    def _call(self, token: Token, depth: int, known: tuple[str, ...]) -> Call | Labels:
        name = token.text
        if name not in FUNCTIONS and name != "set":
            near = closest(name, [*FUNCTIONS, "set"])
            raise self.wrong(f"there is no function `{name[:80]}`", near=near)
        self.at += 1
        if name == "set":
            return self._enclosed(self._labels)
        arguments = self._enclosed(lambda: self._arguments(name, depth, known))
        return Call(name, arguments, token.at)

    def _labels(self) -> Labels:
        found = []
        while (token := self.peek()) is not None and token.kind != "mark":
            found.append(self.text("a label"))
        return Labels(tuple(found))

    def _arguments(
        self, name: str, depth: int, known: tuple[str, ...]
    ) -> tuple[Expression | Regex | Port | int, ...]:
        found: list[Expression | Regex | Port | int] = []
        for number, what in enumerate(FUNCTIONS[name]):
            if what == "depth?" and not self.is_mark(","):
                break
            if number:
                self.take(",")
            found.append(self._argument(what, depth, known))
        return tuple(found)

    def _argument(
        self, what: str, depth: int, known: tuple[str, ...]
    ) -> Expression | Regex | Port | int:
        match what:
            case "regex":
                return self._regex()
            case "name" | "type":
                return self.text(f"a {what}")
            case "depth?":
                return self._depth()
            case "port":
                return self._port() or self.expression(depth + 1, known)
        return self.expression(depth + 1, known)

    def _regex(self) -> Regex:
        found = self.text("a regular expression")
        try:
            with warnings.catch_warnings():  # of what another Python may read differently
                warnings.simplefilter("ignore")
                return Regex(re.compile(found.text))
        except (re.error, OverflowError, RecursionError) as error:
            self.at -= 1
            raise self.wrong(f"not a regular expression: {error}") from None

    def _depth(self) -> int:
        token = self.peek()
        if token is None or not is_depth(token):
            raise self.wrong("a depth is a whole number")
        self.at += 1
        return int(token.text)

    def _port(self) -> Port | None:
        token = self.peek()
        if token is None or token.kind == "mark":
            return None
        target, dot, port = token.text.rpartition(".")
        if not dot or not target or not NAME.fullmatch(port):
            return None
        self.at += 1
        return Port(Text(target, token.at), port, token.at + len(target) + 1)


def is_depth(token: Token) -> bool:
    digits = token.text.isascii() and token.text.isdigit()
    return token.kind == "word" and digits and len(token.text) < 10
