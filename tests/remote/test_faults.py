"""A remote that is broken or hostile costs bounded time, and is never believed.

Each defence is switched off once, and then the bad outcome is there: the tests bite.
"""

import gzip
import json
import socket
import time
import urllib.request

import pytest

from fxgbuild.errors import RemoteUnavailable
from fxgbuild.remote import client as client_module
from fxgbuild.remote import record as record_module
from fxgbuild.remote import transport
from fxgbuild.remote.client import FAILURES
from fxgbuild.remote.envelope import seal
from fxgbuild.remote.transport import Limits
from fxgbuild.signing.envelope import read_envelope
from fxgbuild.signing.keys import find_signer

from .conftest import QUICK
from .material import ACTION, BLOBS, KEY, NAME, OTHER, TOKEN, WHEEL, body, envelope, path, record
from .peer import OK, answer

BLOB = f"/cas/{NAME.hex}"


def keys(count):
    """So many keys that nobody has."""
    return [type(KEY)(f"{number:064x}") for number in range(count)]


def without(monkeypatch, reason):
    """Switch one check of records off."""
    checks = tuple(check for check in record_module.CHECKS if check[0] != reason)
    assert len(checks) + 1 == len(record_module.CHECKS)
    monkeypatch.setattr(record_module, "CHECKS", checks)


# 18: errors, refused lines, dead names ------------------------------------------------------------


@pytest.mark.parametrize("status", ["500 Broken", "503 Busy", "429 Too Many Requests"])
def test_a_server_that_fails_is_asked_twice_and_then_left_alone(peer, client, status):
    peer.default = answer(status=status)
    remote = client(peer.url)
    assert [remote.record("lint", key) for key in keys(FAILURES + 3)] == [None] * (FAILURES + 3)
    assert len(peer.asked) == 2 * FAILURES
    assert remote.counts.failed == FAILURES
    (note,) = remote.notes()
    assert status.split()[0] in note
    assert remote.notes() == []


def test_without_the_breaker_every_key_would_be_asked(peer, client, monkeypatch):
    monkeypatch.setattr(client_module, "FAILURES", 10**9)
    peer.default = answer(status="500 Broken")
    remote = client(peer.url)
    for key in keys(FAILURES + 3):
        remote.record("lint", key)
    assert len(peer.asked) == 2 * (FAILURES + 3)


def test_one_bad_moment_is_no_failure(peer, client, signer):
    remote = client(peer.url)
    peer.answers[path()] = answer(status="503 Busy")
    asked = peer.asked

    class Once(dict):
        def get(self, name, default):
            return answer(status="503 Busy") if len(asked) == 1 else answer(envelope(signer))

    peer.answers = Once()
    assert remote.record(ACTION, KEY)
    assert remote.counts.failed == 0
    assert len(asked) == 2


def test_nobody_listens(client):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        remote = client(f"http://127.0.0.1:{taken.getsockname()[1]}")
        assert remote.record(ACTION, KEY) is None
    assert remote.counts.failed == 1


def test_a_name_that_nobody_knows(client):
    remote = client("http://no-such-host.invalid")
    started = time.monotonic()
    assert remote.record(ACTION, KEY) is None
    assert remote.counts.failed == 1
    assert time.monotonic() - started < 3


def test_a_resolver_that_hangs_is_not_waited_for(client, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(20))
    started = time.monotonic()
    assert client("http://slow.invalid").record(ACTION, KEY) is None
    assert time.monotonic() - started < 2


def test_a_failure_is_an_error_where_the_remote_is_required(peer, client):
    peer.default = answer(status="500 Broken")
    remote = client(peer.url, require=True)
    with pytest.raises(RemoteUnavailable) as caught:
        remote.record(ACTION, KEY)
    assert "500" in caught.value.facts["cause"]
    assert len(peer.asked) == 2


def test_a_miss_is_no_error_where_the_remote_is_required(honest, client):
    assert client(honest.url, require=True).record(ACTION, KEY) is None


