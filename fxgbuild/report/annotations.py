"""GitHub's workflow commands: the worst findings as annotations of a check."""

from collections.abc import Sequence
from typing import TextIO

from fxgbuild.event import Ended, Event
from fxgbuild.report.failures import Failure, Places, failures, worst_first

MOST = 10  # GitHub shows no more of one kind for one step


def annotations(events: Sequence[Event], places: Places) -> list[str]:
    """One line for each of the worst ten, and how many more there are."""
    found = worst_first(failures(events))
    lines = [_line(one, places) for one in found[:MOST]]
    ended = next((event for event in events if isinstance(event, Ended)), None)
    if not found and ended and ended.exit_code:
        text = f"the run ended with exit code {ended.exit_code} {ended.error}".rstrip()
        lines.append(f"::error title=fxgbuild::{_message(text)}")
    if len(found) > MOST:
        more = len(found) - MOST
        lines.append(f"::notice title=fxgbuild::{more} more finding{'s' * (more > 1)} not shown")
    return lines


def _line(one: Failure, places: Places) -> str:
    place = places(one.label, one.finding)
    facts = {"file": place.path}
    if place.line:
        facts["line"] = str(place.line)
        if place.column:
            facts["col"] = str(place.column)
    facts["title"] = f"{one.label} {one.stage}: {one.finding.rule}"
    shown = ",".join(f"{name}={_property(value)}" for name, value in facts.items())
    return f"::error {shown}::{_message(one.finding.message)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


class AnnotationReporter:
    """Prints them when the run is over."""

    def __init__(self, stream: TextIO, places: Places) -> None:
        self.stream = stream
        self.places = places
        self.events: list[Event] = []

    def tell(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        lines, self.events = annotations(self.events, self.places), []
        for line in lines:
            print(line, file=self.stream)
