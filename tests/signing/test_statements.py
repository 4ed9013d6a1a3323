"""Whose word counts: every statement and entry that does not says why."""

import base64
import datetime
import json
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fxgbuild.digest import digest_bytes
from fxgbuild.errors import Distrusted
from fxgbuild.release import statement as statements
from fxgbuild.release.entry import PAYLOAD as ENTRY
from fxgbuild.release.entry import Entry
from fxgbuild.release.moment import stamp
from fxgbuild.release.release import make_release
from fxgbuild.release.statement import (
    APPROVAL,
    PAYLOAD,
    PROVENANCE,
    REBUILD,
    VALIDATION,
    Statement,
)
from fxgbuild.release.subjects import subjects_of
from fxgbuild.signing import trust as trust_module
from fxgbuild.signing.envelope import seal
from fxgbuild.signing.trust import Key, Trust, open_attestation, open_entry

from .conftest import make_signer

MANIFEST = digest_bytes(b"what carries it")
NEVER = datetime.datetime(2020, 1, 1, tzinfo=UTC)
START = datetime.datetime(2026, 1, 1, tzinfo=UTC)
END = datetime.datetime(2027, 1, 1, tzinfo=UTC)
NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=UTC)
SIGNER = make_signer()
RELEASE = make_release("//eeg:wheel", {}, {"eeg.whl": b"a wheel"}, b"{}", b"a tar")[0]


def key(signer, roles=("builder", "promoter", "release"), **changes):
    return Key(signer.id, "ana@example.org", frozenset(roles), START, END, **changes)


def said(release, kind=VALIDATION, at=NOON, **predicate):
    if kind == PROVENANCE:
        predicate |= {"runDetails": {"metadata": {"finishedOn": stamp(at)}}}
    else:
        predicate |= {"at": stamp(at)}
    return Statement(subjects_of(release), kind, predicate)


def opened(statement, release, signer, *keys, now=NOON, witnessed=None):
    data = seal(statement.to_bytes(), PAYLOAD, signer)
    return open_attestation(data, MANIFEST, release, Trust(keys), now, witnessed or {})


def test_a_statement_counts_with_its_key_s_person_and_roles(release, ana):
    for kind in (PROVENANCE, VALIDATION):
        found = opened(said(release, kind), release, ana, key(ana))
        assert found.counts, found.doubt
        assert (found.key, found.person) == (ana.id, "ana@example.org")
        assert found.roles == {"builder", "promoter", "release"}
        assert found.manifest == MANIFEST
        assert found.statement == said(release, kind)


@pytest.mark.parametrize(
    ("kind", "predicate", "role"),
    [
        (PROVENANCE, {}, "builder"),
        (VALIDATION, {}, "builder"),
        (REBUILD, {}, "verifier"),
        (APPROVAL, {"role": "security", "person": "ana@example.org"}, "security"),
    ],
)
def test_a_key_says_only_what_its_roles_let_it(release, ana, kind, predicate, role):
    statement = said(release, kind, **predicate)
    assert opened(statement, release, ana, key(ana, (role,))).counts
    others = {"builder", "verifier", "promoter", "security", "release"} - {role}
    found = opened(statement, release, ana, key(ana, others))
    assert found.doubt == f"the key may not say this (role {role})"
    assert found.statement == statement, "what it says may be shown"


