"""Approvals and second builds as they are counted: whose, and why one does not count."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.approval import Approval, read_approval
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.doubt import doubt_of, signer
from fxgbuild.release.rebuilt import read_rebuilt
from fxgbuild.release.release import Release
from fxgbuild.release.statement import APPROVAL, REBUILD

VERIFIER = "verifier"


@dataclass(frozen=True, slots=True)
class Vote:
    role: str  # in which it was given; empty where that cannot be read
    person: str  # whose it is, or what is known of the key
    approval: Approval | None = None  # None: a second build
    why: str = ""  # it does not count; empty where it does
    doubted: bool = False  # because of its signature, its key, or what it is about

    @property
    def counts(self) -> bool:
        return not self.why

    def __str__(self) -> str:
        return f"{self.person} does not count: {self.why}" if self.why else self.person


def approvals_of(
    release: Release, attestations: Iterable[Attestation], authors: Collection[str]
) -> Iterator[Vote]:
    """Every approval. `authors` are people in lower case."""
    for attestation in attestations:
        if attestation.statement is None or not attestation.says(APPROVAL):
            continue
        try:
            given = read_approval(attestation.statement)
        except Malformed as error:
            yield Vote("", signer(attestation), why=str(error), doubted=True)
            continue
        doubt = doubt_of(attestation, release, given.role)
        own = "an author does not approve" if attestation.person.lower() in authors else ""
        yield Vote(given.role, signer(attestation), given, doubt or own, doubted=bool(doubt))


def rebuilds_of(
    release: Release, attestations: Iterable[Attestation], builders: Collection[Attestation]
) -> Iterator[Vote]:
    """Every second build; those by a builder's key, or of a builder, are no second ones."""
    keys = {attestation.key for attestation in builders}
    people = {attestation.person.lower() for attestation in builders}
    for attestation in attestations:
        if attestation.statement is None or not attestation.says(REBUILD):
            continue
        doubt = doubt_of(attestation, release, VERIFIER)
        try:
            read_rebuilt(attestation.statement)
        except Malformed as error:
            doubt = doubt or str(error)
        own = attestation.key in keys or attestation.person.lower() in people
        why = doubt or ("the first build's own" if own else "")
        yield Vote(VERIFIER, signer(attestation), why=why, doubted=bool(doubt))


def people(votes: Iterable[Vote]) -> list[str]:
    """Whose votes count; one person counts once."""
    return sorted({vote.person.lower(): vote.person for vote in votes if vote.counts}.values())
