"""The envelopes of remote records: their type, and which keys may sign them where."""

from collections.abc import Sequence

from fxgbuild.digest import Json, canonical_json
from fxgbuild.remote.keys import Trusted
from fxgbuild.signing import envelope as dsse
from fxgbuild.signing.envelope import Distrust
from fxgbuild.signing.keys import Signer

TYPE = "application/vnd.fxgbuild.record+json"


def seal(body: Json, signer: Signer) -> bytes:
    """The envelope of a body, signed."""
    return dsse.seal(canonical_json(body), TYPE, signer)


def unseal(data: bytes, namespace: str, trust: Sequence[Trusted]) -> tuple[bytes, str]:
    """The payload and the key that signed it; raises Distrust."""
    envelope = dsse.read_envelope(data)
    if envelope.payload_type != TYPE:
        raise Distrust(dsse.GARBAGE)
    return envelope.payload, dsse.signed_by(envelope, {k.id for k in trust if k.covers(namespace)})
