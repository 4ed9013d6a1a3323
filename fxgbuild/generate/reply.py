"""Replies: what a model sent, and the hole's content taken from it.

Strict: one fenced block, only what belongs into the hole. Anything else is a finding of stage
`reply`, and nothing of it is kept.
"""

import ast
import re
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.finding import Finding
from fxgbuild.lang.template import Contract, Template, signature

MAX_CHARACTERS = 200_000

_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[ \t]*([A-Za-z0-9_+-]*)[ \t]*(.*)$")
_PLACEHOLDERS = ("omitted for brevity", "rest of the code", "your code here", "implementation here")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer as it came, with what the provider said of it."""

    text: str
    provider: str
    model: str
    finish_reason: str = "stop"
    usage: Json = None
    request_id: str = ""
    facts: Json = field(default=None)


def is_text(text: str) -> bool:
    """Can it be stored? A lone surrogate, which JSON may spell, has no bytes."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def take_hole(reply: Reply, template: Template) -> tuple[str, tuple[Finding, ...]]:
    """The hole's content of a reply, or the findings that reject it."""
    try:
        code = _fenced(reply)
    except _BadReply as bad:
        return "", (Finding("reply", "format", str(bad)),)
    findings = _misplaced(code, template)
    return ("", tuple(findings)) if findings else (code, ())


class _BadReply(Exception):
    """The reply does not have the one form that is taken."""


def _fenced(reply: Reply) -> str:
    """The code of the one fenced block; raises _BadReply."""
    if reply.finish_reason not in ("stop", ""):
        raise _BadReply(f"the reply ended by `{reply.finish_reason}`, not by itself")
    if len(reply.text) > MAX_CHARACTERS:
        size = len(reply.text)
        raise _BadReply(f"the reply has {size} characters; at most {MAX_CHARACTERS} are read")
    if not is_text(reply.text):
        raise _BadReply("the reply is no Unicode text")
    blocks = _blocks(reply.text.replace("\r\n", "\n"))
    if len(blocks) != 1:
        raise _BadReply(f"{len(blocks)} fenced blocks; exactly one is taken")
    for words in _PLACEHOLDERS:
        if words in blocks[0].lower():
            raise _BadReply(f"the code holds a placeholder: “{words}”")
    return blocks[0].strip("\n") + "\n"


def _blocks(text: str) -> list[str]:
    blocks: list[list[str]] = []
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if match and not fence:
            fence = _opened(match, line)
            blocks.append([])
        elif match and match[1].startswith(fence) and not match[2] and not match[3]:
            fence = ""
        elif fence:
            blocks[-1].append(line)
    if fence:
        raise _BadReply("the fenced block is not closed")
    return ["\n".join(block) for block in blocks]


def _opened(match: re.Match[str], line: str) -> str:
    if match[3].strip():
        raise _BadReply(f"the block is opened with more than a language: `{line.strip()[:80]}`")
    if match[2].lower() not in ("", "python", "py", "python3"):
        raise _BadReply(f"the block is marked as {match[2]}, not as python")
    return match[1]


def _misplaced(code: str, template: Template) -> list[Finding]:
    """Everything at the top level that does not belong into the hole."""
    required = template.contract
    try:
        tree = ast.parse(code)
        found = [(s.lineno, _complaint(s, required)) for s in tree.body]
    except SyntaxError:
        return []  # the lint stage says where
    except (ValueError, RecursionError, MemoryError) as error:
        reason = error or "it is nested too deeply"
        return [Finding("reply", "format", f"the code cannot be read: {reason}")]
    findings = [Finding("reply", "outside-hole", text, line) for line, text in found if text]
    seen = sum(isinstance(s, ast.FunctionDef) and s.name == required.function for s in tree.body)
    if seen != 1:
        text = f"the function `{required.function}` stands {seen} times; it must stand once"
        findings.append(Finding("reply", "outside-hole", text))
    return findings


def _complaint(statement: ast.stmt, required: Contract) -> str:
    """Why a top-level statement does not belong into the hole; empty when it does."""
    match statement:
        case ast.Import() | ast.ImportFrom():
            return ""
        case ast.FunctionDef(name=name) if name == required.function:
            if signature(statement) != required.signature:
                return f"the signature must be `{required.signature}`"
            return f"`{name}` must not be decorated" if statement.decorator_list else ""
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            private = name.startswith("_")
            return "" if private else f"`{name}` is no private helper; its name must begin with `_`"
        case ast.Assign() | ast.AnnAssign():
            return _assignment(statement)
    return f"a {type(statement).__name__} statement at the top level"


def _assignment(statement: ast.Assign | ast.AnnAssign) -> str:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        if not isinstance(target, ast.Name) or not target.id.startswith("_"):
            return f"`{ast.unparse(target)}` is assigned at the top level; constants begin with `_`"
    return ""
