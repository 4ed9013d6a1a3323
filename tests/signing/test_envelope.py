"""Envelopes are DSSE's, and nothing in one can be changed."""

import base64
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as Library
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from fxgbuild.signing.envelope import Distrust, read_envelope, seal, signed_by, signers

from .conftest import make_signer

TYPE = "application/vnd.in-toto+json"
PAYLOAD = b'{"what": "is said"}'
ANA, BEN = make_signer(), make_signer()
SEALED = seal(PAYLOAD, TYPE, ANA)


def key_of(signer):
    public = signer.id.removeprefix("ed25519:")
    return SSlibKey(signer.id, "ed25519", "ed25519", {"public": public})


def distrust(data, *keys):
    with pytest.raises(Distrust) as caught:
        signed_by(read_envelope(data), {key.id for key in keys})
    return caught.value


def with_(**changes):
    return json.dumps(json.loads(SEALED) | changes).encode()


def test_an_envelope_of_ours_is_verified_by_securesystemslib_alone():
    envelope = Library.from_dict(json.loads(SEALED))
    assert envelope.verify([key_of(ANA)], 1) == {ANA.id: key_of(ANA)}
    assert envelope.payload == PAYLOAD
    with pytest.raises(VerificationError):
        envelope.verify([key_of(BEN)], 1)


def test_an_envelope_of_securesystemslib_alone_is_accepted():
    theirs = CryptoSigner.generate_ed25519()
    key_id = "ed25519:" + theirs.public_key.keyval["public"]
    theirs.public_key.keyid = key_id
    envelope = Library(PAYLOAD, TYPE, {})
    envelope.sign(theirs)
    found = read_envelope(json.dumps(envelope.to_dict(), indent=2).encode())
    assert (found.payload, found.payload_type) == (PAYLOAD, TYPE)
    assert signed_by(found, {key_id}) == key_id


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
@example(SEALED.index(b'"sig"') + 93, 1)  # the last letter of the signature, and unused bits of it
def test_an_envelope_with_any_byte_changed_fails(at, change):
    edited = bytearray(SEALED)
    edited[at] ^= change
    distrust(bytes(edited), ANA, BEN)


def test_an_envelope_has_one_spelling():
    """Bits that base64 does not use would make another envelope of equal worth."""
    value = json.loads(SEALED)
    sig = value["signatures"][0]["sig"]
    assert sig.endswith("==")
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/":
        spelled = f"{sig[:-3]}{letter}=="
        if spelled != sig and base64.b64decode(spelled) == base64.b64decode(sig):
            value["signatures"][0]["sig"] = spelled
            assert distrust(json.dumps(value).encode(), ANA).reason == "garbage"
            return
    raise AssertionError("no second spelling was tried")


def test_the_type_is_signed_with_the_payload():
    assert distrust(with_(payloadType="text/plain"), ANA).reason == "signature"


def test_each_way_of_not_being_believed_has_its_reason():
    stranger = distrust(SEALED, BEN)
    assert (stranger.reason, stranger.key) == ("untrusted key", ANA.id)
    assert distrust(with_(signatures=[]), ANA).reason == "unsigned"
    lie = [{"keyid": ANA.id, "sig": base64.b64encode(BEN.sign(PAYLOAD)).decode()}]
    assert distrust(with_(signatures=lie), ANA, BEN).reason == "signature"
    assert distrust(b"{}", ANA).reason == "garbage"


def test_every_known_signature_of_an_envelope_is_found():
    both = json.loads(SEALED)["signatures"] + json.loads(seal(PAYLOAD, TYPE, BEN))["signatures"]
    envelope = read_envelope(with_(signatures=both))
    assert signers(envelope, {ANA.id, BEN.id}) == (ANA.id, BEN.id)
    assert signers(envelope, {BEN.id}) == (BEN.id,)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ITEMS = st.fixed_dictionaries({"keyid": st.just(ANA.id) | JSON, "sig": st.just("AAAA") | JSON})
ENVELOPES = st.fixed_dictionaries(
    {
        "payloadType": st.just(TYPE) | JSON,
        "payload": st.just("e30=") | JSON,
        "signatures": st.lists(ITEMS, max_size=2) | JSON,
    }
)


@given(ENVELOPES.map(lambda value: json.dumps(value).encode()) | st.binary())
@example(b"[" * 100_000)
@example(b"1" * 10_000)
def test_no_envelope_breaks_its_reader(data):
    distrust(data, ANA)
