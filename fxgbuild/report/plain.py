"""Progress as plain lines, for logs and pipes: quiet when all is well."""

from typing import TextIO

from fxgbuild.event import ActionEnded, Event, Noted, Planned
from fxgbuild.report.words import MOST_FAILURES, planned_lines


class PlainReporter:
    """Writes to the stream it is given; with `verbose`, every action has a line."""

    def __init__(self, stream: TextIO, *, verbose: int = 0) -> None:
        self.stream = stream
        self.verbose = verbose
        self.done = 0
        self.failed = 0
        self.total = 0

    def tell(self, event: Event) -> None:
        match event:
            case Planned():
                self._planned(event)
            case ActionEnded():
                self._action(event)
            case Noted():
                self._line(event.text)

    def _planned(self, event: Planned) -> None:
        self.total = sum(event.run.values())
        if self.verbose > 1:
            for line in planned_lines(event):
                self._line(line)
        elif self.total:
            text = ", ".join(f"{n} {action}" for action, n in event.run.items())
            count = len(event.targets) + event.clean
            self._line(f"{count} target{'s' * (count != 1)}; to run: {text}")

    def _action(self, event: ActionEnded) -> None:
        if event.outcome == "shared":
            return
        self.done += 1
        failed = event.outcome == "failed"
        self.failed += failed
        if self.verbose or (failed and self.failed <= MOST_FAILURES):
            mark = "  FAILED" if failed else ""
            self._line(f"[{self.done}/{self.total}] {event.action:<9} {event.label}{mark}")

    def close(self) -> None:
        self.stream.flush()

    def _line(self, text: str) -> None:
        print(text, file=self.stream, flush=True)
