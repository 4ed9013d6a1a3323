"""The files of a workspace as a commit has them, read from git's objects."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from fxgbuild.digest import Digest
from fxgbuild.errors import HistoryMissing
from fxgbuild.files import GRAPH_FILES, MAX_TEXT, NOT_PACKAGES, DiskTree
from fxgbuild.git.repository import Repository, must

SMALL = 256 * 1024  # fetched with its neighbours
AT_ONCE = 64 * 1024 * 1024
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of a commit."""

    object: str
    size: int


class GitTree:
    """A commit's files below the workspace's folder; absolute paths are the program's own files."""

    def __init__(self, repository: Repository, commit: str, disk: DiskTree) -> None:
        self.repository = repository
        self.disk = disk
        self.builtin_rules = disk.builtin_rules
        self.entries = _entries(repository, commit)
        self._bytes: dict[str, bytes] = {}  # by object

    def read(self, path: str) -> bytes | None:
        if path.startswith("/"):
            return self.disk.read(path)
        entry = self.entries.get(_plain(path))
        if entry is None or entry.size > MAX_TEXT:
            return None
        if entry.object not in self._bytes:
            self.fetch([_plain(path).rpartition("/")[0]])  # what lies beside it is asked for next
        if entry.object not in self._bytes:
            self._fetch([entry])
        return self._bytes[entry.object]

    def digest(self, path: str) -> Digest | None:
        """A file's SHA-256; of what git keeps elsewhere, as LFS does, what its pointer says."""
        if path.startswith("/"):
            return self.disk.digest(path)
        entry = self.entries.get(_plain(path))
        if entry is None:
            return None
        kept = self._bytes.get(entry.object)
        data = kept if kept is not None else self._blobs([entry])[entry.object]
        pointer = _POINTER.match(data) if len(data) < 1024 else None
        return Digest(pointer[1].decode() if pointer else hashlib.sha256(data).hexdigest())

    def graph_files(self, folder: str) -> Iterator[str]:
        """As a walk from the top finds them."""
        inside = "" if folder == "." else f"{folder.strip('/')}/"
        places = {}
        for path in self.entries:
            *folders, name = path.removeprefix(inside).split("/")
            hidden = any(part.startswith((".", "__")) for part in folders)
            other = not inside and folders[:1] and folders[0] in NOT_PACKAGES
            if path.startswith(inside) and name in GRAPH_FILES and not hidden and not other:
                places[path] = (folders, GRAPH_FILES.index(name))
        found = sorted(places, key=places.__getitem__)
        self.fetch(path.rpartition("/")[0] for path in found)
        return iter(found)

    def folders(self, folder: str) -> list[str]:
        if folder.startswith("/"):
            return self.disk.folders(folder)
        return sorted(self._folders.get(_plain(folder), ()))

    @cached_property
    def _folders(self) -> dict[str, set[str]]:
        """The folders directly in each folder."""
        found: dict[str, set[str]] = {}
        for home in {path.rpartition("/")[0] for path in self.entries}:
            here = home
            while here:
                here, _, name = here.rpartition("/")
                known = found.setdefault(here, set())
                if name in known:
                    break
                known.add(name)
        return found

    def fetch(self, folders: Iterable[str]) -> None:
        """Read the small files below some folders in one go: they will be asked for."""
        homes = {folder.strip("/") for folder in folders}
        wanted = [
            entry
            for path, entry in self.entries.items()
            if entry.size <= SMALL and entry.object not in self._bytes and _is_below(path, homes)
        ]
        self._fetch(wanted)

    def _fetch(self, entries: Iterable[Entry]) -> None:
        batch: list[Entry] = []
        size = 0
        for entry in entries:
            if batch and size + entry.size > AT_ONCE:
                self._bytes |= self._blobs(batch)
                batch, size = [], 0
            batch.append(entry)
            size += entry.size
        if batch:
            self._bytes |= self._blobs(batch)

    def _blobs(self, entries: list[Entry]) -> dict[str, bytes]:
        """Objects by name, from one `git cat-file --batch`."""
        names = sorted({entry.object for entry in entries})
        words = ("cat-file", "--batch")
        done = self.repository.ask(*words, stdin="".join(f"{n}\n" for n in names).encode())
        data, found, at = must(done, words), {}, 0
        for name in names:
            end = data.find(b"\n", at)
            head = data[at:end].decode("ascii", "replace").split()
            if end < 0 or len(head) != 3 or head[0] != name:
                raise HistoryMissing(
                    f"git has no bytes for the object {name}",
                    hint="a partial clone fetches them: `git fetch --refetch`",
                )
            size = int(head[2])
            found[name] = data[end + 1 : end + 1 + size]
            if len(found[name]) != size:
                raise HistoryMissing(f"the object {name} is too large to be read: {size} bytes")
            at = end + 1 + size + 1
        return found


def _entries(repository: Repository, commit: str) -> dict[str, Entry]:
    """Every regular file of the workspace in a commit; none where the folder was not there."""
    place = f"{commit}:{repository.prefix.rstrip('/')}"
    words = ("ls-tree", "--full-tree", "-r", "-z", "-l", place)
    if repository.prefix and repository.text("rev-parse", "--verify", "--quiet", place) is None:
        return {}
    found = {}
    for line in must(repository.ask(*words), words).split(b"\0"):
        facts, _, name = line.partition(b"\t")
        parts = facts.decode("ascii").split()
        if len(parts) == 4 and parts[0] in ("100644", "100755"):
            found[os.fsdecode(name)] = Entry(parts[2], int(parts[3]))
    return found


def _plain(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _is_below(path: str, homes: set[str]) -> bool:
    if "" in homes or "." in homes:
        return True
    parts = path.split("/")
    return any("/".join(parts[:n]) in homes for n in range(1, len(parts)))
