"""A graph on its way to be resolved: its document, what is known of it so far, its problems."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.lang.document import Document
from fxgbuild.lang.dtsl import PortType
from fxgbuild.lang.fxg import GraphDoc, NodeDoc
from fxgbuild.lang.model import Edge, File, Node
from fxgbuild.lang.places import Path
from fxgbuild.lang.rulesets import RuleSet
from fxgbuild.lang.schema import TYPES, BadSchema, Schema, missing_type, parse_schema
from fxgbuild.problem import Problem, closest

MOST_COMPARED = 100_000  # a second or so: comparing words takes time


class Reader(Protocol):
    """What loading needs of a file tree; paths are relative to the workspace, with `/`."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None where there is no regular file."""

    def digest(self, path: str) -> Digest | None:
        """The file's SHA-256, or None where there is no regular file."""


@dataclass(slots=True)
class Draft:
    """A graph on its way: nodes resolved, edges still to come."""

    package: str
    folder: str
    doc: GraphDoc
    document: Document
    rules: dict[str, RuleSet]
    reader: Reader
    data_root: str = ""
    inputs: dict[str, Schema] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    types: dict[str, Schema] = field(default_factory=dict)
    compared: int = 0  # words looked at for suggestions

    def problem(
        self,
        id: str,
        message: str,
        *path: str | int,
        near: str = "",
        hint: str = "",
        key: bool = False,
    ) -> None:
        """Add a problem at the value of a path, or at its key where that is what is wrong."""
        asked_by = self.asker(path)
        where = self.document.key_at(*path) if key else self.document.at(*path)
        self.problems.append(Problem(where, id, message, asked_by=asked_by, near=near, hint=hint))

    def asker(self, path: Path) -> str:
        """Who asks for what stands at a path: a node, an edge, or the graph itself."""
        part = path[1] if len(path) > 1 else None
        if path[:1] == ("nodes",) and part is not None:
            return f"//{self.package}:{part}"
        if path[:1] == ("edges",) and isinstance(part, int):
            edge = self.doc.edges[part]
            return f"the edge {edge.source} → {edge.to} of //{self.package}"
        return f"//{self.package}"

    def near(self, word: str, known: Iterable[str]) -> str:
        """The known words closest to one; empty once a file has asked for a great many."""
        names = list(known)
        self.compared += len(names)
        return closest(word, names) if self.compared <= MOST_COMPARED else ""

    def path(self, name: str) -> str:
        return name if self.folder == "." else f"{self.folder}/{name}"

    def data(self, name: str) -> list[Digest]:
        """The digests of a data file: in the package's folder, and at its place beside."""
        if not is_inside(name):
            return []
        places = data_places(self.data_root, self.path(name))
        found = [self.reader.digest(place) for place in places]
        return [digest for digest in found if digest]

    def schema(self, value: PortType, *path: str | int) -> Schema | None:
        try:
            return parse_schema(value, self.types)
        except BadSchema as error:
            name = missing_type(error)
            near = self.near(name, [*self.types, *TYPES]) if name else ""
            self.problem("FXG1104", str(error), *path, near=near)
            return None

    def file(self, name: str, *path: str | int) -> File | None:
        if not is_inside(name):
            self.problem("FXG1117", f"`{name}` leaves the package's folder", *path)
            return None
        data = self.reader.read(self.path(name))
        if data is None:
            self.problem("FXG1117", f"the file `{self.path(name)}` does not exist", *path)
            return None
        return File(name, data, digest_bytes(data))


def data_places(root: str, path: str) -> list[str]:
    """Where a data file may lie: in the workspace, or at the same place below the data root."""
    return [path, f"{root.rstrip('/')}/{path}"] if root else [path]


def is_inside(name: str) -> bool:
    parts = name.split("/")
    return bool(name) and not name.startswith("/") and ".." not in parts and "" not in parts


class NodeDraft:
    """One node of a draft on its way; its problems stand below the node."""

    def __init__(self, draft: Draft, name: str, doc: NodeDoc) -> None:
        self.draft, self.name, self.doc = draft, name, doc

    def problem(
        self,
        id: str,
        message: str,
        *path: str | int,
        near: str = "",
        hint: str = "",
        key: bool = False,
    ) -> None:
        at = ("nodes", self.name, *path)
        self.draft.problem(id, message, *at, near=near, hint=hint, key=key)
