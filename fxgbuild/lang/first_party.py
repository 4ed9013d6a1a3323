"""First-party modules: files of a package that its existing code imports.

Names are those of files seen from the package's folder: `lib/text.py` is `lib.text`.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache

from fxgbuild.lang.drafts import Draft
from fxgbuild.lang.model import File

INIT = "__init__"


def module_of(path: str) -> str:
    """The name that a file is imported by."""
    parts = path.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == INIT and len(parts) > 1 else parts)


def bad_path(path: str, imports: Iterable[str]) -> str:
    """Why a file cannot be imported from the package's folder; empty where it can."""
    parts = path.removesuffix(".py").split("/")
    if not path.endswith(".py") or not all(part.isidentifier() for part in parts):
        return "is no module: a path like `lib/text.py`, seen from the package's folder"
    if parts[0] in sys.stdlib_module_names:
        return f"hides the module `{parts[0]}` of the standard library; give it another name"
    if parts[0] in {name.partition(".")[0] for name in imports}:
        return f"hides the module `{parts[0]}` that the node may import; give it another name"
    return ""


def undeclared(
    draft: Draft, file: File, declared: frozenset[str], imports: Iterable[str]
) -> Iterator[tuple[str, int, int]]:
    """Files of the package that a module imports and nobody declared, each with its place."""
    elsewhere = sys.stdlib_module_names | {name.partition(".")[0] for name in imports}
    told: set[str] = set()
    for module, names, line, column in imported(file.data):
        if module.partition(".")[0] in elsewhere:
            continue
        for path in _files(draft, module, names):
            if path not in declared and path not in told:
                told.add(path)
                yield path, line, column


@lru_cache(4096)
def imported(data: bytes) -> tuple[tuple[str, tuple[str, ...], int, int], ...]:
    """Every absolute import of a module: what from, which names, and where it stands."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found: list[tuple[str, tuple[str, ...], int, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(a.name, (), node.lineno, node.col_offset + 1) for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = tuple(alias.name for alias in node.names)
            found.append((node.module, names, node.lineno, node.col_offset + 1))
    return tuple(found)


def _files(draft: Draft, module: str, names: tuple[str, ...]) -> list[str]:
    """The package's files that an import runs."""
    parts = module.split(".")
    whole = [*("/".join(parts[:n]) for n in range(1, len(parts) + 1))]
    found = [path for folder in whole[:-1] if (path := _exists(draft, f"{folder}/{INIT}.py"))]
    found += _module(draft, whole[-1])
    for name in names:
        found += _module(draft, f"{whole[-1]}/{name}") if name != "*" else []
    return found


def _module(draft: Draft, stem: str) -> list[str]:
    path = _exists(draft, f"{stem}/{INIT}.py") or _exists(draft, f"{stem}.py")
    return [path] if path else []


def _exists(draft: Draft, path: str) -> str:
    return path if draft.reader.read(draft.path(path)) is not None else ""
