"""Signed statements put beside a release: sealed, carried by a manifest, stored as referrers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.oci.manifest import EMPTY, Manifest
from fxgbuild.oci.place import Place
from fxgbuild.promote.channels import Channel
from fxgbuild.release.carrier import carrier
from fxgbuild.release.release import Release
from fxgbuild.release.statement import PAYLOAD, Statement
from fxgbuild.signing.envelope import seal
from fxgbuild.signing.keys import Signer


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed statement, ready to be stored."""

    statement: Statement
    envelope: bytes
    manifest: Manifest

    @property
    def digest(self) -> Digest:
        """What places, referrers and the ledger know it by."""
        return self.manifest.described().digest

    @property
    def contents(self) -> dict[Digest, bytes]:
        """Everything that a place has to hold of it, by digest."""
        parts = (EMPTY, self.envelope, self.manifest.to_bytes())
        return {digest_bytes(data): data for data in parts}


def sealed(statement: Statement, release: Release, signer: Signer) -> Sealed:
    envelope = seal(statement.to_bytes(), PAYLOAD, signer)
    return Sealed(statement, envelope, carrier(envelope, statement, release))


def attach(places: Iterable[Place], found: Sealed) -> Digest:
    """Store a signed statement in places that hold its release; again is harmless."""
    for place in places:
        place.put_blob(EMPTY)
        place.put_blob(found.envelope)
        place.put_manifest(found.manifest.to_bytes())
    return found.digest


def holders(channels: Mapping[str, Channel], release: Release) -> tuple[Place, ...]:
    """Every place of a channel that has a release: where a statement about it belongs."""
    places = {place.name: place for c in channels.values() for place in c.places}
    described = release.manifest.described()
    return tuple(place for place in places.values() if place.has(described))
