"""A folder as a place: an OCI image layout, which skopeo and others read as it is.

Blobs are written beside and renamed. `index.json` is the one thing that changes: it is replaced
by a rename while a lock is held, so whoever reads it sees the state before or after.
"""

import contextlib
import fcntl
import functools
import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.files import BESIDE, MAX_TEXT, read_regular, write_atomic
from fxgbuild.oci.index import Index, referrer
from fxgbuild.oci.manifest import INDEX, MANIFEST, MAX_MANIFEST, Descriptor, Malformed, Manifest
from fxgbuild.oci.reference import TAG
from fxgbuild.places.trouble import lost, unavailable, wrong_content

LAYOUT_FILE = "oci-layout"
LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
INDEX_FILE = "index.json"
BLOBS = "blobs/sha256"
LOCK = ".lock"
LOCK_S = 30.0
ABANDONED_S = 24 * 3600  # what lies beside a file that long was left by a kill


@dataclass(frozen=True, slots=True)
class Layout:
    """One folder. Owned by whoever uses it, or by root: it says what a tag points to."""

    name: str
    folder: Path
    _read_before: dict[Digest, bytes] = field(default_factory=dict, repr=False, compare=False)

    def has(self, descriptor: Descriptor) -> bool:
        if descriptor.media_type in (MANIFEST, INDEX):  # a file alone is not listed anywhere
            return self.manifest(descriptor.digest) is not None
        return self._content(descriptor.digest, descriptor.size) is not None

    def blob(self, descriptor: Descriptor) -> bytes:
        data = self._content(descriptor.digest, descriptor.size)
        if data is None:
            raise lost(self.name, descriptor.digest)
        return data

    def manifest(self, digest: Digest) -> bytes | None:
        if self._index().find(digest) is None:
            return None
        data = self._content(digest)
        if data is None:
            raise lost(self.name, digest)
        return data

    def put_blob(self, data: bytes) -> Digest:
        digest = digest_bytes(data)
        self._make()
        if self._content(digest, len(data)) is None:
            with self._in_use():
                write_atomic(self._path(digest), data, 0o444)
        return digest

    def put_manifest(self, data: bytes) -> Digest:
        manifest = Manifest.parse(data)
        for blob in manifest.blobs:
            if self._stat(self._path(blob.digest)) is None:
                raise lost(self.name, blob.digest)
        kind = manifest.artifact_type or manifest.config.media_type
        digest = self.put_blob(data)
        with self._locked():
            index = self._index()
            fresh = index.having(Descriptor(MANIFEST, digest, len(data), kind))
            if fresh != index:
                self._write(fresh)
        return digest

    def referrers(self, digest: Digest) -> tuple[Descriptor, ...]:
        found = []
        for entry in self._index().manifests():
            data = self._read_before.get(entry.digest) or self._content(entry.digest, entry.size)
            if data is None:
                raise lost(self.name, entry.digest)
            self._read_before[entry.digest] = data  # listing them again reads no file again
            if (about := referrer(data, digest)) is not None:
                found.append(about)
        return tuple(found)

    def tag(self, tag: str) -> Digest | None:
        return self._tags(self._index()).get(tag)

    def tags(self) -> tuple[str, ...]:
        return tuple(sorted(self._tags(self._index())))

    def manifests(self) -> tuple[Descriptor, ...]:
        """Everything that the folder lists, tagged or not; registries do not say that."""
        return self._index().manifests()

    def swap(self, tag: str, old: Digest | None, new: Digest) -> bool:
        """A true compare-and-swap among all who take this folder's lock, as fxgbuild does."""
        if not TAG.fullmatch(tag):
            raise ValueError(f"no tag: {tag!r}")
        self._make()
        with self._locked():
            if self.manifest(new) is None:
                raise lost(self.name, new)
            index = self._index()
            if self._tags(index).get(tag) != old:
                return False
            if old != new:
                self._write(index.pointing(tag, new))
        return True

    def forget(self, digest: Digest) -> None:
        with self._locked():
            index = self._index()
            kept = index.without(digest)
            if kept == index:
                return
            self._write(kept)
            with self._in_use():
                self._path(digest).unlink(missing_ok=True)

    # The files ------------------------------------------------------------------------------------

    def _index(self) -> Index:
        """What `index.json` says now; nothing in a folder that is not there or empty."""
        if not self._is_layout():
            return Index()
        data = self._read(self.folder / INDEX_FILE, MAX_TEXT)
        try:
            return _parsed(data) if data is not None else Index()
        except Malformed as error:
            raise wrong_content(self.name, INDEX_FILE, str(error)) from None

    def _tags(self, index: Index) -> dict[str, Digest]:
        try:
            return index.tags()
        except Malformed as error:
            raise wrong_content(self.name, INDEX_FILE, str(error)) from None

    def _write(self, index: Index) -> None:
        data = index.to_bytes()
        if len(data) > MAX_TEXT:
            raise unavailable(self.name, "it is full: its index.json lists too much")
        with self._in_use():
            write_atomic(self.folder / INDEX_FILE, data)
            self._sweep()

    def _content(self, digest: Digest, size: int = -1) -> bytes | None:
        """The bytes of a digest, whole, or None; of a size, or as large as a manifest may be."""
        if not self._is_layout():
            return None
        data = self._read(self._path(digest), size if size >= 0 else MAX_MANIFEST)
        if data is not None and (digest_bytes(data) != digest or size not in (-1, len(data))):
            raise self._damaged(self._path(digest), "its bytes have another digest")
        return data

    def _read(self, path: Path, limit: int) -> bytes | None:
        found = self._stat(path)
        if found is None:
            return None
        if found.st_size > limit:
            raise self._damaged(path, f"larger than {limit} bytes")
        with self._in_use():
            return read_regular(path, limit)

    def _stat(self, path: Path) -> os.stat_result | None:
        """What is at a path: a regular file of ours, or nothing; raises Distrusted for the rest."""
        with self._in_use():
            try:
                found = path.lstat()
            except FileNotFoundError:
                return None
        if not stat.S_ISREG(found.st_mode):
            raise self._damaged(path, "it is no regular file")
        self._check_owner(path, found)
        return found

    def _is_layout(self) -> bool:
        """Is there a layout? An absent or empty folder is one to be; another is refused."""
        with self._in_use():
            try:
                self._check_owner(self.folder, self.folder.stat())
                names = {entry.name: entry for entry in os.scandir(self.folder)}
            except FileNotFoundError:
                return False
            if LAYOUT_FILE not in names:
                if any(not name.startswith(".") for name in names):
                    raise unavailable(
                        self.name,
                        "the folder holds other things and is no OCI layout",
                        "name a folder of its own in `fxgbuild.toml`",
                    )
                return False
            self._check_folders()
            if self._is_of_another_version():
                raise wrong_content(self.name, LAYOUT_FILE, "no OCI layout of version 1")
        return True

    def _is_of_another_version(self) -> bool:
        try:
            found = json.loads(read_regular(self.folder / LAYOUT_FILE, MAX_MANIFEST))
            return str(found["imageLayoutVersion"]).split(".")[0] != "1"
        except (ValueError, LookupError, TypeError, RecursionError):
            return True

    def _check_folders(self) -> None:
        """A link in the place of a folder would lead reads and writes elsewhere."""
        for path in (self.folder / "blobs", self.folder / BLOBS):
            with contextlib.suppress(FileNotFoundError):
                found = path.lstat()
                if not stat.S_ISDIR(found.st_mode):
                    raise self._damaged(path, "it is no folder")
                self._check_owner(path, found)

    def _check_owner(self, path: Path, found: os.stat_result) -> None:
        if found.st_uid not in (0, os.geteuid()):
            raise self._damaged(path, f"it belongs to another user ({found.st_uid})")
        if found.st_mode & stat.S_IWOTH:
            raise self._damaged(path, "every user may write it")

    def _make(self) -> None:
        """Make the folder a layout, if it is none."""
        if self._is_layout() and (self.folder / BLOBS).is_dir():
            return
        with self._in_use():
            if not (self.folder / LAYOUT_FILE).exists():
                write_atomic(self.folder / LAYOUT_FILE, LAYOUT)
            (self.folder / BLOBS).mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock; a holder that was killed has let go."""
        with self._in_use():
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self.folder / LOCK, flags, 0o644)
        try:
            deadline = time.monotonic() + LOCK_S
            while not _lock(descriptor):
                if time.monotonic() > deadline:
                    raise unavailable(self.name, f"another command has held it for {LOCK_S:g} s")
                time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)

    def _sweep(self) -> None:
        for entry in (*os.scandir(self.folder), *os.scandir(self.folder / BLOBS)):
            if entry.name.startswith(BESIDE):
                with contextlib.suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED_S:
                        Path(entry.path).unlink()

    def _path(self, digest: Digest) -> Path:
        return self.folder / BLOBS / digest.hex

    def _damaged(self, path: Path, cause: str) -> Exception:
        hint = f"remove {path} and promote again" if path.parent.name == "sha256" else ""
        return wrong_content(self.name, str(path), cause, hint)

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[None]:
        """What the system refuses is told with the place's name."""
        try:
            yield
        except OSError as error:
            raise unavailable(self.name, str(error)) from None


@functools.lru_cache(maxsize=8)
def _parsed(data: bytes) -> Index:
    """Equal bytes are read once: every manifest that is asked for is looked up there."""
    return Index.parse(data, MAX_TEXT)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