def test_each_statement_that_does_not_count_says_why(release, other, ana, ben):
    good = said(release)
    approval = {"role": "release", "person": "ben@example.org"}
    for expected, statement, keys, more in (
        ("signed by a key that is not in the trust file", good, [key(ben)], {}),
        ("signed by a key that is not in the trust file", good, [], {}),
        ("the key is revoked", good, [key(ana, revoked=True)], {}),
        ("a statement of another artifact", said(other), [key(ana)], {}),
        ("it does not say when it was made", replace(good, predicate={}), [key(ana)], {}),
        (
            "it does not say when it was made",
            replace(good, predicate={"at": "2026-11-21T12:00:00"}),
            [key(ana)],
            {},
        ),
        (
            "it does not say when it was made",
            Statement(good.subjects, PROVENANCE, {"runDetails": []}),
            [key(ana)],
            {},
        ),
        ("nobody's role is to say this (x/y)", said(release, "x/y"), [key(ana)], {}),
        ("nobody's role is to say this (", said(release, APPROVAL, role=["x"]), [key(ana)], {}),
        (
            "in the name of another person, and the key is ana@example.org's",
            said(release, APPROVAL, **approval),
            [key(ana)],
            {},
        ),
        (
            "a date in the future: 2026-11-21T12:05:01Z",
            said(release, at=NOON + timedelta(seconds=301)),
            [key(ana)],
            {},
        ),
        (
            "the key was not valid before 2026-01-01",
            said(release, at=START - timedelta(seconds=1)),
            [key(ana)],
            {},
        ),
        ("the key expired on 2027-01-01", said(release, at=END), [key(ana)], {"now": END}),
        (
            "the key expired on 2027-01-01, and no entry of the ledger is a witness",
            good,
            [key(ana)],
            {"now": END},
        ),
    ):
        found = opened(statement, release, ana, *keys, **more)
        assert not found.counts
        assert found.doubt.startswith(expected), (found.doubt, expected)
    assert opened(good, release, ana, key(ana)).counts


def test_a_signer_may_ask_before_it_signs(ana, ben):
    trust = Trust((key(ana),))
    assert trust.doubt(ana.id, "builder", NOON) == ""
    assert trust.doubt(ana.id, "verifier", NOON) == "the key may not say this (role verifier)"
    assert trust.doubt(ana.id, "builder", END) == "the key expired on 2027-01-01"
    assert trust.doubt(ben.id, "builder", NOON) == "signed by a key that is not in the trust file"
    revoked = Trust((key(ana, revoked=True),))
    assert revoked.doubt(ana.id, "builder", NOON) == "the key is revoked"


def test_clocks_may_differ_by_minutes(release, ana):
    assert opened(said(release, at=NOON + timedelta(minutes=5)), release, ana, key(ana)).counts


def test_what_is_no_signed_statement_says_so(release, ana, ben):
    good = json.loads(seal(said(release).to_bytes(), PAYLOAD, ana))
    stranger = seal(said(release).to_bytes(), PAYLOAD, ben)
    forged = good["signatures"][0] | {"sig": json.loads(stranger)["signatures"][0]["sig"]}
    edited = said(release, note="edited").to_bytes()
    for expected, data in {
        "unsigned": good | {"signatures": []},
        "the signature is not of these bytes": good | {"signatures": [forged]},
        "the signature is not of these bytes ": good
        | {"payload": base64.b64encode(edited).decode()},
        "the payload is of another type: text/x": good | {"payloadType": "text/x"},
        "it is no envelope of a signed statement": good["signatures"],
        "no in-toto statement": json.loads(seal(b"{}", PAYLOAD, ana)),
        "no JSON object": json.loads(seal(b"\x00", PAYLOAD, ana)),
    }.items():
        raw = json.dumps(data).encode()
        found = open_attestation(raw, MANIFEST, release, Trust((key(ana),)), NOON, {})
        assert found.doubt == expected.strip()
        assert found.statement is None
        assert found.envelope == digest_bytes(raw)


def test_nothing_is_parsed_that_no_trusted_key_signed(release, ana, ben, monkeypatch):
    def parse(_data):
        raise AssertionError("parsed")

    monkeypatch.setattr(statements.Statement, "parse", parse)
    monkeypatch.setattr(trust_module.Entry, "parse", parse)
    for keys in ([key(ben)], [key(ana, revoked=True)]):
        assert opened(said(release), release, ana, *keys).doubt
        with pytest.raises(Distrusted):
            open_entry(seal(entry().to_bytes(), ENTRY, ana), Trust(tuple(keys)))
    with pytest.raises(AssertionError, match="parsed"):
        opened(said(release), release, ana, key(ana))


