"""Replies: what a model sent, and the hole's content taken from it.

Strict: one fenced block, only what belongs into the hole. Anything else is a finding of stage
`reply`, and nothing of it is kept.
"""

import ast
import re
from dataclasses import dataclass, field

from fxgbuild.digest import Json, canonical_text
from fxgbuild.finding import Finding
from fxgbuild.lang.template import Template, signature

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


def take_hole(reply: Reply, template: Template) -> tuple[str, tuple[Finding, ...]]:
    """The hole's content of a reply, or the findings that reject it."""
    code, problem = _fenced(reply)
    if problem:
        return "", (Finding("reply", "format", problem),)
    findings = _misplaced(code, template)
    return ("", tuple(findings)) if findings else (canonical_text(code) + "\n", ())


def _fenced(reply: Reply) -> tuple[str, str]:
    if reply.finish_reason not in ("stop", ""):
        return "", f"the reply ended by `{reply.finish_reason}`, not by itself"
    if len(reply.text) > MAX_CHARACTERS:
        return "", f"the reply has {len(reply.text)} characters; at most {MAX_CHARACTERS} are read"
    blocks: list[list[str]] = []
    fence = ""
    for line in reply.text.replace("\r\n", "\n").split("\n"):
        match = _FENCE.match(line)
        if not fence and match:
            fence = match[1]
            if match[3].strip():
                return "", f"the block is opened with more than a language: `{line.strip()[:80]}`"
            if match[2].lower() not in ("", "python", "py", "python3"):
                return "", f"the block is marked as {match[2]}, not as python"
            blocks.append([])
        elif fence and match and match[1].startswith(fence) and not match[2] and not match[3]:
            fence = ""
        elif fence:
            blocks[-1].append(line)
    if fence:
        return "", "the fenced block is not closed"
    if len(blocks) != 1:
        return "", f"{len(blocks)} fenced blocks; exactly one is taken"
    code = "\n".join(blocks[0])
    lowered = code.lower()
    for words in _PLACEHOLDERS:
        if words in lowered:
            return "", f"the code holds a placeholder: “{words}”"
    return code, ""


def _misplaced(code: str, template: Template) -> list[Finding]:
    """Everything at the top level that does not belong into the hole."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return []  # the lint stage says where
    except (ValueError, RecursionError, MemoryError) as error:
        return [Finding("reply", "format", f"the code cannot be read: {error}")]
    findings = []
    required = template.contract
    seen = 0
    for statement in tree.body:
        problem = ""
        match statement:
            case ast.Import() | ast.ImportFrom():
                continue
            case ast.FunctionDef(name=name) if name == required.function:
                seen += 1
                if signature(statement) != required.signature:
                    problem = f"the signature must be `{required.signature}`"
                elif statement.decorator_list:
                    problem = f"`{name}` must not be decorated"
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                if not name.startswith("_"):
                    problem = f"`{name}` is no private helper; its name must begin with `_`"
            case ast.Assign() | ast.AnnAssign():
                problem = _assignment(statement)
            case _:
                problem = f"a {type(statement).__name__} statement at the top level"
        if problem:
            findings.append(Finding("reply", "outside-hole", problem, statement.lineno))
    if seen != 1:
        text = f"the function `{required.function}` stands {seen} times; it must stand once"
        findings.append(Finding("reply", "outside-hole", text))
    return findings


def _assignment(statement: ast.Assign | ast.AnnAssign) -> str:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        if not isinstance(target, ast.Name) or not target.id.startswith("_"):
            return f"`{ast.unparse(target)}` is assigned at the top level; constants begin with `_`"
    return ""
