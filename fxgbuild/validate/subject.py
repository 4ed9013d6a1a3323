"""A subject: one target's rendered module, as the static stages look at it."""

import ast
import io
import re
import tokenize
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from fxgbuild.digest import digest_bytes
from fxgbuild.finding import Finding

Origin: TypeAlias = Literal["generated", "template", "source"]

# Beyond these no tool is started: a parser that dies would take the whole batch with it.
MAX_BYTES = 256 * 1024
MAX_DEPTH = 150
MAX_CONSTANT_BITS = 8192
MAX_REPEAT = 100_000
MOST_PARSED = 2048

COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verdict depends on, and the label it is filed under (which no verdict shows)."""

    label: str
    package: str
    module: str
    code: str
    imports: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    origin: Origin = "generated"
    deps: tuple[tuple[str, str], ...] = ()  # first-party modules: path and text

    @property
    def data(self) -> bytes:
        return self.code.encode("utf-8", "surrogatepass")

    @property
    def unit(self) -> str:
        """The module's name in a batch: by content, so siblings and their names play no part."""
        return f"u_{digest_bytes(self.data).hex[:16]}"

    @property
    def path(self) -> str:
        return f"{self.unit}.py"


def companions(subject: Subject) -> tuple[tuple[str, Subject], ...]:
    """The first-party modules of a subject by path, each to be looked at as people's code too."""
    return tuple(
        (path, replace(subject, label=f"{subject.label} {path}", code=code, deps=()))
        for path, code in subject.deps
    )


class Fault(NamedTuple):
    """Why a text is not a module that the tools can be shown."""

    rule: str
    message: str
    line: int = 0
    column: int = 0

    def finding(self, stage: str) -> Finding:
        return Finding(stage, self.rule, self.message, self.line, self.column)


def fault(subject: Subject) -> Fault | None:
    """Say what keeps a subject out of every batch, if anything does."""
    found = parsed(subject)
    return found if isinstance(found, Fault) else None


def parsed(subject: Subject) -> ast.Module | Fault:
    """Parse within the limits, without running or trusting anything of it."""
    problem = _text_fault(subject)
    return _parsed(subject.data) if problem is None else problem


@lru_cache(MOST_PARSED)
def _parsed(data: bytes) -> ast.Module | Fault:
    """Once a text: several stages look at it, and CPython 3.11 cannot parse in two threads."""
    too_deep = Fault("nesting", f"nested deeper than {MAX_DEPTH} levels")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(data)
            if depth(tree) > MAX_DEPTH:
                raise RecursionError
            compile(tree, "<subject>", "exec", dont_inherit=True)
            endless = huge_constant(tree)
        except SyntaxError as error:
            return Fault("syntax", error.msg, error.lineno or 0, max(0, error.offset or 0))
        except (RecursionError, MemoryError):
            return too_deep
        except ValueError as error:  # an integer literal beyond the interpreter's limit, and such
            return Fault("syntax", str(error).split(";", 1)[0])
    return tree if endless is None else endless


def _text_fault(subject: Subject) -> Fault | None:
    if len(subject.data) > MAX_BYTES:
        return Fault("size", f"longer than {MAX_BYTES} bytes")
    if "\0" in subject.code:
        return Fault("syntax", "a NUL byte", *place(subject.code, subject.code.index("\0")))
    surrogate = re.search("[\ud800-\udfff]", subject.code)
    if surrogate:
        return Fault("encoding", "a lone surrogate", *place(subject.code, surrogate.start()))
    for number, line in enumerate(subject.data.splitlines()[:2], 1):
        cookie = COOKIE.match(line)
        if cookie and cookie[1].lower().replace(b"_", b"-") not in (b"utf-8", b"utf8"):
            return Fault("encoding", "an encoding other than UTF-8 is declared", number, 1)
    return None


def depth(tree: ast.AST) -> int:
    """The deepest nesting, found without recursion."""
    deepest, waiting = 0, [(tree, 0)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in ast.iter_child_nodes(node))
    return deepest


def huge_constant(tree: ast.Module) -> Fault | None:
    """Find `10**10**10` and its like: a checker that folds constants would never come back."""
    known: dict[str, int] = {}
    for node in ast.walk(tree):
        try:
            if isinstance(node, ast.BinOp):
                _folded(node, known)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                value = _folded(node.value, known)
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [target.id for target in targets if isinstance(target, ast.Name)]
                known.update({name: value for name in names if value is not None})
        except OverflowError as error:
            huge = error.args[0]
            where = (huge.lineno, huge.col_offset + 1)
            return Fault("constant", "a constant too large to be worked out", *where)
    return None


def _folded(node: ast.expr, known: dict[str, int]) -> int | None:
    """The value of a whole constant; raises OverflowError with the node that makes it huge."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, int) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd | ast.Invert):
        return _folded(node.operand, known)
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _folded(node.left, known), _folded(node.right, known)
    repeat = isinstance(node.op, ast.Mult) and (_is_text(node.left) or _is_text(node.right))
    if repeat and max(left or 0, right or 0) > MAX_REPEAT:
        raise OverflowError(node)
    if left is None or right is None:
        return None
    return _combined(node, abs(left), abs(right))


def _combined(node: ast.BinOp, left: int, right: int) -> int:
    """An upper bound of the magnitude, which is all that is asked for."""
    bits = max(left.bit_length(), right.bit_length()) + 1
    if isinstance(node.op, ast.Pow):
        bits = left.bit_length() * right if left > 1 else 1
    elif isinstance(node.op, ast.LShift):
        bits = left.bit_length() + right
    elif isinstance(node.op, ast.Mult):
        bits = left.bit_length() + right.bit_length()
    if bits > MAX_CONSTANT_BITS:
        raise OverflowError(node)
    if isinstance(node.op, ast.Pow):
        return int(left**right)
    if isinstance(node.op, ast.LShift):
        return left << right
    return left * right if isinstance(node.op, ast.Mult) else left + right


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def place(code: str, index: int) -> tuple[int, int]:
    """Line and column of a character, with Python's idea of a line's end."""
    before = re.split("\r\n|\r|\n", code[:index])
    return len(before), len(before[-1]) + 1


def tokens(code: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a module that parses; stops where the tokenizer does."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(code.removeprefix("\ufeff")).readline)
    except (tokenize.TokenError, SyntaxError):
        return


def comments(code: str) -> Iterator[tuple[int, int, str]]:
    """Line, column and text of every comment."""
    for token in tokens(code):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.start[1] + 1, token.string


def hidden(character: str) -> bool:
    """Whether a reader cannot see it: controls, bidi marks, zero width, tags, odd blanks."""
    if character in "\n\r\t\0":  # a NUL has a fault of its own
        return False
    if " " <= character <= "~":
        return False
    odd = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return unicodedata.category(character)[0] in "CZ" or selector or character in odd


def hidden_characters(stage: str, code: str) -> Iterator[Finding]:
    """One finding for each place where the text is not what it looks like."""
    for index, character in enumerate(code):
        if hidden(character):
            what = f"U+{ord(character):04X} {unicodedata.name(character, 'control character')}"
            yield Finding(stage, "hidden-character", what, *place(code, index))