def test_an_envelope_signed_anew_counts_by_the_newer_key(release, ana, ben):
    """Signatures are added as keys change; one that counts is enough, wherever it stands."""
    payload = said(release).to_bytes()
    both = json.loads(seal(payload, PAYLOAD, ana))
    both["signatures"] += json.loads(seal(payload, PAYLOAD, ben))["signatures"]
    trust = Trust((key(ana, revoked=True), key(ben)))
    found = open_attestation(json.dumps(both).encode(), MANIFEST, release, trust, NOON, {})
    assert found.counts, found.doubt
    assert found.key == ben.id


DAYS = st.integers(0, 40)


@given(since=DAYS, length=st.integers(1, 20), at=DAYS, now=DAYS, seen=st.none() | DAYS)
@example(since=10, length=5, at=12, now=20, seen=13)
@example(since=10, length=5, at=12, now=20, seen=15)
@example(since=10, length=5, at=12, now=15, seen=None)
def test_a_key_counts_in_its_time_and_after_it_by_a_witness(since, length, at, now, seen):
    def day(number):
        return START + timedelta(days=number)

    listed = replace(key(SIGNER), since=day(since), until=day(since + length))
    witnessed = {} if seen is None else {MANIFEST: stamp(day(seen))}
    statement = said(RELEASE, at=day(at))
    found = opened(statement, RELEASE, SIGNER, listed, now=day(now), witnessed=witnessed)
    until = since + length
    in_time = since <= at < until and at <= now
    assert found.counts == (
        in_time and (now < until or (seen is not None and since <= seen < until))
    ), found.doubt
    revoked = replace(listed, revoked=True)
    assert not opened(statement, RELEASE, SIGNER, revoked, now=day(now)).counts


# Entries of the ledger ----------------------------------------------------------------------------


def entry(at=NOON, **changes):
    digest = digest_bytes(b"a release")
    made = Entry(
        number=1,
        previous=None,
        at=stamp(at),
        kind="promote",
        channel="dev",
        label="//eeg:wheel",
        release=digest,
        file=digest,
        source="",
        replaces=None,
        because="",
        person="ana@example.org",
        commit="",
        attestations=(),
        policy=digest,
    )
    return replace(made, **changes)


def test_an_entry_is_its_promoter_s_also_when_the_key_has_expired(ana):
    """There is no clock in it: that times never go back is the ledger's own check."""
    assert open_entry(seal(entry().to_bytes(), ENTRY, ana), Trust((key(ana),))) == entry()


def test_each_entry_that_is_not_believed_says_why(ana, ben):
    for expected, made, keys in (
        ("signed by a key that is not in the trust file", entry(), [key(ben)]),
        ("entry 1: the key may not say this (role promoter)", entry(), [key(ana, ("builder",))]),
        ("entry 1: the key expired on 2027-01-01", entry(at=END), [key(ana)]),
        ("entry 1: the key was not valid before 2026-01-01", entry(at=NEVER), [key(ana)]),
        ("the key is revoked", entry(), [key(ana, revoked=True)]),
        ("entry 1: in the name of eve@example.org", entry(person="eve@example.org"), [key(ana)]),
        ("entry 1 does not say when it was made", entry(at=NOON, kind="promote"), [key(ana)]),
    ):
        payload = made.to_bytes()
        if "does not say when" in expected:
            payload = replace(made, at="now").to_bytes()
        with pytest.raises(Distrusted, match="the ledger is not whole") as caught:
            open_entry(seal(payload, ENTRY, ana), Trust(tuple(keys)))
        assert caught.value.facts["because"].startswith(expected)


def test_a_statement_is_no_entry(release, ana):
    """Both are signed with the same key; the type keeps them apart."""
    with pytest.raises(Distrusted) as caught:
        open_entry(seal(said(release).to_bytes(), PAYLOAD, ana), Trust((key(ana),)))
    assert caught.value.facts["because"] == f"the payload is of another type: {PAYLOAD}"
    sealed = seal(entry().to_bytes(), ENTRY, ana)
    found = open_attestation(sealed, MANIFEST, release, Trust((key(ana),)), NOON, {})
    assert found.doubt == f"the payload is of another type: {ENTRY}"
    with pytest.raises(Distrusted) as caught:
        open_entry(seal(b"{}", ENTRY, ana), Trust((key(ana),)))
    assert caught.value.facts["because"] == "no entry of a ledger"
