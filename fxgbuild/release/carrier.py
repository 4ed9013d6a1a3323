"""How a place carries a signed statement: a manifest of its own, whose subject is the release."""

from fxgbuild.oci.manifest import (
    EMPTY,
    EMPTY_TYPE,
    MAX_MANIFEST,
    Descriptor,
    Malformed,
    Manifest,
)
from fxgbuild.release.release import Release
from fxgbuild.release.statement import PAYLOAD, Statement

ENVELOPE = "application/vnd.dsse.envelope.v1+json"
PREDICATE = "in-toto.io/predicate-type"
MAX_ENVELOPE = 2 * MAX_MANIFEST  # around a statement, which is no larger than a manifest


def carrier(envelope: bytes, statement: Statement, release: Release) -> Manifest:
    """The manifest of an envelope around a statement about a release."""
    described = release.manifest.described()
    return Manifest(
        PAYLOAD,
        Descriptor.of(EMPTY, EMPTY_TYPE),
        (Descriptor.of(envelope, ENVELOPE),),
        Descriptor(described.media_type, described.digest, described.size),
        ((PREDICATE, statement.predicate_type),),
    )


def envelope_of(carrying: Manifest) -> Descriptor:
    """The envelope that a manifest carries; raises Malformed."""
    if carrying.artifact_type != PAYLOAD or len(carrying.layers) != 1:
        raise Malformed("no carrier of a statement")
    if carrying.layers[0].size > MAX_ENVELOPE:
        raise Malformed(f"an envelope of more than {MAX_ENVELOPE} bytes")
    return carrying.layers[0]
