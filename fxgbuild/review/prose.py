"""Prose and code side by side: sentences and words that differ, lines that differ, imports."""

import ast
import difflib
import re
from dataclasses import dataclass

CONTEXT = 3  # lines around a change
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)|\n+")
_WORD = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What stood there and what stands there; one of them is "" where nothing did."""

    before: str
    after: str

    @property
    def words(self) -> str:
        """Word by word: `[-gone-]` and `{+new+}`."""
        old, new = _WORD.findall(self.before), _WORD.findall(self.after)
        out = []
        for kind, a, b, c, d in difflib.SequenceMatcher(
            None, old, new, autojunk=False
        ).get_opcodes():
            gone, come = "".join(old[a:b]), "".join(new[c:d])
            if kind == "equal":
                out.append(gone)
                continue
            out += [f"[-{gone}-]"] if gone else []
            out += [f"{{+{come}+}}"] if come else []
        return "".join(out)


def sentences(before: str, after: str) -> tuple[Sentence, ...]:
    """The sentences that differ, each beside the one that took its place."""
    old, new = _split(before), _split(after)
    found: list[Sentence] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        gone, come = old[a:b], new[c:d]
        size = max(len(gone), len(come))
        pairs = zip(gone + [""] * (size - len(gone)), come + [""] * (size - len(come)), strict=True)
        found += [Sentence(*pair) for pair in pairs]
    return tuple(found)


def _split(text: str) -> list[str]:
    return [part for part in _SENTENCE.split(text) if part]


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A unified diff without its two head lines, with the lines gained and lost."""

    lines: tuple[str, ...]
    added: int
    removed: int


def code_change(before: str, after: str) -> CodeChange:
    old, new = before.splitlines(), after.splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT))[2:]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    return CodeChange(tuple(lines), added, removed)


def imported(code: str) -> frozenset[str]:
    """Every module that code imports, wherever the import is written."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return frozenset(found)