def test_an_agent_that_does_not_sign_fails_no_build(honest, client, tmp_path):
    count = tmp_path / "asked"
    agent = tmp_path / "agent"
    agent.write_text(f"#!/bin/sh\necho once >> {count}; exit 3\n")
    agent.chmod(0o700)
    environment = {"FXG_SIGNING_COMMAND": str(agent), "FXG_SIGNING_KEY_ID": "ed25519:" + "0" * 64}
    remote = client(honest.url, signer=find_signer(environment, tmp_path / "ws"))
    for _ in range(FAILURES + 2):
        remote.upload(ACTION, KEY, record(), BLOBS)
    assert remote.counts.uploaded == 0
    assert "nothing is signed: it ended with 3" in remote.notes()[0]
    assert len(count.read_text().splitlines()) == FAILURES, "then it is left alone"
    required = client(honest.url, signer=remote.policy.signer, require=True)
    with pytest.raises(RemoteUnavailable):
        required.upload(ACTION, KEY, record(), BLOBS)


def test_an_upload_that_fails_fails_no_build(peer, client):
    peer.default = answer(status="507 Insufficient Storage")
    remote = client(peer.url)
    remote.upload(ACTION, KEY, record(), BLOBS)
    assert (remote.counts.uploaded, remote.counts.failed) == (0, 1)


def test_a_wrong_token_is_not_tried_twice(peer, client):
    peer.default = answer(status="401 Unauthorized")
    remote = client(peer.url, token=TOKEN)
    assert remote.record(ACTION, KEY) is None
    assert len(peer.asked) == 1
    assert f"Authorization: Bearer {TOKEN}" in peer.asked[0][2]


# 19: hanging and trickling ------------------------------------------------------------------------

HEAD = OK + b"Content-Length: 1600\r\n\r\n"
HANGS = {
    "before the answer": [30.0],
    "within the head": [b"HTTP/1.1 200", 30.0],
    "within the body": [HEAD + WHEEL[:100], 30.0],
}
TRICKLES = {
    "in the head": [byte for one in OK for byte in (bytes([one]), 0.15)] + [30.0],
    "in the body": [HEAD] + [byte for one in WHEEL for byte in (bytes([one]), 0.15)],
}


@pytest.mark.parametrize("where", HANGS)
def test_a_server_that_hangs_is_given_up(peer, client, where):
    peer.default = HANGS[where]
    remote = client(peer.url)
    started = time.monotonic()
    assert remote.blob(NAME, len(WHEEL)) is None
    assert time.monotonic() - started < 1.2, "one wait, and no second try"
    assert remote.counts.failed == 1


@pytest.mark.parametrize("where", TRICKLES)
def test_a_server_that_trickles_is_given_up(peer, client, where):
    peer.default = TRICKLES[where]
    remote = client(peer.url)
    started = time.monotonic()
    assert remote.blob(NAME, len(WHEEL)) is None
    assert time.monotonic() - started < 1.2
    assert remote.counts.failed == 1


def test_the_whole_of_an_answer_has_a_deadline(peer, client):
    """Fast enough by the second, endless all the same."""
    peer.default = [OK, *([b"X: " + b"y" * 300 + b"\r\n", 0.1] * 60)]
    limits = Limits(connect_s=0.4, total_s=0.8, min_bytes_per_s=100)
    started = time.monotonic()
    assert client(peer.url, limits=limits).blob(NAME, len(WHEEL)) is None
    assert 0.7 < time.monotonic() - started < 1.5


def test_without_a_pace_a_trickle_would_be_waited_for(peer, client, monkeypatch):
    monkeypatch.setattr(transport.Pace, "got", lambda *_: None)
    monkeypatch.setattr(transport.Pace, "left", lambda _: 5.0)
    peer.default = [HEAD] + [part for at in range(16) for part in (WHEEL[at * 100 :][:100], 0.1)]
    started = time.monotonic()
    assert client(peer.url).blob(NAME, len(WHEEL)) == WHEEL
    assert time.monotonic() - started > QUICK.total_s


# 20: garbage, lengths, bombs, redirects -----------------------------------------------------------

LIES = {
    "no http": b"\x00\xff\x00garbage\r\n\r\n",
    "nothing": b"",
    "half a head": OK + b"Content-Le",
    "shorter than said": answer(WHEEL[:-1], length=len(WHEEL)),
    "shorter than signed": answer(WHEEL[:-1]),
    "longer than signed": answer(WHEEL + b"x"),
    "longer, without saying so": OK + b"\r\n" + WHEEL + b"x",
    "other bytes": answer(WHEEL[:-1] + b"X"),
    "broken chunks": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + WHEEL,
    "an empty body": answer(b""),
    "compressed": answer(gzip.compress(WHEEL), Content_Encoding="gzip"),
}


