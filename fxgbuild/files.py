"""The workspace's files: found, read, and written atomically; the only file writer.

Knows nothing of graphs or keys.
"""

import contextlib
import errno
import hashlib
import io
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fxgbuild.digest import Digest
from fxgbuild.errors import DiskFull, StoreUnsafe

WORKSPACE_FILE = "fxgbuild.toml"
GRAPH_FILES = ("fxg.yaml", "fxg.json")
NOT_PACKAGES = ("cache", "rules", "dist")  # where a workspace's own folder holds its packages
MAX_TEXT = 64 * 1024 * 1024
BESIDE = ".fxg-"  # how the names of unfinished files begin
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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
                folders[:] = [x for x in folders if x not in NOT_PACKAGES]
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


def write_atomic(path: Path, data: bytes, mode: int = 0o644, *, durable: bool = True) -> None:
    """Write beside the target, fsync, rename: a reader sees the old bytes or the new ones.

    What can be made again and is verified when it is read need not be `durable`.
    """
    with no_space(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = write_beside(path, data, mode)
        try:
            if durable:
                sync(beside)
            beside.rename(path)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        if durable:
            sync(path.parent)


def write_beside(path: Path, data: bytes, mode: int = 0o644) -> Path:
    """Write a temporary file in the folder of `path`, for the caller to sync and rename."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=BESIDE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return Path(name)


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def no_space(path: Path) -> Iterator[None]:
    """A disk that takes no more is an error that a user can act on."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise disk_full(path, str(error)) from None
        raise


def disk_full(path: Path, cause: str) -> DiskFull:
    return DiskFull(
        "no space is left to write",
        facts={"writing": str(path), "cause": cause},
        hint="make room and type the command again, nothing was left half written; "
        "`fxgbuild cache gc --max-size SIZE` takes what the store can do without",
    )


def is_writable(folder: Path) -> bool:
    """May this process write into a folder, or make it where it is absent?"""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)


def scratch_home(store: Path) -> Path:
    """Where temporary folders go: into the store, or beside a store that cannot be written."""
    home = store / "tmp"
    try:
        make_private(home)
    except OSError:
        return Path(tempfile.gettempdir())
    return home if os.access(home, os.W_OK) else Path(tempfile.gettempdir())


def make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, for nobody else to enter."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)


def refuse_shared(folder: Path) -> None:
    """What others may write is not trusted: raises StoreUnsafe; an absent folder is fine."""
    try:
        found = folder.stat()
    except OSError:
        return
    if found.st_uid != os.geteuid():
        raise StoreUnsafe(
            "the store belongs to another user, who could change what is run from it",
            facts={"store": str(folder), "owner": str(found.st_uid), "you": str(os.geteuid())},
            hint=f"`chown -R {os.geteuid()} {folder}`, or `--store` with a folder of your own",
        )
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise StoreUnsafe(
            "other users may write into the store, and so change what is run from it",
            facts={"store": str(folder), "mode": f"{stat.S_IMODE(found.st_mode):04o}"},
            hint=f"`chmod go-w {folder}`",
        )
