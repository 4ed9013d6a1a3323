"""Many reporters as one: the terminal, the journal, and the files that were asked for."""

from collections.abc import Sequence

from fxgbuild.event import Event
from fxgbuild.ports import Reporter


class ManyReporters:
    """Tells each in order."""

    def __init__(self, reporters: Sequence[Reporter]) -> None:
        self.reporters = tuple(reporters)

    def tell(self, event: Event) -> None:
        for reporter in self.reporters:
            reporter.tell(event)

    def close(self) -> None:
        for reporter in self.reporters:
            reporter.close()
