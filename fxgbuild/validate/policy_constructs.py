"""The policy's view of names, attributes and forms in generated code."""

import ast
import re
import string
from collections.abc import Iterator, Sequence

from fxgbuild.finding import Finding
from fxgbuild.validate import policy_tables as tables
from fxgbuild.validate.policy_imports import Imports, finding

DUNDER = re.compile(r"^__.*__$")


class Constructs(ast.NodeVisitor):
    """Names, attributes and forms that honest numeric code has no use for."""

    def __init__(self, imports: Imports, tree: ast.Module) -> None:
        self.imports = imports
        self.found: list[Finding] = []
        self.called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        self.state = set(_stored(tree.body))
        self.local: list[set[str]] = []

    def read(self, tree: ast.Module) -> list[Finding]:
        self.visit(tree)
        return self.found

    def refuse(self, rule: str, message: str, node: ast.AST) -> None:
        self.found.append(finding(rule, message, node))

    def visit_Name(self, node: ast.Name) -> None:
        self._bare(node.id, node)
        self._name(node.id, node, store=not isinstance(node.ctx, ast.Load))
        if node.id in self.imports.modules and isinstance(node.ctx, ast.Load):
            said = f"module `{node.id}` is used as a value; write `{node.id}.member`"
            self.refuse("module-alias", said, node)

    def _bare(self, name: str, node: ast.AST) -> None:
        if name in tables.NAMES or (name in tables.NAMES_CALLED and id(node) not in self.called):
            self.refuse("name", f"`{name}` reaches the interpreter or the outside", node)
        if DUNDER.match(name) and name not in tables.DUNDERS_BOUND:
            self.refuse("dunder", f"`{name}` reaches the interpreter", node)

    def _name(self, name: str, node: ast.AST, *, store: bool) -> None:
        if store and name in self.imports.modules:
            self.refuse("module-alias", f"`{name}` hides the module of that name", node)

    def visit_arg(self, node: ast.arg) -> None:
        self._bare(node.arg, node)
        self._name(node.arg, node, store=True)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain: list[ast.Attribute] = [node]
        while isinstance(chain[-1].value, ast.Attribute):
            chain.append(chain[-1].value)
        root = chain[-1].value
        for part in chain:
            self._attribute(part)
        if isinstance(root, ast.Name) and root.id in self.imports.modules:
            self._module_chain(root.id, chain[::-1])
        else:
            self.visit(root)

    def _attribute(self, node: ast.Attribute) -> None:
        name = node.attr
        allowed = self._path(node) in self.imports.allowed
        problem = "" if allowed else self.reaching(name)
        if problem:
            self.refuse("attribute", problem, node)
        if name == "format" and not _plain_format(node.value):
            self.refuse("format", "`.format` reads attributes; use an f-string", node)
        if not isinstance(node.ctx, ast.Load):
            self._write(node)

    def reaching(self, name: str) -> str:
        """What is wrong with an attribute of that name on any value, if anything is."""
        if DUNDER.match(name) and name not in tables.DUNDERS_READ:
            return f"`{name}` reaches the interpreter"
        if name in tables.REACHING or name in tables.METHODS_CLOSED:
            return f"`{name}` reaches the interpreter or the outside"
        if name in tables.PANDAS_CLOSED and "pandas" in self.imports.allowed:
            return f"`{name}` evaluates text or touches files"
        return ""

    def _path(self, node: ast.expr) -> str:
        """The dotted path of a chain whose root is a module; else empty."""
        if isinstance(node, ast.Name):
            return self.imports.modules.get(node.id, "")
        if isinstance(node, ast.Attribute):
            base = self._path(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def _module_chain(self, root: str, chain: Sequence[ast.Attribute]) -> None:
        module = self.imports.modules[root]
        for index, part in enumerate(chain):
            inner = f"{module}.{part.attr}"
            last = index == len(chain) - 1
            if self._is_module(inner):
                if last:
                    said = f"module `{inner}` is used as a value; write `{inner}.member`"
                    self.refuse("module-alias", said, part)
                module = inner
                continue
            self._member(module, part, chain[index + 1 :])
            return

    def _is_module(self, name: str) -> bool:
        onward = any(one.startswith(f"{name}.") for one in self.imports.imported)
        implied = any(name in inner for inner in tables.IMPLIED.values())
        known = name in self.imports.imported or (implied and name in self.imports.allowed)
        return (known or onward) and name not in tables.PURE_MEMBERS

    def _member(self, module: str, node: ast.Attribute, rest: Sequence[ast.Attribute]) -> None:
        if not self.imports.permits(module):
            said = f"`{module}.{node.attr}` is not among the allowed imports"
            self.refuse("import", said, node)
            return
        called = id(node) in self.called
        problem = self.imports.member(module, node.attr, called=called or bool(rest))
        if problem:
            self.refuse("attribute", problem, node)
        elif rest and not (node.attr[:1].isupper() or rest[0].attr in tables.METHODS_OPEN):
            inner = f"{module}.{node.attr}"
            said = f"`{inner}.{rest[0].attr}` reaches through `{inner}`, which is not imported"
            self.refuse("attribute", said, node)

    def _write(self, node: ast.Attribute | ast.Subscript) -> None:
        root: ast.expr = node
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if isinstance(root, ast.Name) and root.id in {*self.imports.modules, *self.imports.values}:
            self.refuse("module-patch", f"`{root.id}` is imported; it must not be changed", node)
        elif isinstance(root, ast.Name) and self._is_state(root.id):
            self.refuse("global-state", f"`{root.id}` is the module's and must not change", node)

    def _is_state(self, name: str) -> bool:
        return bool(self.local) and name in self.state and not any(name in s for s in self.local)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._write(node)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.refuse("global-state", "`global` writes the module's state", node)

    def visit_Call(self, node: ast.Call) -> None:
        for keyword in node.keywords:
            if keyword.arg and DUNDER.match(keyword.arg):
                self.refuse("dunder", f"keyword `{keyword.arg}`", keyword)
        if isinstance(node.func, ast.Name):
            self._call_by_name(node.func.id, node)
        path = self._path(node.func)
        if isinstance(node.func, ast.Name):
            path = self.imports.values.get(node.func.id, "")
        self._call_by_path(path, node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in tables.CHANGING:
            base = node.func.value
            if isinstance(base, ast.Name) and self._is_state(base.id):
                said = f"`{base.id}` is the module's and must not change"
                self.refuse("global-state", said, node)
        self.generic_visit(node)

    def _call_by_name(self, name: str, node: ast.Call) -> None:
        if name in ("getattr", "hasattr"):
            given = node.args[1] if len(node.args) > 1 else None
            literal = given.value if isinstance(given, ast.Constant) else None
            aside = any(isinstance(one, ast.Starred) for one in node.args)
            if not isinstance(literal, str) or aside or not literal.isidentifier():
                self.refuse("name", f"`{name}` with a name that is not written out", node)
            elif self.reaching(literal) or literal.startswith("_") or not literal.isascii():
                self.refuse("attribute", f"`{name}` of `{literal}`", node)
        if name == "type" and (len(node.args) != 1 or node.keywords):
            self.refuse("name", "`type` called to make a class", node)
        if name == "super" and (node.args or node.keywords):
            self.refuse("name", "`super` with arguments", node)

    def _call_by_path(self, path: str, node: ast.Call) -> None:
        first = node.args[0] if node.args else None
        given = [first, *(keyword.value for keyword in node.keywords)]
        seeded = any(
            one and not (isinstance(one, ast.Constant) and one.value is None) for one in given
        )
        if path in tables.SEEDED and not seeded:
            self.refuse("random", f"`{path}` without a seed: results would differ", node)
        reader = path.split(".", 1)[0] == "pandas" and path.rsplit(".", 1)[-1].startswith("read_")
        if reader and not _in_memory(first):
            said = f"`{path}` of anything but `io.BytesIO(...)` or `io.StringIO(...)`"
            self.refuse("file", said, node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        for name in node.kwd_attrs:
            if self.reaching(name) or DUNDER.match(name):
                self.refuse("attribute", f"pattern reads `{name}`", node)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self._name(node.name, node, store=True)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self._name(node.name or "", node, store=True)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._name(node.rest or "", node, store=True)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._name(node.name, node, store=True)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._name(node.name, node, store=True)
        for keyword in node.keywords:
            if keyword.arg not in ("total", "frozen"):
                self.refuse("class", "a class with keywords (a metaclass, say)", keyword)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._name(node.name, node, store=True)
        if node.name in {*tables.NAMES, *tables.NAMES_CALLED}:
            self.refuse("name", f"`{node.name}` is a name the policy watches", node)
        if DUNDER.match(node.name) and node.name not in tables.DUNDERS_DEFINED:
            self.refuse("dunder", f"`{node.name}` changes how Python itself works", node)
        given = node.args
        names = {one.arg for one in [*given.posonlyargs, *given.args, *given.kwonlyargs]}
        names |= {one.arg for one in (given.vararg, given.kwarg) if one}
        self.local.append(names | set(_stored(node.body)))
        self.generic_visit(node)
        self.local.pop()


def _stored(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Names bound in a block, not in the functions and classes inside it."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _plain_format(base: ast.expr) -> bool:
    """Whether `.format` is that of a literal whose fields read no attributes and no items."""
    if not (isinstance(base, ast.Constant) and isinstance(base.value, str)):
        return False
    try:
        fields = list(string.Formatter().parse(base.value))
    except ValueError:
        return False
    return all(
        re.fullmatch(r"\w*", name or "") and "{" not in (spec or "") for _, name, spec, _ in fields
    )


def _in_memory(given: ast.expr | None) -> bool:
    if not isinstance(given, ast.Call):
        return False
    made = given.func
    name = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
    return name in ("BytesIO", "StringIO")
