"""Keeps all that a run tells and makes one file of it at the end."""

from collections.abc import Callable, Sequence
from pathlib import Path

from fxgbuild.errors import BuildFailed
from fxgbuild.event import Event
from fxgbuild.files import write_atomic

Make = Callable[[Sequence[Event]], str]


class AccountReporter:
    """Writes `make(events)` when the run is over: the whole file or none."""

    def __init__(self, path: Path, make: Make) -> None:
        self.path = path
        self.make = make
        self.events: list[Event] = []
        self.written = False

    def tell(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        if self.written:
            return
        self.written = True
        text = self.make(self.events)
        try:
            write_atomic(self.path, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            facts = {"file": str(self.path), "why": error.strerror or ""}
            raise BuildFailed("a report could not be written", facts=facts) from error
