"""Content-addressed store: bytes by their SHA-256, written once, verified on every read.

A blob that does not hash to its name is set aside in `quarantine/` and counts as missing.
"""

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from fxgbuild.digest import Digest, digest_bytes, is_digest
from fxgbuild.files import read_regular, write_atomic


def _read(path: Path) -> bytes:
    """A blob may be of any size; raises OSError."""
    return read_regular(path, limit=path.lstat().st_size)


class BlobStore:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: Digest) -> Path:
        return self.folder / "sha256" / digest.hex[:2] / digest.hex

    def put(self, data: bytes) -> Digest:
        """Store data and return its digest; what is there already is verified, or replaced."""
        digest = digest_bytes(data)
        if self.get(digest) is None:
            write_atomic(self.path(digest), data, mode=0o444)
        return digest

    def get(self, digest: Digest) -> bytes | None:
        """The bytes of a digest, verified; None where they are missing or damaged."""
        try:
            data = _read(self.path(digest))
        except FileNotFoundError:
            return None
        except OSError:
            self._quarantine(digest)
            return None
        if digest_bytes(data) != digest:
            self._quarantine(digest)
            return None
        return data

    def __contains__(self, digest: Digest) -> bool:
        return self.path(digest).is_file()

    def _quarantine(self, digest: Digest) -> None:
        aside = self.folder / "quarantine"
        with contextlib.suppress(OSError):
            aside.mkdir(parents=True, exist_ok=True)
            names = (aside / f"{digest.hex}.{number}" for number in itertools.count(1))
            self.path(digest).rename(next(name for name in names if not os.path.lexists(name)))

    def damaged(self) -> list[str]:
        """Names of blobs that do not hash to themselves, each set aside on the way."""
        bad = []
        for path in sorted(self._blobs()):
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

    def _blobs(self) -> Iterator[Path]:
        """Every blob's path; what writers have not finished yet is none."""
        found = (self.folder / "sha256").glob("*/*")
        return (path for path in found if is_digest(path.name))

    def quarantined(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "quarantine").glob("*"))

    def size(self) -> tuple[int, int]:
        """How many blobs there are, and their bytes."""
        sizes = []
        for path in self._blobs():
            with contextlib.suppress(FileNotFoundError):
                sizes.append(path.lstat().st_size)
        return len(sizes), sum(sizes)
