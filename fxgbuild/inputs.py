"""What a command looks at, written down as it looks: the inputs of the state file."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from fxgbuild import state
from fxgbuild.digest import Digest
from fxgbuild.files import NOT_PACKAGES, DiskTree, read_regular
from fxgbuild.state import FILE, FOLDER, INODE, NOTHING, TREE, Input


class Inputs:
    """Inputs by path, relative to the workspace where they lie in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._inside = f"{root}/"
        self._found: dict[str, Input] = {}

    def name(self, path: Path | str) -> str:
        return str(path).removeprefix(self._inside)

    def add(self, path: Path | str, kind: int, stamp: state.Stamp, digest: bytes) -> None:
        """Keep the first look at a path: later ones may see what came after it was used."""
        name = self.name(path)
        self._found.setdefault(name, Input(name, kind, stamp, digest, -1))

    def look(self, path: Path | str, kind: int = FILE) -> None:
        """Take in something whole: a file's content, a folder's names, an inode."""
        stamp = state.look(str(path))
        self.add(path, kind, stamp, NOTHING if kind == INODE else state.digest(str(path), kind))

    def read(self, path: Path) -> bytes:
        """Read a regular file and take it in; raises OSError as `read_regular` does."""
        stamp = state.look(str(path))
        try:
            data = read_regular(path)
        except OSError:
            self.add(path, FILE, stamp, state.digest(str(path), FILE))
            raise
        self.add(path, FILE, stamp, state.hashed(data))
        return data

    def wrote(self, path: Path) -> None:
        """A file was written here: what was seen of it before is no input any more."""
        self._found.pop(self.name(path), None)

    def all(self) -> Iterable[Input]:
        return self._found.values()


class SeenTree(DiskTree):
    """The files of a workspace, each taken in when it is read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.inputs = Inputs(root)

    def read(self, path: str) -> bytes | None:
        try:
            return self.inputs.read(self.path(path))
        except OSError:
            return None

    def digest(self, path: str) -> Digest | None:
        stamp = state.look(str(self.path(path)))
        found = super().digest(path)
        self.inputs.add(
            self.path(path), FILE, stamp, bytes.fromhex(found.hex) if found else NOTHING
        )
        return found

    def graph_files(self, folder: str) -> Iterator[str]:
        for name in self.walked(folder):
            self.inputs.look(self.path(name), TREE)
        return super().graph_files(folder)

    def walked(self, folder: str) -> Iterator[str]:
        """Every folder in which a graph file may stand or come to stand."""
        todo = [folder]
        while todo:
            here = todo.pop()
            yield here
            names = [x for x in super().folders(here) if not x.startswith((".", "__"))]
            if here == folder == ".":
                names = [x for x in names if x not in NOT_PACKAGES]
            todo += [name if here == "." else f"{here}/{name}" for name in names]

    def folders(self, folder: str) -> list[str]:
        self.inputs.look(self.path(folder), FOLDER)
        return super().folders(folder)


def program_inputs(inputs: Inputs, program: Path) -> None:
    """The program itself: what another version answered is not believed."""
    for here, folders, names in os.walk(program):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            if name.endswith(".py"):
                inputs.look(f"{here}/{name}")
