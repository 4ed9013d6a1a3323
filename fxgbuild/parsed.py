"""Parsed documents kept by their files' digest, so that a file is parsed once while it stands."""

import contextlib
import os
from pathlib import Path

from fxgbuild.digest import digest_bytes
from fxgbuild.files import read_regular, write_atomic
from fxgbuild.lang.document import Document, from_bytes, to_bytes
from fxgbuild.lang.text import parse
from fxgbuild.problem import Problem


class ParsedFiles:
    """Parses a text file, or finds it parsed; what is kept can always be made again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, path: str, data: bytes) -> tuple[Document | None, list[Problem]]:
        kept = self.folder / digest_bytes(path.encode() + b"\0" + data).hex
        try:
            document = from_bytes(read_regular(kept))
        except OSError:
            document = None
        if document is not None and document.path == path:
            return document, []
        document, problems = parse(path, data)
        if document is not None and not problems and self.folder.parent.is_dir():
            with contextlib.suppress(OSError):
                write_atomic(kept, to_bytes(document), durable=False)
        return document, problems

    def sweep(self, most: int) -> None:
        """Keep the newest files only."""
        try:
            entries = [(entry.stat().st_mtime_ns, entry.path) for entry in os.scandir(self.folder)]
        except OSError:
            return
        for _, path in sorted(entries)[: max(0, len(entries) - most)]:
            Path(path).unlink(missing_ok=True)
