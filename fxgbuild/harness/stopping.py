"""A report that stops at a test and hands its last call to the debugger of the code process."""

import contextlib
import os

from fxgbuild.harness.candidate import Link, Unusable
from fxgbuild.harness.trial import Report, Trial


class StoppingReport(Report):
    """Reports until a test fails, or the one that is asked for ran; then a person takes over."""

    def __init__(self, fd: int, link: Link, wanted: str) -> None:
        super().__init__(fd)
        self._link = link
        self._wanted = wanted

    def trial(self, trial: Trial) -> None:
        """Report; at the test to stop at hand its last call to the debugger, and end."""
        super().trial(trial)
        stops = trial.name == self._wanted if self._wanted else trial.outcome != "passed"
        if not stops or self._link.last is None:
            return
        header, blobs = self._link.last
        lines = [f"{trial.kind} {trial.name}: {trial.outcome}", trial.doc, trial.message]
        told = "\n".join(line for line in lines if line)
        with contextlib.suppress(Unusable):
            self._link.ask({**header, "op": "debug", "told": told}, blobs)
        self.done(died=self._link.died, debugged=trial.name)
        os._exit(0)
