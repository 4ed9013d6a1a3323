"""What of existing code is shipped: modules under names that cannot clash with others' in a graph.

A package's first-party modules move into a folder of their own, and imports of them follow; a
module keeps every line number. Tests and runs see the code as an artifact carries it.
"""

import keyword
from collections.abc import Iterable

from fxgbuild.digest import digest_bytes
from fxgbuild.emit.relocate import move
from fxgbuild.lang.first_party import INIT, module_of
from fxgbuild.lang.model import Node

HOME = "_deps"


def shipped_code(node: Node, code: str) -> str:
    """A node's module, with its first-party imports where these modules are shipped."""
    deps = node.source.deps if node.source else ()
    return move(code, _tops(deps_of(node)), home(node.label.package)) if deps else code


def shipped_deps(nodes: Iterable[Node]) -> dict[str, str]:
    """The first-party modules of nodes: file, seen from where node modules lie, and text."""
    found: dict[str, str] = {}
    for node in nodes:
        place = home(node.label.package)
        tops = _tops(deps_of(node))
        for dep in node.source.deps if node.source else ():
            text = dep.data.decode("utf-8", "replace")
            found[f"{place.replace('.', '/')}/{dep.path}"] = move(text, tops, place)
    for path in list(found):
        folders = path.split("/")[:-1]
        for depth in range(1, len(folders) + 1):
            found.setdefault("/".join([*folders[:depth], f"{INIT}.py"]), "")
    return dict(sorted(found.items()))


def shipped_names(node: Node) -> dict[str, str]:
    """The author's file of every shipped one, for tracebacks."""
    if node.source is None:
        return {}
    place = home(node.label.package).replace(".", "/")
    return {f"{place}/{dep.path}": dep.path for dep in node.source.deps}


def deps_of(node: Node) -> list[str]:
    return [module_of(dep.path) for dep in node.source.deps] if node.source else []


def _tops(modules: Iterable[str]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in modules)


def home(package: str) -> str:
    """The package that holds a workspace package's modules, where node modules lie."""
    plain = package.replace("/", "_").replace("-", "_")
    if plain == package and not keyword.iskeyword(plain):
        return f"{HOME}.{plain}"
    return f"{HOME}.{plain}_{digest_bytes(package.encode()).hex[:8]}"
