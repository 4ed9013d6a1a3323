"""A release as it travels without a network: gathered from places, and judged where it arrives."""

from collections.abc import Iterator
from dataclasses import dataclass

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.errors import Distrusted
from fxgbuild.oci.manifest import EMPTY, EMPTY_TYPE, Descriptor, Malformed, Manifest, oci
from fxgbuild.places.archive import Parcel
from fxgbuild.promote.attach import holders
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.shelf import Shelved
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.carrier import ENVELOPE, envelope_of
from fxgbuild.release.entry import Entry
from fxgbuild.release.release import Release
from fxgbuild.release.statement import PAYLOAD, PROVENANCE, VALIDATION
from fxgbuild.signing.trust import open_attestation, open_entry

ENTRIES = "application/vnd.fxgbuild.entries.v1"  # the ledger's entries about a release


@dataclass(frozen=True, slots=True)
class Judged:
    """What signatures of a parcel are worth by the trust file that holds here."""

    statements: tuple[Attestation, ...]
    entries: tuple[Entry, ...]  # of the ledger that it comes from, whose signatures count here
    doubts: tuple[str, ...]  # of the other entries


def gather(desk: Desk, shelved: Shelved) -> Parcel:
    """A release with what any channel's place knows about it, and the ledger's entries."""
    release, found = shelved.release, dict[Digest, bytes]()
    blobs = {blob.digest: shelved.place.blob(blob) for blob in release.manifest.blobs}
    places = (shelved.place, *holders(desk.channels, release))
    for place in {place.name: place for place in places}.values():
        for referrer in place.referrers(release.digest):
            if referrer.digest not in found:
                data = place.manifest(referrer.digest) or b""
                found[referrer.digest] = data
                blobs |= {blob.digest: place.blob(blob) for blob in Manifest.parse(data).blobs}
    envelopes = _envelopes(desk, release)
    if envelopes:
        data = entries_manifest(release, envelopes).to_bytes()
        found[digest_bytes(data)] = data
        blobs |= {digest_bytes(each): each for each in (EMPTY, *envelopes)}
    return Parcel(release, tuple(data for _, data in sorted(found.items())), blobs)


def _envelopes(desk: Desk, release: Release) -> list[bytes]:
    book = desk.book
    if book.manifest is None:
        return []
    pairs = zip(book.ledger.entries, book.manifest.layers, strict=True)
    return [book.place.blob(layer) for entry, layer in pairs if entry.release == release.digest]


def entries_manifest(release: Release, envelopes: list[bytes]) -> Manifest:
    """What carries entries of a ledger beside the release that they are about."""
    described = release.manifest.described()
    return Manifest(
        ENTRIES,
        Descriptor.of(EMPTY, EMPTY_TYPE),
        tuple(Descriptor.of(data, ENVELOPE) for data in envelopes),
        Descriptor(described.media_type, described.digest, described.size),
    )


def judge(desk: Desk, parcel: Parcel) -> Judged:
    """Open what is signed in a parcel, with this workspace's trust.

    Raises Distrusted where nobody who may has signed how it was built and that it passed.
    """
    statements = tuple(_statements(desk, parcel))
    for kind, what in ((PROVENANCE, "how it was built"), (VALIDATION, "that it passed")):
        if not any(found.counts and found.says(kind) for found in statements):
            raise _nobody(parcel, what, statements)
    entries, doubts = [], []
    for data in parcel.referrers:
        manifest = Manifest.parse(data)
        for layer in manifest.layers if manifest.artifact_type == ENTRIES else ():
            try:
                entry = open_entry(parcel.blobs[layer.digest], desk.trust)
            except Distrusted as error:
                doubts.append(error.facts.get("because", error.message))
            else:
                entries.append(entry)
    return Judged(statements, tuple(entries), tuple(doubts))


def _statements(desk: Desk, parcel: Parcel) -> Iterator[Attestation]:
    witnessed = desk.book.ledger.witnessed if desk.channels else {}
    for data in parcel.referrers:
        manifest, digest = Manifest.parse(data), digest_bytes(data)
        if manifest.artifact_type != PAYLOAD:
            continue
        try:
            envelope = parcel.blobs[envelope_of(manifest).digest]
        except Malformed as error:
            yield Attestation(digest, digest, doubt=str(error))
            continue
        yield open_attestation(envelope, digest, parcel.release, desk.trust, desk.now, witnessed)


def _nobody(parcel: Parcel, what: str, statements: tuple[Attestation, ...]) -> Distrusted:
    doubts = {found.doubt for found in statements if found.doubt}
    return Distrusted(
        f"nobody whom this workspace trusts has signed {what}",
        facts={
            "label": parcel.release.label,
            "release": oci(parcel.release.digest),
            "statements": str(len(statements)),
            "doubts": "; ".join(sorted(doubts)),
        },
        hint="nothing was imported; if the keys are right, add them to the trust file",
    )