@pytest.mark.parametrize("lie", LIES)
def test_bytes_that_are_not_the_blob_are_never_given(peer, client, lie):
    peer.default = LIES[lie]
    remote = client(peer.url)
    assert remote.blob(NAME, len(WHEEL)) is None
    assert remote.counts.failed == 1


@pytest.mark.parametrize(
    "lie",
    [
        b"\x1b[2Jcleared\r\n\r\n",
        answer(status="500 \x1b[2J"),
        answer(WHEEL, Content_Encoding="\x1b[2J"),
    ],
)
def test_what_a_server_says_cannot_move_a_cursor(peer, client, lie):
    peer.default = lie
    remote = client(peer.url)
    for key in keys(FAILURES):
        assert remote.record("lint", key) is None
    notes = "".join(remote.notes())
    assert notes
    assert notes.isprintable()


def test_an_honest_answer_of_the_same_peer_is_given(peer, client):
    peer.default = answer(WHEEL)
    assert client(peer.url).blob(NAME, len(WHEEL)) == WHEEL
    peer.default = OK + b"Connection: close\r\n\r\n" + WHEEL
    assert client(peer.url).blob(NAME, len(WHEEL)) == WHEEL


def test_without_the_check_of_digests_other_bytes_would_be_given(peer, client, monkeypatch):
    monkeypatch.setattr(client_module, "is_blob", lambda *_: True)
    peer.default = LIES["other bytes"]
    assert client(peer.url).blob(NAME, len(WHEEL)) == WHEEL[:-1] + b"X"


@pytest.mark.parametrize("head", [OK + b"\r\n", OK + b"Content-Length: 99999999999\r\n\r\n"])
def test_an_endless_body_is_cut_at_the_signed_size(peer, client, head):
    peer.default = [head, b"x" * 65536, ...]
    remote = client(peer.url)
    started = time.monotonic()
    assert remote.blob(NAME, len(WHEEL)) is None
    assert time.monotonic() - started < 1
    assert remote.counts.refused["too large"] == 1


def test_an_endless_record_is_cut(peer, client):
    peer.default = [OK + b"\r\n", b"{" * 65536, ...]
    remote = client(peer.url)
    assert remote.record(ACTION, KEY) is None
    assert remote.counts.refused["too large"] == 1


def test_an_endless_answer_that_nobody_needs_is_cut(peer, client):
    peer.default = [b"HTTP/1.1 404 Not Found\r\n\r\n", b"x" * 65536, ...]
    remote = client(peer.url)
    assert remote.record(ACTION, KEY) is None
    assert remote.counts.misses == 1


def test_without_the_cap_an_endless_body_would_be_read_on(peer, client, monkeypatch):
    """To the deadline at least."""
    seen = []

    def read_all(response, _limit):
        while part := response.read(1 << 16):
            seen.append(len(part))
        return b""

    monkeypatch.setattr(transport, "read_body", read_all)
    peer.default = [OK + b"\r\n", b"x" * 65536, ...]
    assert client(peer.url).blob(NAME, len(WHEEL)) is None
    assert sum(seen) > 1 << 20


def test_a_bomb_is_never_unpacked(peer, client, monkeypatch):
    bomb = gzip.compress(bytes(64 << 20))
    peer.default = answer(bomb, Content_Encoding="gzip")
    remote = client(peer.url)
    assert remote.blob(NAME, len(bomb)) is None
    assert remote.counts.refused == {"encoded": 1}
    monkeypatch.setattr(client_module, "is_blob", lambda *_: True)
    peer.default = answer(bomb, Content_Type="application/gzip")
    assert client(peer.url).blob(NAME, len(bomb)) == bomb, "compressed as it came"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("to", ["file:///etc/hostname", "{elsewhere}/x", "/cas/elsewhere"])
