"""DSSE envelopes: a payload, its type, and signatures over both.

Nothing of a payload is parsed before the signature of a known key over its bytes was checked.
"""

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fxgbuild.digest import canonical_json
from fxgbuild.oci.manifest import document
from fxgbuild.problem import visible
from fxgbuild.release.carrier import MAX_ENVELOPE
from fxgbuild.signing.keys import Signer, verifies

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope as Library

MAX_SIGNATURES = 8

# Why an envelope is not believed.
GARBAGE = "garbage"
UNSIGNED = "unsigned"
UNTRUSTED = "untrusted key"
SIGNATURE = "signature"


class Distrust(Exception):
    """An envelope that is not believed: why, and which key it says it is from."""

    def __init__(self, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.reason = visible(reason)  # nobody vouches for what an envelope says of itself
        self.key = visible(key)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope, read; its payload is to be believed only after `signed_by`."""

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]  # what it says is the key's id, and the signature

    @property
    def key(self) -> str:
        """The key that it says it is from; empty where it is unsigned."""
        return self.signatures[0][0] if self.signatures else ""


def seal(payload: bytes, payload_type: str, signer: Signer) -> bytes:
    """The envelope of a payload, signed; raises BadKey where an agent does not sign."""
    from securesystemslib.signer import Signature  # noqa: PLC0415

    envelope = _library(payload, payload_type)
    signature = signer.sign(envelope.pae())
    envelope.signatures[signer.id] = Signature(signer.id, signature.hex())
    return canonical_json(envelope.to_dict())


def read_envelope(data: bytes) -> Envelope:
    """Take an envelope apart, believing nothing of it; raises Distrust."""
    try:
        value = document(data, MAX_ENVELOPE)
        signatures = tuple(
            (_text(item["keyid"]), _bytes(item["sig"]))
            for item in value["signatures"][:MAX_SIGNATURES]
        )
        return Envelope(_bytes(value["payload"]), _text(value["payloadType"]), signatures)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise Distrust(GARBAGE) from None


def signed_by(envelope: Envelope, keys: Collection[str]) -> str:
    """The first of these keys that signed; raises Distrust where none did."""
    return signers(envelope, keys)[0]


def signers(envelope: Envelope, keys: Collection[str]) -> tuple[str, ...]:
    """Those of these keys that signed, at least one; raises Distrust."""
    if not envelope.signatures:
        raise Distrust(UNSIGNED)
    known = [(key, value) for key, value in envelope.signatures if key in keys]
    if not known:
        raise Distrust(UNTRUSTED, envelope.key)
    message = _library(envelope.payload, envelope.payload_type).pae()
    found = tuple(key for key, value in known if verifies(key, value, message))
    if not found:
        raise Distrust(SIGNATURE, known[0][0])
    return found


def _library(payload: bytes, payload_type: str) -> "Library":
    from securesystemslib.dsse import Envelope as Library  # noqa: PLC0415

    return Library(payload, payload_type, {})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _bytes(value: object) -> bytes:
    """Decode base64 in its one spelling: a second one would be another envelope of equal worth."""
    text = _text(value)
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
    if base64.b64encode(found).decode() != text:
        raise ValueError("base64 in another spelling")
    return found
