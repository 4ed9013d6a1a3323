"""What is to be promoted: a release that a channel has, or one made of what was built here."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import replace

from fxgbuild.digest import Digest, canonical_json
from fxgbuild.errors import PlaceUnavailable
from fxgbuild.oci.manifest import Malformed
from fxgbuild.oci.place import Place
from fxgbuild.promote.attach import Sealed, sealed
from fxgbuild.promote.channels import Channel
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.making import Made
from fxgbuild.promote.planning import Candidate, Contents, everywhere
from fxgbuild.promote.shelf import Shelved, attestations, nearest, read_shelved
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.carrier import carrier, envelope_of
from fxgbuild.release.evidence import Evidence
from fxgbuild.release.moment import stamp
from fxgbuild.release.provenance import read_provenance
from fxgbuild.release.release import Release
from fxgbuild.release.statement import PROVENANCE, VALIDATION, Statement
from fxgbuild.release.validation import read_validation
from fxgbuild.signing.keys import Signer
from fxgbuild.signing.trust import ROLES, open_attestation


def shelved_candidate(desk: Desk, shelved: Shelved, channel: Channel) -> Candidate:
    """A release that lies in a channel, with what every channel that has it holds of it."""
    found: dict[Digest, Attestation] = {}
    holding = []
    for place in _holding(desk, shelved, channel):
        holding.append(place)
        for attestation in attestations(desk, place, shelved.release):
            known = found.get(attestation.manifest)
            if known is None or not known.counts:
                found[attestation.manifest] = attestation
    statements = _once(desk, found.values())
    source = _source(desk, shelved, channel)
    contents = Contents(tuple(holding))
    return Candidate(shelved.release, source, contents, statements, _commit(statements))


def _once(desk: Desk, found: Iterable[Attestation]) -> tuple[Attestation, ...]:
    """Each envelope once: by what the ledger knows of it, where it was wrapped anew."""
    known = desk.book.ledger.witnessed
    order = sorted(found, key=lambda a: (not a.counts, a.manifest not in known, a.manifest.hex))
    kept: dict[Digest, Attestation] = {}
    for attestation in order:
        kept.setdefault(attestation.envelope, attestation)
    return tuple(sorted(kept.values(), key=lambda a: a.manifest.hex))


def _holding(desk: Desk, shelved: Shelved, channel: Channel) -> Iterator[Place]:
    """Where a release is. A channel that is not concerned may be out of reach: CI that promotes
    to the first one does not have to see the last."""
    described = shelved.release.manifest.described()
    concerned = {shelved.place.name, *(place.name for place in channel.places)}
    yield shelved.place
    for place in everywhere(desk):
        if place.name == shelved.place.name:
            continue
        try:
            if place.has(described):
                yield place
        except PlaceUnavailable:
            if place.name in concerned:
                raise


def _source(desk: Desk, shelved: Shelved, channel: Channel) -> str:
    """The channel before, where the release was in it; else where it was found."""
    before = channel.after
    if before and shelved.release.digest in desk.book.ledger.had(before, shelved.release.label):
        return before
    return shelved.channel if shelved.channel != channel.name else ""


def _commit(statements: tuple[Attestation, ...]) -> str:
    """The commit of the newest provenance that counts, which is what a policy judges."""
    found = [(a.statement, a.manifest) for a in statements if a.counts and a.statement]
    for statement, _ in sorted(found, key=lambda one: (one[0].at, one[1].hex), reverse=True):
        evidence = _evidence(statement) if statement.predicate_type == PROVENANCE else None
        if evidence is not None:
            return evidence.commit.id if evidence.commit else ""
    return ""


def built_candidate(desk: Desk, made: Made, channel: Channel, signer: Signer | None) -> Candidate:
    """A label's artifact as it was built here: the release that has its file, or a new one.

    What was released already is signed anew where more is known of it now, such as a commit.
    Without a signer, in a dry run, its statements count as if they were signed.
    """
    known = _released(desk, made.release, channel)
    if known is None:
        return _attested(desk, made, signer, stamp(desk.now))
    shelved = shelved_candidate(desk, known, channel)
    if _is_said(made.evidence, shelved.statements):
        return shelved
    again = replace(made, release=known.release, blobs={})
    anew = _attested(desk, again, signer, _after(desk, shelved.statements))
    contents = replace(shelved.contents, made=anew.contents.made)
    statements = (*shelved.statements, *anew.statements)
    return replace(anew, contents=contents, source=shelved.source, statements=statements)


def _released(desk: Desk, release: Release, channel: Channel) -> Shelved | None:
    """Is this very file in a channel already? Of several releases the newest."""
    entries = desk.book.ledger.history(release.label)
    same = [entry for entry in entries if entry.file == release.artifact.digest]
    return read_shelved(desk, nearest(same, channel)) if same else None


def _is_said(evidence: Evidence, statements: tuple[Attestation, ...]) -> bool:
    """Do statements that count say of commit and verdicts what is known here?"""
    said = [e for a in statements if a.counts and a.statement and (e := _evidence(a.statement))]
    commits = any(other.commit == evidence.commit for other in said)
    return commits and any(
        (other.nodes, other.graph) == (evidence.nodes, evidence.graph) for other in said
    )


def _evidence(statement: Statement) -> Evidence | None:
    read = {PROVENANCE: read_provenance, VALIDATION: read_validation}.get(statement.predicate_type)
    try:
        return read(statement) if read else None
    except Malformed:
        return None


def _after(desk: Desk, statements: tuple[Attestation, ...]) -> str:
    """Now, and later than what was said before: of two statements the newer one decides."""
    last = max((a.statement.at for a in statements if a.counts and a.statement), default="")
    if last < stamp(desk.now):
        return stamp(desk.now)
    return stamp(datetime.datetime.fromisoformat(last) + datetime.timedelta(seconds=1))


def _attested(desk: Desk, made: Made, signer: Signer | None, at: str) -> Candidate:
    """A release with what its builder says of it; nothing is stored yet."""
    release = made.release
    contents = made.blobs | {release.digest: release.manifest.to_bytes()}
    statements = []
    for statement in made.statements(at):
        found = sealed(statement, release, signer) if signer else _unsealed(statement, release)
        contents |= found.contents
        statements.append(_opened(desk, release, found) if signer else _assumed(found))
    commit = made.evidence.commit.id if made.evidence.commit else ""
    signs = (PROVENANCE, VALIDATION)
    return Candidate(release, "", Contents((), contents), tuple(statements), commit, signs)


def _opened(desk: Desk, release: Release, found: Sealed) -> Attestation:
    """What was just signed, as everybody else will see it."""
    return open_attestation(found.envelope, found.digest, release, desk.trust, desk.now, {})


def _unsealed(statement: Statement, release: Release) -> Sealed:
    """A statement that a dry run does not sign."""
    envelope = canonical_json({"unsigned": statement.to_bytes().decode()})
    return Sealed(statement, envelope, carrier(envelope, statement, release))


def _assumed(found: Sealed) -> Attestation:
    """A statement that will be signed by a key which may say this."""
    roles = frozenset({ROLES[found.statement.predicate_type]})
    envelope = envelope_of(found.manifest).digest
    return Attestation(found.digest, envelope, found.statement, "", "whoever signs", roles)
