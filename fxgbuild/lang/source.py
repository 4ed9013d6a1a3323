"""Existing code as a node: its file, its function, and the first-party modules that it imports."""

import ast
from collections.abc import Mapping
from functools import lru_cache

from fxgbuild.lang.drafts import Draft
from fxgbuild.lang.first_party import bad_path, undeclared
from fxgbuild.lang.function import function_template
from fxgbuild.lang.fxg import NodeDoc
from fxgbuild.lang.model import File, Parameter, Source
from fxgbuild.lang.schema import Schema
from fxgbuild.lang.template import BadTemplate
from fxgbuild.problem import Location, Problem, closest

Ports = Mapping[str, Schema]

# What leaves a function's arguments and result as they are written.
DECORATORS = frozenset(
    {"cache", "functools.cache", "functools.lru_cache", "lru_cache"} | {"final", "typing.final"}
)
PLAIN = "a node is a plain function at the top level of its module"


def load_source(  # noqa: PLR0913, PLR0917 - a node, and what its function must take and give
    draft: Draft,
    name: str,
    doc: NodeDoc,
    inputs: Ports,
    outputs: Ports,
    params: Mapping[str, Parameter],
    imports: tuple[str, ...],
) -> Source | None:
    """Read a source and its deps; whatever is wrong with them is a problem with its place."""
    path, _, function = (doc.source or "").rpartition(":")
    at = ("nodes", name)
    file = draft.file(path, *at, "source")
    deps = _deps(draft, name, doc, imports)
    if file is None:
        return None
    signature = _signature(function, inputs, outputs, params)
    tree = parsed(file.data)
    if isinstance(tree, str):
        _tell(draft, name, file, None, tree)
        return Source(file, function, deps)
    found = _function(tree, function)
    stands: ast.stmt | None = None
    if isinstance(found, ast.FunctionDef):
        wrong, stands = _misfit(found, {*inputs, *params}), found
    else:
        wrong, stands = found
    if wrong and stands is None:
        near = closest(function, [x.name for x in tree.body if isinstance(x, ast.FunctionDef)])
        draft.problem("FXG1118", f"`{path}` {wrong}", *at, "source", near=near, hint=signature)
    elif wrong:
        _tell(draft, name, file, stands, f"`{function}` {wrong}", signature)
    declared = frozenset(dep.path for dep in deps)
    for one in (file, *deps):
        for missing, line, column in undeclared(draft, one, declared, imports):
            message = f"`{one.path}` imports `{missing}`, which is not declared"
            where = Location(draft.path(one.path), line, column)
            _add(draft, name, where, message, f"add `{missing}` to `deps` of {draft.asker(at)}")
    return Source(file, function, deps)


def _deps(draft: Draft, name: str, doc: NodeDoc, imports: tuple[str, ...]) -> tuple[File, ...]:
    found: dict[str, File] = {}
    for index, path in enumerate(doc.deps):
        at = ("nodes", name, "deps", index)
        wrong = bad_path(path, imports) or ("stands twice" if path in found else "")
        if wrong:
            draft.problem("FXG1118", f"the dep `{path}` {wrong}", *at)
            continue
        file = draft.file(path, *at)
        if file is None:
            continue
        found[path] = file
        tree = parsed(file.data)
        if isinstance(tree, str):
            _tell(draft, name, file, None, tree)
    return tuple(file for _, file in sorted(found.items()))


@lru_cache(4096)
def parsed(data: bytes) -> ast.Module | str:
    """A module's tree, or where and why it is not Python; what else is off the stages say."""
    try:
        return ast.parse(data)
    except SyntaxError as error:
        return f"{error.lineno or 1}:{error.offset or 1}: not Python: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"1:1: not Python: {error or 'nested too deeply'}"


def _tell(
    draft: Draft, name: str, file: File, node: ast.stmt | None, message: str, hint: str = ""
) -> None:
    """A problem in the author's file; without a node the message begins with its place."""
    line, column = (node.lineno, node.col_offset + 1) if node else (0, 0)
    if node is None:
        first, second, message = message.split(":", 2)
        line, column, message = int(first), int(second), message.strip()
    _add(draft, name, Location(draft.path(file.path), line, column), message, hint)


def _add(draft: Draft, name: str, where: Location, message: str, hint: str) -> None:
    asker = draft.asker(("nodes", name))
    draft.problems.append(Problem(where, "FXG1118", message, asked_by=asker, hint=hint))


def _signature(
    function: str, inputs: Ports, outputs: Ports, params: Mapping[str, Parameter]
) -> str:
    """What the function should read, said as a hint."""
    try:
        template = function_template(function, inputs, outputs, params)
    except BadTemplate:  # a name that Python cannot take has its own problem
        return ""
    return f"it should read `{template.contract.signature}`"


Found = ast.FunctionDef | tuple[str, ast.stmt | None]


def _function(tree: ast.Module, name: str) -> Found:  # noqa: PLR0911 - one for each
    """The function, or what stands in its place."""
    for statement in reversed(tree.body):
        match statement:
            case ast.FunctionDef() if statement.name == name:
                return statement
            case ast.AsyncFunctionDef() if statement.name == name:
                return "is `async`; write it without, edges say what runs side by side", statement
            case ast.ClassDef() if statement.name == name:
                return f"is a class; {PLAIN}", statement
            case ast.Import() | ast.ImportFrom() if name in _bound(statement):
                return "is imported here; name the file that defines it", statement
            case ast.Assign() | ast.AnnAssign() if name in _bound(statement):
                return f"is assigned, not defined; {PLAIN}", statement
    for inner in ast.walk(tree):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and inner.name == name:
            return f"is defined inside something else; {PLAIN}", inner
    return f"has no function `{name}`", None


def _bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name for alias in statement.names]
    targets: list[ast.expr] = getattr(statement, "targets", [getattr(statement, "target", None)])
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _misfit(function: ast.FunctionDef, wanted: set[str]) -> str:
    """Why a function cannot be called with these ports and parameters by name; empty if it can."""
    for decorator in function.decorator_list:
        made = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(made) not in DECORATORS:
            shown = ast.unparse(made)
            return f"is decorated by `{shown}`, which may change what it takes and gives"
    if any(isinstance(x, ast.Yield | ast.YieldFrom) for x in _own(function)):
        return "yields; a node gives its outputs once, so let it return them"
    given = function.args
    if given.posonlyargs or given.vararg or given.kwarg:
        return "takes arguments that have no name to call them by (`/`, `*args` or `**kwargs`)"
    arguments = [*given.args, *given.kwonlyargs]
    defaults = [*[None] * (len(given.args) - len(given.defaults)), *given.defaults]
    for argument, default in zip(arguments, [*defaults, *given.kw_defaults], strict=True):
        if default is None and argument.arg not in wanted:
            return f"needs `{argument.arg}`, which is no input or parameter of the node"
        if default is not None and not _is_literal(default):
            return f"has a default for `{argument.arg}` that is not written out as a value"
    missing = sorted(wanted - {argument.arg for argument in arguments})
    return f"does not take `{missing[0]}`" if missing else ""


def _own(function: ast.FunctionDef) -> list[ast.AST]:
    """Everything in a function that is not in a function or class of its own."""
    found: list[ast.AST] = []
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        found.append(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            todo += ast.iter_child_nodes(node)
    return found


def _is_literal(default: ast.expr) -> bool:
    try:
        ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
