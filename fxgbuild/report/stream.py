"""Streams the build event protocol into a file, a message a line, while the build runs."""

import contextlib
import json
import os
from pathlib import Path

from fxgbuild.event import Event
from fxgbuild.report.bep import BuildEvents, Message


class BuildEventReporter:
    """The file is there from the start; a reader that follows it sees whole lines."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self.events = BuildEvents()
        self.file = os.open(path, flags, 0o644)

    def tell(self, event: Event) -> None:
        self._write(self.events.told(event))

    def close(self) -> None:
        if self.file >= 0:
            self._write(self.events.closed())
            os.close(self.file)
            self.file = -1

    def _write(self, messages: list[Message]) -> None:
        text = "".join(json.dumps(message, separators=(",", ":")) + "\n" for message in messages)
        if text and self.file >= 0:
            with contextlib.suppress(OSError):  # a full disk fails no build
                os.write(self.file, text.encode())
