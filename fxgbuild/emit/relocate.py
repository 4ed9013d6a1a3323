"""Makes a module's imports of its fellow modules relative, as they move into a package.

Only import statements of shipped modules change; every other byte, and every line number, stays.
"""

import ast


def relocate(name: str, source: str, shipped: frozenset[str], *, is_package: bool = False) -> str:
    """Rewrite `import x` and `from x import y` for shipped modules x of module `name`."""
    tree = ast.parse(source)
    tops = {module.split(".")[0] for module in shipped}
    edits: list[tuple[ast.Import | ast.ImportFrom, str]] = []
    dots = "." * (name.count(".") + 1 + (1 if is_package else 0))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            if node.module.split(".")[0] in tops:
                edits.append((node, _from(node, dots)))
        elif isinstance(node, ast.Import):
            ours = [alias for alias in node.names if alias.name.split(".")[0] in tops]
            if ours:
                edits.append((node, _import(node, ours, dots)))
    return _apply(source, edits)


def _from(node: ast.ImportFrom, dots: str) -> str:
    moved = ast.ImportFrom(module=f"{dots}{node.module}", names=node.names, level=0)
    return ast.unparse(ast.fix_missing_locations(moved))


def _import(node: ast.Import, ours: list[ast.alias], dots: str) -> str:
    statements = []
    others = [alias for alias in node.names if alias not in ours]
    if others:
        statements.append(ast.unparse(ast.Import(names=others)))
    for alias in ours:
        parent, _, last = alias.name.rpartition(".")
        if parent and not alias.asname:
            raise ValueError(
                f"line {node.lineno}: `import {alias.name}` cannot move into a package; "
                f"write `from {parent} import {last}`"
            )
        renamed = f" as {alias.asname}" if alias.asname else ""
        statements.append(f"from {dots}{parent} import {last}{renamed}")
    return "; ".join(statements)


def _apply(source: str, edits: list[tuple[ast.Import | ast.ImportFrom, str]]) -> str:
    """Replace statements from the last to the first, padding so that line numbers stay."""
    lines = source.encode().splitlines(keepends=True)
    for node, text in sorted(edits, key=lambda edit: (-edit[0].lineno, -edit[0].col_offset)):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head = lines[first][: node.col_offset]
        tail = lines[last][node.end_col_offset :]
        padding = [b"\n"] * (last - first)
        lines[first : last + 1] = [head + text.encode() + tail, *padding]
    return b"".join(lines).decode()
