"""What stood behind an entry of the ledger: the statements that it recorded, opened again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fxgbuild.oci.manifest import oci
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.shelf import Shelved, attestation, read_shelved
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.case import Case, open_case
from fxgbuild.release.entry import Entry
from fxgbuild.release.evidence import Evidence
from fxgbuild.release.facts import Facts


@dataclass(frozen=True, slots=True)
class Story:
    entry: Entry
    shelved: Shelved
    case: Case

    @property
    def evidence(self) -> Evidence | None:
        """What the provenance says; None where none of those that were recorded counts."""
        return self.case.provenance.evidence

    @property
    def doubts(self) -> tuple[str, ...]:
        """Recorded statements that count no longer, each with why."""
        return tuple(_doubts(self.case.facts.attestations))


def tell(desk: Desk, entry: Entry) -> Story:
    """Read what was known when an entry was written, by the digests that it names.

    Raises Distrusted where a place has lost the release, or hands out other bytes.
    """
    shelved = read_shelved(desk, entry)
    return Story(entry, shelved, open_case(_facts(desk, entry, shelved)))


def _facts(desk: Desk, entry: Entry, shelved: Shelved) -> Facts:
    return Facts(
        channel=entry.channel,
        after=entry.source,
        release=shelved.release,
        attestations=tuple(recorded(desk, entry, shelved)),
        ledger=desk.book.ledger,
        now=desk.now,
        kind="rollback" if entry.kind == "rollback" else "promote",
    )


def recorded(desk: Desk, entry: Entry, shelved: Shelved) -> Iterator[Attestation]:
    """The statements that an entry names, as they stand now."""
    for digest in entry.attestations:
        yield attestation(desk, shelved.place, shelved.release, digest)


def _doubts(attestations: Iterable[Attestation]) -> Iterator[str]:
    for one in attestations:
        if not one.counts:
            kind = one.statement.predicate_type if one.statement else "a statement"
            yield f"{kind} ({oci(one.manifest)}): {one.doubt}"
