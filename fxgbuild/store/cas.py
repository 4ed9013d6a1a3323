"""Content-addressed store: bytes by their SHA-256, written once, verified on every read.

A blob that does not hash to its name is set aside in `quarantine/` and counts as missing. What a
process puts or says it uses is safe from a collection that runs beside it: see `gc.py`.
"""

import contextlib
import errno
import fcntl
import itertools
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from fxgbuild import crash
from fxgbuild.digest import Digest, digest_bytes, is_digest
from fxgbuild.files import make_private, no_space, read_regular, sync, write_beside

READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


def _read(path: Path) -> bytes:
    """A blob may be of any size; raises OSError."""
    return read_regular(path, limit=path.lstat().st_size)


def _scanned(folder: Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


class BlobStore:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.since_ns = 0  # when the process that uses it began, by its lease
        self._memory: dict[Digest, bytes] = {}  # what a read-only store could not take
        self._gate = Gate(folder / "gate")

    def path(self, digest: Digest) -> Path:
        return self.folder / "sha256" / digest.hex[:2] / digest.hex

    def put(self, data: bytes, *, durable: bool = True) -> Digest:
        """Store data and return its digest; what is there already is verified, or replaced.

        `durable` waits for the disk: for all that a record or a paid reply names.
        """
        return self.put_many([data], durable=durable)[0]

    def put_many(self, many: Iterable[bytes], *, durable: bool = True) -> list[Digest]:
        """Store several, waiting for the disk together."""
        digests, beside = [], {}
        try:
            for data in many:
                digest = digest_bytes(data)
                digests.append(digest)
                if digest not in beside and not self._has(digest):
                    written = self._write(digest, data)
                    if written is not None:
                        beside[digest] = written
            self._publish(beside, durable=durable)
        finally:
            for path in beside.values():
                with contextlib.suppress(OSError):
                    path.unlink()
        return digests

    def _has(self, digest: Digest) -> bool:
        return self.get(digest) is not None and self.use(digest)

    def _write(self, digest: Digest, data: bytes) -> Path | None:
        """The bytes in a temporary file; None where the store cannot be written."""
        path = self.path(digest)
        try:
            with no_space(path):
                make_private(path.parent)
                beside = write_beside(path, data, mode=0o444)
        except OSError as error:
            if error.errno not in READ_ONLY:
                raise
            self._memory[digest] = data
            return None
        crash.point("blob.written")
        return beside

    def _publish(self, beside: dict[Digest, Path], *, durable: bool) -> None:
        """Bytes first, then names, then the folders that hold the names."""
        with no_space(self.folder):
            if durable:
                for path in beside.values():
                    sync(path)
            for digest, path in beside.items():
                crash.point("blob.synced")
                self._since(path, path.lstat())
                path.rename(self.path(digest))
                crash.point("blob.renamed")
            if durable:
                for folder in sorted({self.path(digest).parent for digest in beside}):
                    sync(folder)

    def get(self, digest: Digest) -> bytes | None:
        """The bytes of a digest, verified; None where they are missing or damaged."""
        try:
            data = _read(self.path(digest))
        except (FileNotFoundError, NotADirectoryError):
            return self._memory.get(digest)
        except OSError:
            self._quarantine(digest)
            return self._memory.get(digest)
        if digest_bytes(data) != digest:
            self._quarantine(digest)
            return self._memory.get(digest)
        return data

    def use(self, digest: Digest) -> bool:
        """Is it there? If so no collection takes it while this process holds its lease."""
        path = self.path(digest)
        with self._gate.shared():
            try:
                found = path.lstat()
                if stat.S_ISREG(found.st_mode):
                    self._since(path, found, now=True)
                    return True
            except OSError:
                pass
        return digest in self._memory

    def _since(self, path: Path, found: os.stat_result, *, now: bool = False) -> None:
        """Date a blob: not before this process began, even if the clock was set back meanwhile."""
        with contextlib.suppress(OSError):
            if now and not 0 < self.since_ns <= found.st_mtime_ns:
                os.utime(path)
                found = path.lstat()
            if found.st_mtime_ns < self.since_ns:
                os.utime(path, ns=(self.since_ns, self.since_ns))

    def __contains__(self, digest: Digest) -> bool:
        try:
            return stat.S_ISREG(self.path(digest).lstat().st_mode)
        except OSError:
            return digest in self._memory

    def _quarantine(self, digest: Digest) -> None:
        aside = self.folder / "quarantine"
        with contextlib.suppress(OSError):
            aside.mkdir(parents=True, exist_ok=True)
            names = (aside / f"{digest.hex}.{number}" for number in itertools.count(1))
            self.path(digest).rename(next(name for name in names if not os.path.lexists(name)))

    def damaged(self) -> list[str]:
        """Names of blobs that do not hash to themselves, each set aside on the way."""
        bad = []
        for path in sorted(self.paths()):
            try:
                good = digest_bytes(_read(path)).hex == path.name
            except FileNotFoundError:  # set aside by somebody else meanwhile
                continue
            except OSError:
                good = False
            if not good:
                bad.append(path.name)
                self._quarantine(Digest(path.name))
        return bad

    def paths(self) -> Iterator[Path]:
        """Every blob's path; what writers have not finished yet is none."""
        found = (self.folder / "sha256").glob("*/*")
        return (path for path in found if is_digest(path.name))

    def found(self) -> Iterator[tuple[str, int, int]]:
        """Every blob's name, size and date, fast: there may be a hundred thousand."""
        for folder in _scanned(self.folder / "sha256"):
            for entry in _scanned(folder):
                if is_digest(entry.name):
                    with contextlib.suppress(OSError):
                        seen = entry.stat(follow_symlinks=False)
                        yield entry.name, seen.st_size, seen.st_mtime_ns

    def take(self, digest: Digest, unless_used_since_ns: int) -> bool:
        """Remove a blob for good, unless somebody has used it since a time."""
        path = self.path(digest)
        with self._gate.alone():
            try:
                if path.lstat().st_mtime_ns >= unless_used_since_ns:
                    return False
                path.unlink()
            except OSError:
                return False
        return True

    def closed(self) -> contextlib.AbstractContextManager[None]:
        """Nobody begins to use anything meanwhile."""
        return self._gate.alone()

    def quarantined(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "quarantine").glob("*"))

    def size(self) -> tuple[int, int]:
        """How many blobs there are, and their bytes."""
        sizes = [size for _, size, _ in self.found()]
        return len(sizes), sum(sizes)


class Gate:
    """Users pass together, a collection passes alone; a dead process holds nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = threading.Lock()  # they share one descriptor, so one lock
        self._file = -1

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        with self._held(fcntl.LOCK_SH):
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with self._held(fcntl.LOCK_EX):
            yield

    @contextlib.contextmanager
    def _held(self, how: int) -> Iterator[None]:
        with self._threads:
            if self._file < 0:
                self._open()
            if self._file < 0:  # nothing can be written here, so nothing can be taken
                yield
                return
            fcntl.flock(self._file, how)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _open(self) -> None:
        flags = os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        for access in (os.O_RDWR, os.O_RDONLY):
            with contextlib.suppress(OSError):
                self._file = os.open(self.path, access | flags, 0o600)
                return
            flags &= ~os.O_CREAT
