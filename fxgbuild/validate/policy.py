"""Our import and construct policy for one module: a tripwire, the sandbox is the boundary.

Pure: it reads the syntax tree and the text, imports nothing and runs nothing. It fails closed, so
what it does not know is refused. What holds for whom:

| rule                                   | generated      | template, source (people's code) |
| -------------------------------------- | -------------- | -------------------------------- |
| imports: allowed modules               | exactly those  | those and their submodules       |
| imports: relative, star                | refused        | refused                          |
| imports: stdlib modules with effects   | refused        | as the allow-list says           |
| declared effects other than none       | refused        | refused                          |
| invisible, bidi and tag characters     | refused        | refused                          |
| size, nesting, encoding, syntax        | refused        | refused                          |
| banned names, attributes and constructs| refused        | left to bandit and review        |
| module attributes, aliases, patches    | confined       | left to review                   |
| work at import time, global state      | refused        | left to review                   |
| suppression comments                   | refused        | honoured by the tools            |
| non-ASCII identifiers                  | refused        | left to review                   |
"""

import ast
import re
import tokenize
from collections.abc import Iterator, Sequence

from fxgbuild.digest import Json, tagged_digest
from fxgbuild.finding import Finding, in_order
from fxgbuild.validate import policy_tables as tables
from fxgbuild.validate.policy_constructs import Constructs
from fxgbuild.validate.policy_imports import STAGE, Imports, finding
from fxgbuild.validate.subject import Fault, Subject, comments, hidden_characters, parsed, tokens

POLICY_VERSION = 1

SUPPRESSIONS = re.compile(
    r"\b(noqa|nosec|nosemgrep|type:\s*ignore|pragma\b|(?:mypy|ruff|isort|flake8|pylint|pyright"
    r"|pytype|yapf)\s*:|fmt:\s*(?:off|on|skip))",
    re.IGNORECASE,
)


def configuration() -> dict[str, Json]:
    """The policy's version and the digest of its tables."""
    return {"version": POLICY_VERSION, "tables": str(tagged_digest("policy", tables.as_json()))}


def check(subject: Subject) -> tuple[Finding, ...]:
    """All that the policy has against a module; a module that does not parse has its fault."""
    found = list(hidden_characters(STAGE, subject.code))
    found += [
        Finding(STAGE, "effect", f"effect `{effect}` is declared, and no run supports it yet")
        for effect in subject.effects
        if effect != "none"
    ]
    tree = parsed(subject)
    if isinstance(tree, Fault):
        return in_order([*found, tree.finding(STAGE)])
    imports = Imports(subject)
    found += imports.read(tree)
    if subject.origin == "generated":
        found += suppressions(subject.code)
        found += foreign_identifiers(subject.code)
        found += Constructs(imports, tree).read(tree)
        found += import_time(tree.body, imports)
    return in_order(found)


def suppressions(code: str) -> Iterator[Finding]:
    for line, column, text in comments(code):
        if SUPPRESSIONS.search(text):
            said = f"`{text[:80]}` tells a tool to look away"
            yield Finding(STAGE, "suppression", said, line, column)


def foreign_identifiers(code: str) -> Iterator[Finding]:
    """Python folds look-alikes (a full-width `eval` is `eval`); no identifier needs them."""
    for token in tokens(code):
        if token.type in (tokenize.NAME, tokenize.ERRORTOKEN) and not token.string.isascii():
            where = (token.start[0], token.start[1] + 1)
            yield Finding(STAGE, "identifier", f"`{token.string}` is not ASCII", *where)


def import_time(body: Sequence[ast.stmt], imports: Imports) -> Iterator[Finding]:
    """Importing a module may bind names, and do nothing else."""
    for node in body:
        if not _binds_only(node):
            yield finding("import-time", "a statement that does work when imported", node)
            continue
        if isinstance(node, ast.ClassDef):
            yield from import_time(node.body, imports)
        if isinstance(node, ast.If):
            yield from import_time([*node.body, *node.orelse], imports)
        for decorator in getattr(node, "decorator_list", ()):
            made = decorator.func if isinstance(decorator, ast.Call) else decorator
            if not _settled(made, imports) and _path(made, imports) not in tables.DECORATORS:
                yield finding("import-time", "a decorator that runs when imported", decorator)
        for expression in _evaluated(node):
            yield from _unsettled(expression, imports)


def _binds_only(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name | ast.Tuple) for target in node.targets)
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.target, ast.Name)
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    plain = ast.Import | ast.ImportFrom | ast.Pass | ast.FunctionDef | ast.ClassDef
    return isinstance(node, plain)


def _evaluated(node: ast.stmt) -> Iterator[ast.expr]:
    """The expressions that run when the statement does."""
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
        yield node.value
    if isinstance(node, ast.AnnAssign):
        yield node.annotation
    if isinstance(node, ast.ClassDef):
        yield from [*node.bases, *node.decorator_list]
    if isinstance(node, ast.FunctionDef):
        given = node.args
        yield from [*given.defaults, *(one for one in given.kw_defaults if one)]
        yield from node.decorator_list
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        yield from (one.annotation for one in every if one and one.annotation)
        if node.returns:
            yield node.returns


def _unsettled(expression: ast.expr, imports: Imports) -> Iterator[Finding]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and not _settled(node.func, imports):
            yield finding("import-time", "a call that runs when the module is imported", node)
        elif isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            yield finding("import-time", "work when the module is imported", node)


def _settled(made: ast.expr, imports: Imports) -> bool:
    """Whether a call only makes a constant, a type or a decorator."""
    path = _path(made, imports)
    return path in tables.SETTLED or (path.startswith("math.") and path.count(".") == 1)


def _path(made: ast.expr, imports: Imports) -> str:
    if isinstance(made, ast.Name):
        return imports.values.get(made.id, made.id)
    if isinstance(made, ast.Attribute) and isinstance(made.value, ast.Name):
        return f"{imports.modules.get(made.value.id, '')}.{made.attr}"
    return ""
