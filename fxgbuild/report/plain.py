"""Progress as plain lines, for logs and pipes: quiet when all is well."""

from typing import TextIO

from fxgbuild.plan.plan import Plan
from fxgbuild.report.words import plan_lines


class PlainReporter:
    """Writes to the stream it is given; with `verbose`, every action has a line."""

    def __init__(self, stream: TextIO, *, verbose: int = 0) -> None:
        self.stream = stream
        self.verbose = verbose
        self.done = 0
        self.total = 0

    def planned(self, plan: Plan) -> None:
        counts = plan.counts()
        self.total = sum(counts.values())
        if self.verbose > 1:
            for line in plan_lines(plan):
                self._line(line)
        elif self.total:
            text = ", ".join(f"{n} {action}" for action, n in counts.items())
            self._line(f"{len(plan.targets)} targets; to run: {text}")

    def action(self, action: str, label: str, passed: bool) -> None:
        self.done += 1
        if self.verbose or not passed:
            self._line(
                f"[{self.done}/{self.total}] {action:<9} {label}{'' if passed else '  FAILED'}"
            )

    def note(self, text: str) -> None:
        self._line(text)

    def close(self) -> None:
        self.stream.flush()

    def _line(self, text: str) -> None:
        print(text, file=self.stream, flush=True)
