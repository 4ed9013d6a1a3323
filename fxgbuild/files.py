"""The workspace's files: found, read, and written atomically; the only file writer.

Knows nothing of graphs or keys.
"""

import contextlib
import hashlib
import io
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fxgbuild.digest import Digest

WORKSPACE_FILE = "fxgbuild.toml"
GRAPH_FILES = ("fxg.yaml", "fxg.json")
MAX_TEXT = 64 * 1024 * 1024


def find_root(start: Path) -> Path | None:
    """The nearest folder, from `start` upwards, that holds a workspace file."""
    for folder in (start, *start.parents):
        if (folder / WORKSPACE_FILE).is_file():
            return folder
    return None


def builtin_rules() -> Path:
    """The program's rule sets: inside its wheel, or beside the package in its repository."""
    here = Path(__file__).parent
    inside = here / "rules"
    return inside if inside.is_dir() else here.parent / "rules"


class DiskTree:
    """The files of one workspace; what is read is remembered, so one load sees one state."""

    def __init__(self, root: Path) -> None:
        self.root = root
        rules = builtin_rules()
        inside = rules.is_relative_to(root)
        self.builtin_rules = str(rules.relative_to(root)) if inside else str(rules)
        self._digests: dict[str, Digest | None] = {}

    def path(self, name: str) -> Path:
        return self.root / name

    def read(self, path: str) -> bytes | None:
        try:
            return read_regular(self.path(path))
        except OSError:
            return None

    def digest(self, path: str) -> Digest | None:
        if path not in self._digests:
            self._digests[path] = digest_file(self.path(path))
        return self._digests[path]

    def graph_files(self, folder: str) -> Iterator[str]:
        top = self.path(folder)
        for here, folders, names in os.walk(top):
            folders[:] = sorted(x for x in folders if not x.startswith((".", "__")))
            if folder == "." and Path(here) == top:
                folders[:] = [x for x in folders if x not in ("cache", "rules", "dist")]
            for name in GRAPH_FILES:
                if name in names:
                    yield (Path(here) / name).relative_to(self.root).as_posix()

    def folders(self, folder: str) -> list[str]:
        try:
            return sorted(entry.name for entry in os.scandir(self.path(folder)) if entry.is_dir())
        except OSError:
            return []


def read_regular(path: Path, limit: int = MAX_TEXT) -> bytes:
    """Read a regular file without following a link in its last part; raises OSError."""
    with _open_regular(path, os.O_NOFOLLOW) as file:
        if os.fstat(file.fileno()).st_size > limit:
            raise OSError(f"larger than {limit} bytes: {path}")
        return file.read()


def _open_regular(path: Path, flags: int = 0) -> io.BufferedReader:
    """Open a regular file; anything else, such as a pipe that nobody writes, is an OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"not a regular file: {path}")
    return os.fdopen(descriptor, "rb")


def digest_file(path: Path) -> Digest | None:
    """A file's SHA-256; None where there is no regular file."""
    try:
        with _open_regular(path) as file:
            return Digest(hashlib.file_digest(file, "sha256").hexdigest())
    except OSError:
        return None


def write_atomic(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write beside the target, fsync, rename: a reader sees the old bytes or the new ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".fxg-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), mode)
        Path(name).rename(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
