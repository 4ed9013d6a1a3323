"""Makes a module's imports of its fellow modules relative, as they move into a package.

Only import statements of shipped modules change; every other byte, and every line number, stays.
"""

import ast


def move(source: str, tops: frozenset[str], home: str) -> str:
    """Rewrite absolute imports of the modules below `tops`, which now lie below package `home`.

    What is not Python is handed back: it is judged as it stands, and not run.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    return _moved(source, tree, tops, f"{home}.")


def relocate(name: str, source: str, shipped: frozenset[str], *, is_package: bool = False) -> str:
    """Rewrite `import x` and `from x import y` for shipped modules x of module `name`."""
    tree = ast.parse(source)
    tops = {module.split(".")[0] for module in shipped}
    dots = "." * (name.count(".") + 1 + (1 if is_package else 0))
    return _moved(source, tree, frozenset(tops), dots)


def _moved(source: str, tree: ast.Module, tops: frozenset[str], prefix: str) -> str:
    edits: list[tuple[ast.Import | ast.ImportFrom, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            if node.module.split(".")[0] in tops:
                edits.append((node, _from(node, prefix)))
        elif isinstance(node, ast.Import):
            ours = [alias for alias in node.names if alias.name.split(".")[0] in tops]
            if ours:
                edits.append((node, _import(node, ours, prefix)))
    return _apply(source, edits)


def _from(node: ast.ImportFrom, prefix: str) -> str:
    moved = ast.ImportFrom(module=f"{prefix}{node.module}", names=node.names, level=0)
    return ast.unparse(ast.fix_missing_locations(moved))


def _import(node: ast.Import, ours: list[ast.alias], prefix: str) -> str:
    statements = []
    others = [alias for alias in node.names if alias not in ours]
    if others:
        statements.append(ast.unparse(ast.Import(names=others)))
    for alias in ours:
        parent, _, last = alias.name.rpartition(".")
        renamed = f" as {alias.asname}" if alias.asname else ""
        if parent and not renamed:  # it binds the first name, and loads the last
            statements.append(_of(prefix, "", parent.partition(".")[0]))
            renamed = f" as _{alias.name.replace('.', '_')}"
        statements.append(_of(prefix, parent, f"{last}{renamed}"))
    return "; ".join(statements)


def _of(prefix: str, parent: str, names: str) -> str:
    """`from ... import ...`, below dots or below a package."""
    origin = f"{prefix}{parent}"
    return f"from {origin if parent or not origin.strip('.') else origin[:-1]} import {names}"


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
