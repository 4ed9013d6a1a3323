"""Reads the signature of a node's function and writes that of its typed wrapper."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fxgbuild.emit.annotation import Annotations, copy_annotation


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a node's function; `default` is source text, empty when there is none."""

    name: str
    annotation: str
    default: str
    keyword_only: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """A function's arguments, what it returns, and its docstring."""

    arguments: tuple[Argument, ...]
    returns: str
    doc: str


def signature_of(source: str, function: str, module: str, needed: Annotations) -> Signature:
    """Read the signature of a module's function; ValueError for one that cannot be wrapped."""
    tree = ast.parse(source)
    found = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    if not found:
        raise ValueError(f"module {module} has no function {function}")
    node = found[-1]
    of = node.args
    if of.vararg or of.kwarg or of.posonlyargs:
        raise ValueError(
            f"function {function}: * and ** and positional-only arguments have no port"
        )
    plain = _with_defaults(of.args, [None] * (len(of.args) - len(of.defaults)) + [*of.defaults])
    keyword = _with_defaults(of.kwonlyargs, list(of.kw_defaults))
    arguments = tuple(
        Argument(
            name=argument.arg,
            annotation=copy_annotation(argument.annotation, tree, module, needed),
            default=_literal(default),
            keyword_only=argument in of.kwonlyargs,
        )
        for argument, default in [*plain, *keyword]
    )
    returns = copy_annotation(node.returns, tree, module, needed)
    return Signature(arguments, returns, ast.get_docstring(node) or "")


def header(name: str, signature: Signature, bound: Mapping[str, Any]) -> str:
    """Write `def name(...) -> ...:`, parameters defaulting to the values bound to them."""
    lines = []
    starred = False
    for argument in signature.arguments:
        if argument.keyword_only and not starred:
            lines.append("    *,\n")
            starred = True
        default = repr(bound[argument.name]) if argument.name in bound else argument.default
        given = f" = {default}" if default else ""
        lines.append(f"    {argument.name}: {argument.annotation}{given},\n")
    inside = "\n" + "".join(lines) if lines else ""
    return f"def {name}({inside}) -> {signature.returns}:"


def call(signature: Signature) -> str:
    """Write the arguments with which the wrapper calls the function."""
    return ", ".join(f"{argument.name}={argument.name}" for argument in signature.arguments)


def _with_defaults(
    arguments: list[ast.arg], defaults: list[ast.expr | None]
) -> list[tuple[ast.arg, ast.expr | None]]:
    return list(zip(arguments, defaults, strict=True))


def _literal(default: ast.expr | None) -> str:
    """Keep a default that is a literal; of another, only say that there is one."""
    if default is None:
        return ""
    try:
        return repr(ast.literal_eval(default))
    except ValueError:
        raise ValueError(f"line {default.lineno}: a default is a literal") from None
