"""Facts with their statements opened: which provenance and validation a policy is judged on."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.doubt import doubt_of, signer
from fxgbuild.release.evidence import Commit, Evidence, NodeEvidence
from fxgbuild.release.facts import Facts
from fxgbuild.release.provenance import read_provenance
from fxgbuild.release.release import Release
from fxgbuild.release.statement import PROVENANCE, VALIDATION, Statement
from fxgbuild.release.validation import read_validation
from fxgbuild.release.vote import Vote, approvals_of, rebuilds_of

BUILDER = "builder"


@dataclass(frozen=True, slots=True)
class Said:
    """What one kind of statement says of a release, taken together."""

    best: Attestation | None  # the newest that counts
    evidence: Evidence | None
    doubts: tuple[str, ...]  # of the others, where none counts
    signers: tuple[Attestation, ...]  # all that count


@dataclass(frozen=True, slots=True)
class Case:
    facts: Facts
    provenance: Said
    validation: Said
    approvals: tuple[Vote, ...] = ()
    rebuilds: tuple[Vote, ...] = ()

    @property
    def release(self) -> Release:
        return self.facts.release

    @property
    def commit(self) -> Commit | None:
        return self.provenance.evidence.commit if self.provenance.evidence else None

    @property
    def authors(self) -> tuple[str, ...]:
        """The commit's authors and who built it: their own approval does not count."""
        found = {attestation.person for attestation in self.provenance.signers}
        return tuple(sorted(found | set(self.commit.authors if self.commit else ())))

    @property
    def unseen(self) -> tuple[NodeEvidence, ...]:
        """Nodes whose pin no generation under its own key gave: carried, or by a person's hand."""
        nodes = self.provenance.evidence.nodes if self.provenance.evidence else ()
        return tuple(node for node in nodes if node.carried or node.adopted)


def open_case(facts: Facts) -> Case:
    provenance = _said(facts, PROVENANCE, read_provenance)
    validation = _said(facts, VALIDATION, read_validation)
    case = Case(facts, provenance, validation)
    authors = {person.lower() for person in case.authors}
    return replace(
        case,
        approvals=tuple(approvals_of(facts.release, facts.attestations, authors)),
        rebuilds=tuple(rebuilds_of(facts.release, facts.attestations, provenance.signers)),
    )


def _said(facts: Facts, kind: str, read: Callable[[Statement], Evidence]) -> Said:
    """The newest statement of a kind that counts decides; why the others do not is kept."""
    good: list[tuple[str, str, Attestation, Evidence]] = []
    doubts: list[str] = []
    for attestation in facts.attestations:
        statement = attestation.statement
        if statement is None or statement.predicate_type != kind:
            continue
        doubt = doubt_of(attestation, facts.release, BUILDER)
        try:
            evidence = None if doubt else read(statement)
        except Malformed as error:
            doubt = str(error)
        if doubt or evidence is None:
            doubts.append(f"{signer(attestation)}: {doubt}")
        else:
            order = (statement.at, attestation.manifest.hex)
            good.append((*order, attestation, evidence))
    if not good:
        return Said(None, None, tuple(doubts) or unread(facts), ())
    *_, best, chosen = max(good, key=lambda one: one[:2])
    return Said(best, chosen, (), tuple(one[2] for one in good))


def unread(facts: Facts) -> tuple[str, ...]:
    """Envelopes that do not even say what they are: unsigned, or signed by nobody known."""
    return tuple(f"{signer(a)}: {a.doubt}" for a in facts.attestations if a.statement is None)
