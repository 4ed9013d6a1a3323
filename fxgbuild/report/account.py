"""Keeps all that a run tells and makes one file of it at the end."""

from collections.abc import Callable, Sequence
from pathlib import Path

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
        if not self.written:
            self.written = True
            text = self.make(self.events)
            write_atomic(self.path, text.encode("utf-8", "backslashreplace"))
