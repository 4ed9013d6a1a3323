"""DSSE envelopes: a payload, its type, and signatures over both.

Nothing of a payload is parsed before a trusted key's signature over its bytes was checked.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass

from fxgbuild.digest import Json, canonical_json
from fxgbuild.remote.keys import Signer, Trusted

TYPE = "application/vnd.fxgbuild.record+json"
MAX_SIGNATURES = 8


class Distrust(Exception):
    """An envelope that is not believed: why, and which key it says it is from."""

    def __init__(self, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.key = key


@dataclass(frozen=True, slots=True)
class Signature:
    key: str
    value: bytes


def signed_bytes(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: lengths first, so no two pairs look alike."""
    return b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(payload), payload)


def seal(body: Json, signer: Signer) -> bytes:
    """The envelope of a body, signed."""
    payload = canonical_json(body)
    signature = signer.sign(signed_bytes(payload))
    return canonical_json(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": TYPE,
            "signatures": [{"keyid": signer.id, "sig": base64.b64encode(signature).decode()}],
        }
    )


def unseal(data: bytes, namespace: str, trust: Sequence[Trusted]) -> tuple[bytes, str]:
    """The payload and the key that signed it; raises Distrust."""
    payload, signatures = _parts(data)
    if not signatures:
        raise Distrust("unsigned")
    known = {key.id: key for key in trust if key.covers(namespace)}
    for signature in signatures:
        key = known.get(signature.key)
        if key is not None and key.verifies(signature.value, signed_bytes(payload)):
            return payload, key.id
    first = signatures[0].key
    raise Distrust("signature" if first in known else "untrusted key", first)


def _parts(data: bytes) -> tuple[bytes, list[Signature]]:
    """An envelope's payload and signatures; raises Distrust where it is of another form."""
    try:
        envelope = json.loads(data)
        if envelope["payloadType"] != TYPE:
            raise Distrust("garbage")
        signatures = [
            Signature(_text(item["keyid"]), base64.b64decode(_text(item["sig"]), validate=True))
            for item in envelope["signatures"][:MAX_SIGNATURES]
        ]
        return base64.b64decode(_text(envelope["payload"]), validate=True), signatures
    except (ValueError, LookupError, TypeError, RecursionError, binascii.Error):
        raise Distrust("garbage") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
