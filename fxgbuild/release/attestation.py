"""An attestation as a reader sees it: a statement, who signed it, and whether that counts."""

from dataclasses import dataclass

from fxgbuild.digest import Digest
from fxgbuild.release.statement import Statement


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement in its envelope, opened with the trust that holds here."""

    manifest: Digest  # what carries it in a place
    envelope: Digest  # of the envelope's bytes
    statement: Statement | None = None  # None where the envelope could not be read
    key: str = ""  # the id of the key that signed, as far as it says
    person: str = ""  # whose key that is, by the trust file
    roles: frozenset[str] = frozenset()  # what that key may say
    doubt: str = (
        ""  # why it does not count: unsigned, wrong signature, expired key …; empty: counts
    )

    @property
    def counts(self) -> bool:
        return not self.doubt and self.statement is not None

    def says(self, predicate_type: str) -> bool:
        return self.statement is not None and self.statement.predicate_type == predicate_type
