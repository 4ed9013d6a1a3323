"""Templates: real Python files with at most one marked hole, and the pure render of one.

What a model writes replaces everything between the markers; its imports are hoisted below the
template's own. What the model can see of a template is its contract, and only that is in a key.
"""

import ast
import re
from dataclasses import dataclass

from fxgbuild.digest import Digest, Json, canonical_text, digest_bytes

OPEN = "# fxg:hole"
CLOSE = "# fxg:end"

_IMPORTS = (ast.Import, ast.ImportFrom)


class BadTemplate(ValueError):
    """A template cannot be used; the message says why, `line` where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Contract:
    """What the code of a hole is written against, as a model sees it."""

    function: str
    signature: str
    docstring: str
    imports: tuple[str, ...]
    declarations: tuple[str, ...]

    def to_json(self) -> Json:
        return {
            "signature": self.signature,
            "docstring": self.docstring,
            "imports": list(self.imports),
            "declarations": list(self.declarations),
        }


@dataclass(frozen=True, slots=True)
class Template:
    path: str
    text: str
    head: str
    tail: str
    has_hole: bool
    contract: Contract
    digest: Digest


def parse_template(path: str, data: bytes, function: str) -> Template:
    """Read a template file; raises BadTemplate."""
    text = canonical_text(data.decode("utf-8", "replace")) + "\n"
    tree = _parsed(text)
    lines = [f"{line}\n" for line in text.split("\n")]
    marks = [[n for n, line in enumerate(lines) if line.strip() == mark] for mark in (OPEN, CLOSE)]
    if any(len(found) > 1 for found in marks) or len(marks[0]) != len(marks[1]):
        raise BadTemplate(f"at most one hole, between `{OPEN}` and `{CLOSE}`")
    stub = next(
        (x for x in tree.body if isinstance(x, ast.FunctionDef) and x.name == function), None
    )
    if stub is None:
        raise BadTemplate(f"the function `{function}` is missing")
    has_hole = bool(marks[0])
    if has_hole and stub.lineno <= marks[1][0] < (stub.end_lineno or 0):
        raise BadTemplate(f"the hole ends inside `{function}`", marks[1][0] + 1)
    head = "".join(lines[: marks[0][0]]) if has_hole else text
    tail = "".join(lines[marks[1][0] + 1 : -1]) if has_hole else ""
    if has_hole and not marks[0][0] < stub.lineno <= marks[1][0]:
        raise BadTemplate(f"`{function}` stands outside the hole", stub.lineno)
    return Template(
        path, text, head, tail, has_hole, contract(tree, stub), digest_bytes(text.encode())
    )


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise BadTemplate(f"not Python: {error.msg}", error.lineno or 1) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadTemplate(f"not Python: {error or 'nested too deeply'}") from None


def contract(tree: ast.Module, stub: ast.FunctionDef) -> Contract:
    """Extract what the required function's signature needs: imports and declarations by name."""
    wanted = _names(stub.args) | (_names(stub.returns) if stub.returns else set())
    declarations: list[str] = []
    for statement in reversed(tree.body):
        if statement is stub or isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        if _bound(statement) & wanted:
            wanted |= _names(statement)
            declarations.insert(0, ast.unparse(statement))
    imports = []
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            kept = [alias for alias in statement.names if _binds(alias) in wanted]
            imports += [ast.unparse(_only(statement, alias)) for alias in kept]
    return Contract(
        stub.name,
        signature(stub),
        ast.get_docstring(stub) or "",
        tuple(imports),
        tuple(declarations),
    )


def signature(function: ast.FunctionDef) -> str:
    """The `def` line of a function, in one spelling."""
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return f"def {function.name}({ast.unparse(function.args)}){returns}:"


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _bound(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def _binds(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _only(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    if isinstance(statement, ast.ImportFrom):
        return ast.ImportFrom(statement.module, [alias], statement.level)
    return ast.Import([alias])


def render(template: Template, hole: str) -> str:
    """Put a hole's content into its template: the module that is validated, shipped and run.

    Pure and total: a hole that does not parse is put in as it stands, for the stages to judge.
    """
    if not template.has_hole:
        return template.text
    imports, body = split_imports(hole)
    head = _hoist(template.head, imports)
    return f"{head}{OPEN}\n{body.strip(chr(10))}\n{CLOSE}\n{template.tail}"


def split_imports(hole: str) -> tuple[list[str], str]:
    """Part a hole's top-level imports, one name each, from the rest of it."""
    try:
        tree = ast.parse(hole)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [], hole
    found = [x for x in tree.body if isinstance(x, _IMPORTS)]
    others = (x for x in tree.body if not isinstance(x, _IMPORTS))
    shared = {number for x in others for number in (x.lineno, x.end_lineno)}
    alone = [x for x in found if not shared & set(_span(x))]
    gone = {number for statement in alone for number in _span(statement)}
    imports = [ast.unparse(_only(x, alias)) for x in alone for alias in x.names]
    lines = re.split(r"\r\n|\r|\n", hole)  # as Python counts lines; `splitlines` knows more breaks
    return imports, "\n".join(line for n, line in enumerate(lines, 1) if n not in gone)


def _span(statement: ast.stmt) -> range:
    return range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


def _hoist(head: str, imports: list[str]) -> str:
    tree = ast.parse(head)
    present: set[str] = set()
    last = 1 if ast.get_docstring(tree) is not None and tree.body else 0
    last = (tree.body[0].end_lineno or 1) if last else 0
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            present |= {ast.unparse(_only(statement, alias)) for alias in statement.names}
            last = statement.end_lineno or last
    new = sorted(set(imports) - present)
    if not new:
        return head
    lines = head.removesuffix("\n").split("\n")
    blank = [""] if not present and last else []
    return "\n".join([*lines[:last], *blank, *new, *lines[last:]]) + "\n"
