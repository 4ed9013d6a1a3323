"""A closure read as the workspace that it is a part of, without laying it out anywhere."""

from collections.abc import Iterator, Mapping

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.files import GRAPH_FILES, NOT_PACKAGES, DiskTree


class ClosureTree:
    """The files of a closure; absolute paths are the program's own files, such as rule sets."""

    def __init__(self, files: Mapping[str, bytes], disk: DiskTree) -> None:
        self.files = files
        self.disk = disk
        self.builtin_rules = disk.builtin_rules

    def read(self, path: str) -> bytes | None:
        return self.disk.read(path) if path.startswith("/") else self.files.get(_plain(path))

    def digest(self, path: str) -> Digest | None:
        if path.startswith("/"):
            return self.disk.digest(path)
        data = self.files.get(_plain(path))
        return None if data is None else digest_bytes(data)

    def graph_files(self, folder: str) -> Iterator[str]:
        """As a walk from the top finds them."""
        inside = _plain(folder)
        for path in sorted(self.files):
            home, _, name = path.rpartition("/")
            first = home.partition("/")[0]
            below = not inside or f"{home}/".startswith(f"{inside}/")
            if name in GRAPH_FILES and below and (inside or first not in NOT_PACKAGES):
                yield path

    def folders(self, folder: str) -> list[str]:
        if folder.startswith("/"):
            return self.disk.folders(folder)
        inside = f"{_plain(folder)}/".lstrip("/")
        below = (name[len(inside) :] for name in self.files if name.startswith(inside))
        return sorted({rest.partition("/")[0] for rest in below if "/" in rest})


def _plain(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))
