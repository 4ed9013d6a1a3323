"""What one machine shares another finds, whole and verified."""

import base64
import json
import os
from concurrent.futures import ThreadPoolExecutor

from fxgbuild.digest import digest_bytes
from fxgbuild.plan.key import key_of
from fxgbuild.remote.keys import Trusted
from fxgbuild.remote.transport import Limits

from . import material
from .material import ACTION, BLOBS, KEY, NAME, OTHER, TOKEN, WHEEL, record

SLOW = Limits(connect_s=5, total_s=30, min_bytes_per_s=1024)


def test_what_is_uploaded_is_found_by_another_client(honest, client):
    writer, reader = client(honest.url), client(honest.url, signer=None)
    writer.upload(ACTION, KEY, record(), BLOBS)
    body = reader.record(ACTION, KEY)
    assert body["outputs"] == {"wheel": {"sha256": NAME.hex, "size": len(WHEEL)}}
    assert reader.outputs(body) == {"wheel": WHEEL}
    assert reader.counts.to_json() == {
        "hits": 1,
        "misses": 0,
        "failed": 0,
        "evicted": 0,
        "uploaded": 0,
        "refused": {},
    }
    assert writer.counts.uploaded == 1
    assert not writer.notes() + reader.notes()


def test_a_preimage_is_found_by_the_key_itself(honest, client):
    remote = client(honest.url)
    remote.upload(ACTION, KEY, record(), BLOBS)
    preimage = remote.record(ACTION, KEY)["preimage"]
    data = remote.blob(KEY, preimage["size"])
    assert key_of(ACTION, json.loads(data)[1]) == KEY


def test_a_key_that_nobody_shared_is_a_miss(honest, client):
    remote = client(honest.url)
    assert remote.record(ACTION, OTHER) is None
    assert remote.record(ACTION, OTHER) is None
    assert remote.counts.misses == 1, "a command asks once for a key"


def test_one_connection_serves_many_requests(honest, client):
    remote = client(honest.url)
    remote.upload(ACTION, KEY, record(), BLOBS)
    line = remote.transport._kept
    assert remote.outputs(remote.record(ACTION, KEY)) == {"wheel": WHEEL}
    assert remote.transport._kept is line


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(honest, client):
    remote = client(honest.url)
    assert remote.record(ACTION, OTHER) is None
    remote.transport._kept[1]._line.shutdown(2)
    remote.upload(ACTION, KEY, record(), BLOBS)
    assert remote.counts.uploaded == 1
    assert remote.counts.failed == 0


def test_blobs_go_before_the_record_that_names_them(peer, client):
    peer.default = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    client(peer.url).upload(ACTION, KEY, record(), BLOBS)
    assert not [path for method, path, _ in peer.asked if path.startswith("/ac/")], (
        "a record whose blobs were not taken is not written"
    )


def test_a_blob_that_is_there_is_not_sent_again(honest, client):
    remote = client(honest.url)
    remote.upload(ACTION, KEY, record(), BLOBS)
    place, _ = honest.serving.place(f"/cas/{NAME.hex}")
    before = place.stat().st_mtime_ns
    client(honest.url).upload(ACTION, KEY, record(), BLOBS)
    assert place.stat().st_mtime_ns == before


def test_blobs_of_many_megabytes_pass(honest, client):
    big = os.urandom(1 << 20) * 9
    name = digest_bytes(big)
    remote = client(honest.url, limits=SLOW)
    outputs = record(outputs={"wheel": name.hex})
    remote.upload(ACTION, KEY, outputs, {KEY: BLOBS[KEY], name: big})
    assert remote.outputs(remote.record(ACTION, KEY)) == {"wheel": big}


def test_only_a_passing_record_of_its_own_key_is_shared(honest, client):
    remote = client(honest.url)
    wrong = (
        record(passed=False),
        record(key=OTHER.hex),
        record(outputs={"wheel": OTHER.hex}),
        record(sandbox="none"),
    )
    for found in wrong:
        try:
            remote.upload(ACTION, KEY, found, BLOBS)
        except ValueError:
            continue
        raise AssertionError(found)
    assert client(honest.url).record(ACTION, KEY) is None


def test_a_pull_request_reads_upwards_and_main_never_reads_it(honest, client, signer):
    branch = client(honest.url, namespaces=("pr/7", "main"))
    branch.upload(ACTION, KEY, record(), BLOBS)
    assert client(honest.url).record(ACTION, KEY) is None
    assert client(honest.url, namespaces=("pr/8", "main")).record(ACTION, KEY) is None
    assert client(honest.url, namespaces=("pr/7", "main")).record(ACTION, KEY)
    client(honest.url).upload(ACTION, KEY, record(), BLOBS)
    assert (
        client(honest.url, namespaces=("pr/8", "main")).record(ACTION, KEY)["namespace"] == "main"
    )


def test_a_key_may_be_trusted_in_some_namespaces_only(honest, client, signer, stranger):
    trust = (Trusted(signer.id), Trusted(stranger.id, "pr/*"))
    liar = client(honest.url, signer=stranger, namespaces=("main",))
    liar.upload(ACTION, KEY, record(), BLOBS)
    client(honest.url, signer=stranger, namespaces=("pr/7",)).upload(ACTION, KEY, record(), BLOBS)
    assert client(honest.url, trust=trust).record(ACTION, KEY) is None
    assert client(honest.url, trust=trust, namespaces=("pr/7", "main")).record(ACTION, KEY)


def test_envelopes_are_those_of_dsse(signer):
    """The bytes under a signature, as the specification of DSSE prints them."""
    from cryptography.hazmat.primitives.asymmetric import ed25519

    found = json.loads(material.envelope(signer))
    payload = base64.b64decode(found["payload"])
    kind = found["payloadType"]
    message = b"DSSEv1 " + f"{len(kind)} {kind} {len(payload)} ".encode() + payload
    public = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.id.split(":")[1]))
    public.verify(base64.b64decode(found["signatures"][0]["sig"]), message)


def test_a_token_and_a_secret_key_are_never_shown(honest, client, signer):
    remote = client(honest.url, token=TOKEN)
    assert TOKEN not in repr(remote)
    assert repr(signer) == f"Signer({signer.id})"


def test_what_is_too_large_to_share_stays_here(honest, client, monkeypatch):
    monkeypatch.setattr("fxgbuild.remote.client.MAX_BLOB", len(WHEEL) - 1)
    remote = client(honest.url)
    remote.upload(ACTION, KEY, record(), BLOBS)
    assert "too large" in remote.notes()[0]
    assert client(honest.url).record(ACTION, KEY) is None


def test_threads_take_turns(honest, client):
    remote = client(honest.url, limits=SLOW)
    remote.upload(ACTION, KEY, record(), BLOBS)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: remote.blob(NAME, len(WHEEL)), range(64)))
    assert found == [WHEEL] * 64


def test_what_was_kept_counts_as_long_as_its_signer_and_namespace_do(client, signer, stranger):
    kept = {"namespace": "pr/7", "signer": signer.id, "sandbox": "B"}
    branch = {"namespaces": ("pr/7", "main")}
    url = "http://no-such-host.invalid"
    assert client(url, **branch).believes(kept)
    assert not client(url).believes(kept), "main does not read a branch, not even from a disk"
    assert not client(url, **branch, trust=(Trusted(stranger.id),)).believes(kept)
    assert not client(url, **branch, trust=(Trusted(signer.id, "main"),)).believes(kept)
    assert not client(url, **branch, minimum="A").believes(kept)
    assert not client(url, **branch, read=False).believes(kept)
