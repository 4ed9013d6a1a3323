"""The policy's view of imports: what a module may import, and which names stand for modules."""

import ast
import sys
from collections.abc import Iterator

from fxgbuild.finding import Finding
from fxgbuild.validate import policy_tables as tables
from fxgbuild.validate.subject import Subject

STAGE = "security"


def finding(rule: str, message: str, node: ast.AST) -> Finding:
    line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", -1) + 1
    return Finding(STAGE, rule, message, line, column)


class Imports:
    """What a module imports, what it may, and which of its names stand for modules."""

    def __init__(self, subject: Subject) -> None:
        self.strict = subject.origin == "generated"
        self.named = sorted(subject.imports)
        self.allowed = {*subject.imports, *tables.ALWAYS}
        for name in subject.imports:
            self.allowed.update(tables.IMPLIED.get(name, ()))
        self.modules: dict[str, str] = {}  # the name it is bound to -> the module
        self.values: dict[str, str] = {}  # the name it is bound to -> module.member
        self.imported: set[str] = set()

    def permits(self, module: str) -> bool:
        if self.strict:
            top = module.split(".", 1)[0]
            known = module in tables.PURE or top not in sys.stdlib_module_names
            return module in self.allowed and known
        parents = [module.rsplit(".", count)[0] for count in range(1 + module.count("."))]
        return any(name in self.allowed for name in [module, *parents])

    def read(self, tree: ast.Module) -> Iterator[Finding]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from self._plain(node)
            elif isinstance(node, ast.ImportFrom):
                yield from self._from(node)

    def _plain(self, node: ast.Import) -> Iterator[Finding]:
        for alias in node.names:
            self.imported.add(alias.name)
            if alias.asname:
                self.modules[alias.asname] = alias.name
            else:
                top = alias.name.split(".")[0]
                self.modules[top] = top
            if not self.permits(alias.name):
                yield finding("import", self._refusal(alias.name), node)

    def _from(self, node: ast.ImportFrom) -> Iterator[Finding]:
        module = node.module or ""
        if node.level:
            yield finding("import", "a relative import", node)
            return
        for alias in node.names:
            bound, whole = alias.asname or alias.name, f"{module}.{alias.name}"
            if alias.name == "*":
                yield finding("import", f"a star import from `{module}`", node)
            elif whole in self.allowed and whole not in tables.PURE_MEMBERS:
                self.modules[bound] = whole
                self.imported.add(whole)
            elif not self.permits(module):
                yield finding("import", self._refusal(module), node)
            else:
                self.values[bound] = whole
                problem = self.member(module, alias.name) if self.strict else ""
                if problem:
                    yield finding("import", problem, node)

    def _refusal(self, module: str) -> str:
        if module in self.allowed:
            return (
                f"`{module}` has effects or reaches the interpreter; no generated code imports it"
            )
        return f"`{module}` is not among the allowed imports ({', '.join(self.named) or 'none'})"

    def member(self, module: str, name: str, *, called: bool = False) -> str:
        """What is wrong with taking `name` from `module`, if anything is."""
        if name.startswith("_"):
            return f"`{module}.{name}` is not public"
        only = tables.ONLY.get(module)
        if only is not None and name not in only:
            return f"`{module}.{name}` is not open to generated code"
        if name in tables.CLOSED.get(module.split(".", 1)[0], ()):
            return f"`{module}.{name}` reads, writes or changes what lies outside"
        if name in tables.REACHING:
            return f"`{name}` reaches the interpreter or the outside"
        if (
            name in sys.stdlib_module_names
            and not called
            and f"{module}.{name}" not in tables.PURE_MEMBERS
        ):
            return f"`{module}.{name}` may be a module that is not among the allowed imports"
        return ""
