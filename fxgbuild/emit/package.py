"""Lays out an emitted package: what is in it, file by file.

The runtime and the modules' sources are handed in; nothing is read here.
"""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from fxgbuild.emit.facade import facade
from fxgbuild.emit.relocate import relocate
from fxgbuild.runtime.document import dumps

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\Z")
_VERSION = re.compile(
    r"([1-9][0-9]*!)?(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*((a|b|rc)(0|[1-9][0-9]*))?"
    r"(\.post(0|[1-9][0-9]*))?(\.dev(0|[1-9][0-9]*))?(\+[a-z0-9]+(\.[a-z0-9]+)*)?\Z"
)

Files = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Package:
    """Everything an artifact is made from.

    `modules` are the rendered node modules and, beside them, the first-party modules that these
    import, by name (imports of the latter become relative; a node's module is never imported);
    `runtime` the files of fxgbuild/runtime by file name; `metadata` may hold author,
    author_email, license (an SPDX expression), keywords, homepage and readme.
    """

    name: str
    version: str
    import_name: str
    summary: str
    link: Mapping[str, Any]
    modules: tuple[tuple[str, str], ...]
    runtime: tuple[tuple[str, bytes], ...]
    requires: tuple[str, ...] = ()
    python_requires: str = ">=3.11"
    lock: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"not a distribution name: {self.name!r}")
        if not _VERSION.match(self.version):
            raise ValueError(f"not a version in normal form (such as 0.1.0): {self.version!r}")
        if not self.import_name.isidentifier() or keyword.iskeyword(self.import_name):
            raise ValueError(f"not an import name: {self.import_name!r}")
        lines = (self.summary, self.python_requires, *self.requires, *self.metadata.values())
        if any("\n" in line or "\r" in line for line in lines if line != self.readme):
            raise ValueError("a metadata field spans several lines")

    @property
    def readme(self) -> str:
        return self.metadata.get("readme", "")


def files(package: Package) -> Files:
    """Give every file of the package, sorted by path; equal packages give equal bytes."""
    root = package.import_name
    link = _with_safe_modules(package.link)
    sources = {_safe(name): source for name, source in package.modules}
    if len(sources) != len(package.modules):
        raise ValueError("two modules have one name")
    missing = [node for node in link["nodes"] if node["module"] not in sources]
    if missing:
        raise ValueError(f"node {missing[0]['name']} has no module {missing[0]['module']!r}")
    imported = frozenset(sources) - {node["module"] for node in link["nodes"]}
    packages = {name for name in sources if any(n.startswith(f"{name}.") for n in sources)}
    moved = {
        name: relocate(name, source, imported, is_package=name in packages)
        for name, source in sources.items()
    }
    summary = package.summary or package.name
    found: dict[str, bytes] = {
        f"{root}/__init__.py": facade(link, moved, summary, package.version).encode(),
        f"{root}/__main__.py": _MAIN.encode(),
        f"{root}/link.json": dumps(link) + b"\n",
        f"{root}/py.typed": b"",
        f"{root}/nodes/__init__.py": b'"""The nodes of the graph, one module each."""\n',
    }
    for name, data in package.runtime:
        found[f"{root}/_runtime/{name}"] = data
    for name, source in moved.items():
        path = PurePosixPath(root, "nodes", *name.split("."))
        for parent in list(path.parents)[: name.count(".")]:
            found.setdefault(f"{parent}/__init__.py", b"")
        target = f"{path}/__init__.py" if name in packages else f"{path}.py"
        found[target] = source.encode()
    return tuple(sorted(found.items()))


def _with_safe_modules(link: Mapping[str, Any]) -> dict[str, Any]:
    """Rename modules of nodes named like a keyword, which no import statement could name."""
    nodes = [{**node, "module": _safe(node["module"])} for node in link["nodes"]]
    return {**link, "nodes": nodes}


def _safe(module: str) -> str:
    if not all(part.isidentifier() for part in module.split(".")):
        raise ValueError(f"not a module name: {module!r}")
    return f"{module}_" if keyword.iskeyword(module) else module


_MAIN = '''"""Runs the graph on files: `python -m` this package, with --help for how."""

from . import _ARTIFACT


def main() -> int:
    return _ARTIFACT.main()


if __name__ == "__main__":
    raise SystemExit(main())
'''
