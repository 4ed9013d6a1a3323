"""Content-addressed store: bytes by their SHA-256, written once, verified on every read.

A blob that does not hash to its name is set aside in `quarantine/` and counts as missing.
"""

import contextlib
import os
from pathlib import Path

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.files import read_regular, write_atomic


class BlobStore:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: Digest) -> Path:
        return self.folder / "sha256" / digest.hex[:2] / digest.hex

    def put(self, data: bytes) -> Digest:
        """Store data and return its digest; storing twice is not an error."""
        digest = digest_bytes(data)
        if not self.path(digest).exists():
            write_atomic(self.path(digest), data, mode=0o444)
        return digest

    def get(self, digest: Digest) -> bytes | None:
        """The bytes of a digest, verified; None where they are missing or damaged."""
        try:
            data = read_regular(self.path(digest))
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
            self.path(digest).rename(aside / f"{digest.hex}.{os.getpid()}")

    def damaged(self) -> list[str]:
        """Names of blobs that do not hash to themselves, each set aside on the way."""
        bad = []
        for path in sorted((self.folder / "sha256").glob("*/*")):
            try:
                good = digest_bytes(read_regular(path)).hex == path.name
            except OSError:
                good = False
            if not good:
                bad.append(path.name)
                with contextlib.suppress(ValueError):
                    self._quarantine(Digest(path.name))
        return bad

    def quarantined(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "quarantine").glob("*"))

    def size(self) -> tuple[int, int]:
        """How many blobs there are, and their bytes."""
        sizes = [path.stat().st_size for path in (self.folder / "sha256").glob("*/*")]
        return len(sizes), sum(sizes)
