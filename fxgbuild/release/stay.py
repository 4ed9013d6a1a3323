"""How long a channel had a release, and whether it was taken back."""

import datetime
from dataclasses import dataclass

from fxgbuild.release.entry import Entry
from fxgbuild.release.ledger import Ledger
from fxgbuild.release.release import Release


@dataclass(frozen=True, slots=True)
class Stay:
    """The last time that a channel had a release."""

    entry: Entry  # by which it came
    next: Entry | None  # by which it went; None where it is there
    withdrawn: Entry | None  # the rollback that took it back: nothing comes from it any more

    def age(self, now: datetime.datetime) -> datetime.timedelta:
        until = instant(self.next.at) if self.next else now
        return until - instant(self.entry.at)


def last_stay(ledger: Ledger, channel: str, release: Release) -> Stay | None:
    """A rollback takes back whatever came after the release that it returns to."""
    entries = [entry for entry in ledger.history(release.label) if entry.channel == channel]
    own = [entry for entry in entries if is_of(entry, release)]
    if not own:
        return None
    later = [entry for entry in entries if entry.number > own[-1].number]
    back = next((entry for entry in later if entry.kind == "rollback"), None)
    return Stay(own[-1], later[0] if later else None, back)


def is_of(entry: Entry, release: Release) -> bool:
    """The same artifact is the same, whatever else its release holds."""
    return entry.release == release.digest or entry.file == release.artifact.digest


def instant(stamp: str) -> datetime.datetime:
    """The moment of an entry or a statement; raises ValueError."""
    return datetime.datetime.fromisoformat(stamp)