def test_no_redirect_is_followed(peer, client, status, to):
    place = to.format(elsewhere=peer.url)
    peer.answers[BLOB] = answer(WHEEL, status=status, Location=place)
    remote = client(peer.url)
    assert remote.blob(NAME, len(WHEEL)) is None
    assert remote.counts.refused == {"redirect": 1}
    assert [asked[1] for asked in peer.asked] == [BLOB]


def test_a_client_that_follows_redirects_would_be_led_elsewhere(peer):
    peer.answers[BLOB] = answer(status="302 Found", Location=f"{peer.url}/x")
    peer.answers["/x"] = answer(b"elsewhere")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(peer.url + BLOB) as response:
        assert response.read() == b"elsewhere"


def test_variables_that_name_a_proxy_change_nothing(peer, client, honest, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, peer.url)
    client(honest.url).upload(ACTION, KEY, record(), BLOBS)
    assert client(honest.url).record(ACTION, KEY)
    assert not peer.asked


# 21: poison ---------------------------------------------------------------------------------------


def poisoned(peer, client, data, **policy):
    """What becomes of one answer that stands where a record is looked for."""
    peer.answers[path()] = answer(data)
    remote = client(peer.url, **policy)
    return remote.record(ACTION, KEY), remote


POISON = {
    "key": {"key": OTHER.hex},
    "action": {"action": "lint"},
    "namespace": {"namespace": "pr/7"},
    "not passed": {"passed": False},
    "sandbox": {"sandbox": "C"},
    "signer": {"signer": "ed25519:" + "0" * 64},
}


@pytest.mark.parametrize("reason", POISON)
def test_a_signed_record_of_something_else_is_refused(peer, client, signer, reason):
    """Whoever may write to the server could put it there; its signature is good."""
    found, remote = poisoned(peer, client, envelope(signer, **POISON[reason]))
    assert found is None
    assert remote.counts.refused == {reason: 1}
    assert remote.counts.failed == 0, "the server did nothing wrong"
    (note,) = remote.notes()
    assert reason in note
    assert signer.id in note


@pytest.mark.parametrize("reason", POISON)
def test_without_its_check_the_record_would_be_believed(peer, client, signer, reason, monkeypatch):
    without(monkeypatch, reason)
    found, _ = poisoned(peer, client, envelope(signer, **POISON[reason]))
    assert found == body(signer, **POISON[reason])


def test_a_preimage_of_another_key_is_refused(peer, client, signer):
    other = {"sha256": OTHER.hex, "size": 1}
    found, remote = poisoned(peer, client, envelope(signer, preimage=other))
    assert found is None
    assert remote.counts.refused == {"key": 1}


def unsigned(signer):
    return json.loads(envelope(signer)) | {"signatures": []}


def edited(signer):
    """A record under the signature of another."""
    good, other = json.loads(envelope(signer)), json.loads(envelope(signer, sandbox="B"))
    return good | {"payload": other["payload"]}


def test_an_unsigned_record_is_refused(peer, client, signer, monkeypatch):
    data = json.dumps(unsigned(signer)).encode()
    found, remote = poisoned(peer, client, data)
    assert found is None
    assert remote.counts.refused == {"unsigned": 1}
    monkeypatch.setattr(client_module, "unseal", believing(signer.id))
    assert poisoned(peer, client, data)[0] == body(signer)


def believing(key):
    """An `unseal` that checks no signature."""

    def unseal(data, _namespace, _trust):
        return read_envelope(data).payload, key

    return unseal


def test_an_edited_record_is_refused(peer, client, signer, monkeypatch):
    data = json.dumps(edited(signer)).encode()
    found, remote = poisoned(peer, client, data)
    assert found is None
    assert remote.counts.refused == {"signature": 1}
    assert signer.id in remote.notes()[0]
    monkeypatch.setattr(client_module, "unseal", believing(signer.id))
    assert poisoned(peer, client, data)[0]["sandbox"] == "B"


def test_a_record_of_a_key_that_is_not_trusted_is_refused(
    peer, client, signer, stranger, monkeypatch
):
    data = envelope(stranger)
    found, remote = poisoned(peer, client, data)
    assert found is None
    assert remote.counts.refused == {"untrusted key": 1}
    assert stranger.id in remote.notes()[0]
    monkeypatch.setattr(client_module, "unseal", believing(stranger.id))
    assert poisoned(peer, client, data)[0] == body(stranger)


