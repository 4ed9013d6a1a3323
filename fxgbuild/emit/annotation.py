"""Copies annotations out of their module, with the imports that their names need elsewhere."""

import ast
import builtins
from dataclasses import dataclass, field


@dataclass(slots=True)
class Annotations:
    """The import statements that copied annotations need."""

    statements: set[str] = field(default_factory=set)


def imports_for(needed: Annotations) -> list[str]:
    return sorted(needed.statements)


def copy_annotation(
    annotation: ast.expr | None, tree: ast.Module, module: str, needed: Annotations
) -> str:
    """Give an annotation for use outside its module, every free name under a name of its own."""
    if annotation is None:
        return "_t.Any"
    sources = _sources(tree, module)
    renamed = _Rename(sources, module, needed).visit(_unquote(annotation))
    return ast.unparse(ast.fix_missing_locations(renamed))


def _sources(tree: ast.Module, module: str) -> dict[str, str]:
    """Map every name of the module to the import that reaches it, with a gap for its new name."""
    found: dict[str, str] = {}
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname or "." not in alias.name:
                    found[alias.asname or alias.name] = f"import {alias.name} as {{}}"
                else:
                    found[alias.name.split(".")[0]] = f"import {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origin = _origin(node, module)
                found[alias.asname or alias.name] = f"from {origin} import {alias.name} as {{}}"
        else:
            for name in _bound(node):
                found[name] = f"from .nodes.{module} import {name} as {{}}"
    return found


def _origin(node: ast.ImportFrom, module: str) -> str:
    """Name the module an import is from, as the package's `__init__` has to name it."""
    if not node.level:
        return node.module or ""
    base = ["nodes", *module.split(".")[:-1]]
    base = base[: len(base) - node.level + 1]
    return "." + ".".join([*base, *([node.module] if node.module else [])])


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.If):
            found += _statements([*node.body, *node.orelse])
        else:
            found.append(node)
    return found


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


class _Unquote(ast.NodeTransformer):
    """Turns quoted annotations into plain ones, but not the values of a Literal."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        name = node.value.attr if isinstance(node.value, ast.Attribute) else node.value
        if name == "Literal" or (isinstance(name, ast.Name) and name.id == "Literal"):
            return node
        self.generic_visit(node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, str):
            return ast.parse(node.value, mode="eval").body
        return node


def _unquote(annotation: ast.expr) -> ast.expr:
    copy = ast.parse(ast.unparse(annotation), mode="eval").body
    result: ast.expr = _Unquote().visit(copy)
    return result


class _Rename(ast.NodeTransformer):
    """Gives free names a prefix and notes the imports they need."""

    def __init__(self, sources: dict[str, str], module: str, needed: Annotations) -> None:
        self._sources = sources
        self._prefix = f"_{module.replace('.', '_')}_"
        self._needed = needed

    def visit_Name(self, node: ast.Name) -> ast.Name:
        statement = self._sources.get(node.id)
        if statement is None:
            if not hasattr(builtins, node.id):
                raise ValueError(f"nothing in the module defines `{node.id}` of an annotation")
            return node
        new = self._prefix + node.id if statement.endswith("{}") else node.id
        self._needed.statements.add(statement.format(new))
        return ast.Name(id=new, ctx=node.ctx)
