"""The ledger: every promotion and rollback in order, each entry naming the one before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.release.entry import Entry


class Broken(ValueError):
    """Entries that are no whole ledger; says at which number, and why."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"entry {number} {why}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Ledger:
    """Entries that belong together, oldest first."""

    entries: tuple[Entry, ...] = ()

    @property
    def head(self) -> Entry | None:
        return self.entries[-1] if self.entries else None

    @property
    def last(self) -> Digest | None:
        """What the next entry names as its `previous`."""
        return payload_digest(self.entries[-1]) if self.entries else None

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(sorted({entry.label for entry in self.entries}))

    def current(self, channel: str, label: str) -> Entry | None:
        """The entry by which a channel has what it has of a label."""
        found = (e for e in reversed(self.entries) if (e.channel, e.label) == (channel, label))
        return next(found, None)

    def now(self, channel: str) -> dict[str, Entry]:
        """What a channel has, by label."""
        found = {entry.label: entry for entry in self.entries if entry.channel == channel}
        return dict(sorted(found.items()))

    def at(self, channel: str, when: str) -> dict[str, Entry]:
        """What a channel had at a time (RFC 3339 in UTC, as entries have it), by label."""
        return Ledger(tuple(entry for entry in self.entries if entry.at <= when)).now(channel)

    def history(self, label: str) -> tuple[Entry, ...]:
        """All that was done with a label, oldest first."""
        return tuple(entry for entry in self.entries if entry.label == label)

    def had(self, channel: str, label: str) -> tuple[Digest, ...]:
        """The releases that a channel had of a label, the present one last."""
        return tuple(e.release for e in self.history(label) if e.channel == channel)

    def entered(self, channel: str, release: Digest) -> Entry | None:
        """The entry since which a channel has a release, while it has it."""
        found: Entry | None = None
        for entry in self.entries:
            if entry.channel == channel and entry.release == release:
                found = found or entry
            elif found and (entry.channel, entry.label) == (channel, found.label):
                found = None
        return found

    @property
    def witnessed(self) -> Mapping[Digest, str]:
        """When the ledger first recorded each attestation, by its manifest's digest."""
        found: dict[Digest, str] = {}
        for entry in self.entries:
            for digest in entry.attestations:
                found.setdefault(digest, entry.at)
        return found

    def find(self, prefix: str) -> tuple[Entry, ...]:
        """The entries whose release or file has a digest that begins like this."""
        return tuple(
            entry
            for entry in self.entries
            if entry.release.hex.startswith(prefix) or entry.file.hex.startswith(prefix)
        )


def payload_digest(entry: Entry) -> Digest:
    return digest_bytes(entry.to_bytes())


def chained(entries: Iterable[Entry]) -> Ledger:
    """The ledger of these entries; raises Broken where one is missing, moved or changed."""
    known: list[Entry] = []
    now: dict[tuple[str, str], Digest] = {}
    had: set[tuple[str, str, Digest]] = set()
    previous: Digest | None = None
    for number, entry in enumerate(entries, 1):
        place = (entry.channel, entry.label)
        if entry.number != number:
            raise Broken(number, f"is missing, entry {entry.number} stands in its place")
        if entry.previous != previous:
            raise Broken(number, "does not follow from the entry before it")
        if known and entry.at < known[-1].at:
            raise Broken(number, f"is dated {entry.at}, before the entry that it follows")
        if entry.replaces != now.get(place):
            raise Broken(number, f"replaces what `{entry.channel}` did not have")
        if entry.kind == "rollback" and (*place, entry.release) not in had:
            raise Broken(number, f"rolls back to what `{entry.channel}` never had")
        known.append(entry)
        now[place] = entry.release
        had.add((*place, entry.release))
        previous = payload_digest(entry)
    return Ledger(tuple(known))


def follow(ledger: Ledger, entry: Entry) -> Ledger:
    """The ledger with one more entry; raises Broken."""
    return chained((*ledger.entries, entry))