def test_a_stranger_under_a_trusted_name_is_refused(peer, client, signer, stranger):
    lie = json.loads(seal(body(signer), stranger))
    lie["signatures"][0]["keyid"] = signer.id
    found, remote = poisoned(peer, client, json.dumps(lie).encode())
    assert found is None
    assert remote.counts.refused == {"signature": 1}


def test_a_record_with_other_outputs_than_the_first_is_refused(peer, client, signer, monkeypatch):
    """A replay, or a build that is not deterministic: what was seen first stands."""
    changed = {"wheel": {"sha256": OTHER.hex, "size": 1}}
    first = {"wheel": NAME.hex}
    data = envelope(signer, outputs=changed)
    found, remote = poisoned(peer, client, data, seen=lambda *_: first)
    assert found is None
    assert remote.counts.refused == {"replay": 1}
    same, _ = poisoned(peer, client, envelope(signer), seen=lambda *_: first)
    assert same == body(signer)
    assert poisoned(peer, client, data)[0]["outputs"] == changed, "without a memory it is news"


def test_within_a_command_the_first_record_stands(peer, client, signer):
    found, remote = poisoned(peer, client, envelope(signer))
    peer.answers[path()] = answer(envelope(signer, outputs={}))
    assert remote.record(ACTION, KEY) == found


GARBAGE = {
    "not json": b"\xff\xfe",
    "a list": b"[]",
    "a number": b"1",
    "deep": b"[" * 500_000,
    "no payload": b'{"payloadType": "x", "signatures": []}',
    "wrong kinds": b'{"payload": 1, "payloadType": 2, "signatures": 3}',
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_in_a_record_s_place_is_refused(peer, client, name):
    found, remote = poisoned(peer, client, GARBAGE[name])
    assert found is None
    assert remote.counts.refused == {"garbage": 1}


def test_a_signed_body_of_another_form_is_refused(peer, client, signer):
    for change in (
        {"format": 2},
        {"surplus": 1},
        {"outputs": {"x": {"sha256": "short", "size": 1}}},
        {"outputs": {"x": {"sha256": NAME.hex, "size": -1}}},
        {"outputs": {"x": {"sha256": NAME.hex, "size": 1 << 50}}},
        {"passed": "yes"},
        {"date": "today"},
    ):
        found, remote = poisoned(peer, client, envelope(signer, **change))
        assert found is None
        assert remote.counts.refused == {"garbage": 1}, change


def test_poison_below_does_not_hide_what_is_good_above(peer, client, signer, stranger):
    peer.answers[path("pr/7")] = answer(envelope(stranger, "pr/7"))
    peer.answers[path("main")] = answer(envelope(signer))
    remote = client(peer.url, namespaces=("pr/7", "main"))
    assert remote.record(ACTION, KEY) == body(signer)
    assert remote.counts.refused == {"untrusted key": 1}


# 22: evicted between record and blob --------------------------------------------------------------


def test_a_blob_that_went_away_makes_its_record_a_miss(honest, client):
    client(honest.url).upload(ACTION, KEY, record(), BLOBS)
    remote = client(honest.url)
    found = remote.record(ACTION, KEY)
    honest.serving.place(BLOB)[0].unlink()
    assert remote.outputs(found) is None
    assert remote.record(ACTION, KEY) is None, "so the next plan runs the action here"
    assert (remote.counts.evicted, remote.counts.failed) == (1, 0)
    remote.upload(ACTION, KEY, record(), BLOBS)
    assert client(honest.url).outputs(found) == {"wheel": WHEEL}


def test_a_blob_that_went_away_is_asked_for_once(peer, client):
    remote = client(peer.url)
    assert [remote.blob(NAME, len(WHEEL)) for _ in range(5)] == [None] * 5
    assert len(peer.asked) == 1


def test_without_that_memory_the_plan_would_go_on_believing(honest, client, monkeypatch):
    client(honest.url).upload(ACTION, KEY, record(), BLOBS)
    remote = client(honest.url)
    found = remote.record(ACTION, KEY)
    honest.serving.place(BLOB)[0].unlink()
    assert remote.outputs(found) is None
    remote._absent.clear()
    assert remote.record(ACTION, KEY) == found
