"""Promotion under attack: what forges, misleads or breaks, and comes to nothing.

`test_refusals.py` has what a policy refuses; here is what goes past the rules, by another way.
"""

import datetime
import io
import json
import os
import zipfile
from dataclasses import replace

import pytest

from fxgbuild.digest import canonical_json, digest_bytes
from fxgbuild.errors import BadWorkspace, Distrusted, PromotionRefused
from fxgbuild.files import write_atomic
from fxgbuild.oci.manifest import EMPTY, EMPTY_TYPE, MANIFEST, Descriptor, Malformed, Manifest
from fxgbuild.places import layout
from fxgbuild.places.open import open_place
from fxgbuild.places.python_index import admit
from fxgbuild.promote.book import LEDGER, TAG, open_book
from fxgbuild.promote.contained import ask_git
from fxgbuild.promote.organisation import read_organisation
from fxgbuild.release.carrier import ENVELOPE, MAX_ENVELOPE, envelope_of
from fxgbuild.release.entry import PAYLOAD, Entry
from fxgbuild.release.facts import Contained
from fxgbuild.release.ledger import payload_digest
from fxgbuild.release.moment import stamp
from fxgbuild.release.release import LABEL as LABELLED
from fxgbuild.release.release import Release, make_release
from fxgbuild.signing.envelope import Distrust, read_envelope, seal
from fxgbuild.signing.trust import Trust, read_trust
from fxgbuild.store.index import Index

from .statements import released
from .world import LABEL, SETTINGS, trust_text

WHEEL = "ranked_words-0.1.0-py3-none-any.whl"
HALF = "\ud800"  # of a surrogate pair: JSON can say it, UTF-8 cannot
NO_TEXT = os.fsdecode(b"\xff\xfe")


def ledger(world):
    place, trust = open_place("channels/ledger", world.root), read_trust(world.path("trust.toml"))
    return open_book(place, trust, Index(world.folder / "unseen"))


def add(world, by, **changes):
    """Put an entry at the ledger's end as whoever can write there does; gives it."""
    book = ledger(world)
    last = book.ledger.entries[-1]
    changes = {"replaces": last.release, "number": last.number + 1} | changes
    entry = replace(last, previous=payload_digest(last), person=f"{by}@example.org", **changes)
    envelope = seal(entry.to_bytes(), PAYLOAD, world.signer(by))
    layers = (*book.manifest.layers, Descriptor.of(envelope, ENVELOPE))
    book.place.put_blob(envelope)
    new = book.place.put_manifest(replace(book.manifest, layers=layers).to_bytes())
    assert book.place.swap(TAG, book.head, new)
    return entry


# Time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["2026-W10-1T00:00:00Z", "2026-12-31T23:59:59+23:59"])
def test_a_stolen_key_finds_no_spelling_of_a_time_that_is_before_and_after(promoted, at):
    """The ledger's times are compared as texts, and the key's end as a moment."""
    text = 'until = "2026-06-01"' if "W" in at else 'until = "2026-12-31T00:00:01Z"'
    promoted.path("trust.toml").write_text(trust_text(promoted, rob=text))
    add(promoted, "rob", at=at, because="stolen")
    done = promoted.type("log", "--channel", "prod", by=None)
    assert (done.code, done.out) == (26, "")
    assert "does not say when it was made" in done.err


def test_an_entry_from_the_future_is_told(promoted):
    ahead = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)
    entry = add(promoted, "rob", at=stamp(ahead))
    done = promoted.type("verify", by=None)
    assert done.code == 26
    assert f"entry {entry.number} is dated {entry.at}, which is ahead" in done.out
    assert "ask rob@example.org" in done.out


# Documents ------------------------------------------------------------------------------------


def manifest(**changes):
    found, _ = make_release(LABEL, {}, {WHEEL: b"wheel", "words.lock": b"lock"}, b"{}", b"tar")
    return json.loads(found.manifest.to_bytes()) | changes


def named(value):
    """A release whose first file has another name."""
    found = manifest()
    found["layers"][0]["annotations"]["org.opencontainers.image.title"] = value
    return found


@pytest.mark.parametrize(
    "found",
    [
        manifest(annotations={LABELLED: "//words:wheel\x1b]0;mine\x07"}),
        manifest(annotations={LABELLED: "//words:wheel\nok //words:other"}),
        manifest(annotations={LABELLED: "wheel"}),
        manifest(annotations={LABELLED: LABEL, "note": HALF}),
        named("../../x-1.0-py3-none-any.whl"),
        named("\x1b[2Jx-1.0-py3-none-any.whl"),
        named("words.lock"),  # a statement's subjects are by name: one of the two would be in none
        named(""),
    ],
)
def test_a_release_with_names_that_mislead_is_none(found):
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    with pytest.raises(Malformed):
        Release.parse(text.encode() if "ud800" in text else canonical_json(found))


def test_text_that_cannot_be_written_again_is_in_no_document():
    entry = {"because": HALF, "number": 1}
    with pytest.raises(Malformed):
        Entry.parse(json.dumps(entry).encode())
    for data in (
        b'{"payload":"","payloadType":"\\ud800","signatures":[]}',
        b'{"a":"\xed\xa0\x80"}',
    ):
        with pytest.raises(Distrust):
            read_envelope(data)


def test_an_envelope_is_not_fetched_when_it_is_larger_than_any_statement():
    config = Descriptor.of(EMPTY, EMPTY_TYPE)
    large = replace(Descriptor.of(b"{}", ENVELOPE), size=MAX_ENVELOPE + 1)
    with pytest.raises(Malformed, match="an envelope of more than"):
        envelope_of(Manifest("application/vnd.in-toto+json", config, (large,)))


def test_an_entry_is_not_fetched_when_it_is_larger_than_any(tmp_path):
    place = layout.Layout("ledger", tmp_path / "ledger")
    large = replace(Descriptor.of(b"{}", ENVELOPE), size=MAX_ENVELOPE + 1)
    for blob in (EMPTY, b"{}"):
        place.put_blob(blob)
    new = Manifest(LEDGER, Descriptor.of(EMPTY, EMPTY_TYPE), (large,)).to_bytes()
    place.swap(TAG, None, place.put_manifest(new))
    with pytest.raises(Distrusted) as caught:
        open_book(place, Trust(), Index(tmp_path / "index"))
    assert "an entry of more than" in caught.value.facts["because"]


def test_what_an_envelope_says_of_itself_cannot_draw_on_the_terminal(promoted):
    book = ledger(promoted)
    signature = {"keyid": "\x1b[31mkey\nok  all is well", "sig": "AA=="}
    envelope = canonical_json({"payload": "", "payloadType": PAYLOAD, "signatures": [signature]})
    book.place.put_blob(envelope)
    layers = (*book.manifest.layers, Descriptor.of(envelope, ENVELOPE))
    new = replace(book.manifest, layers=layers).to_bytes()
    assert book.place.swap(TAG, book.head, book.place.put_manifest(new))
    done = promoted.type("log", "--channel", "prod")
    assert done.code == 26
    assert r"\x1b[31mkey\nok  all is well" in done.err


def test_many_statements_of_nobody_do_not_stop_a_promotion(promoted):
    """Whoever can write to a place can put thousands there; each is looked up in one list."""
    folder, release = promoted.path("channels/dev"), released(promoted)
    index = json.loads((folder / "index.json").read_text())
    about = Descriptor(MANIFEST, release.digest, 1)
    config, layers = Descriptor.of(EMPTY, EMPTY_TYPE), (Descriptor.of(EMPTY, EMPTY_TYPE),)
    for number in range(150):
        note = (("number", f"\x1b[31m{number}"),)
        data = Manifest("application/vnd.in-toto+json", config, layers, about, note).to_bytes()
        write_atomic(folder / "blobs" / "sha256" / digest_bytes(data).hex, data)
        index["manifests"].append(Descriptor.of(data, MANIFEST).to_json())
    write_atomic(folder / "index.json", json.dumps(index).encode())
    place = open_place("channels/dev", promoted.root)
    layout._parsed.cache_clear()
    assert len(place.referrers(release.digest)) == 152
    assert all(place.manifest(found.digest) for found in place.referrers(release.digest))
    assert layout._parsed.cache_info().misses == 1
    done = promoted.type("promote", release.artifact.digest.hex, "--to", "prod")
    assert (done.code, "already" in done.out) == (0, True)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_a_wheel_that_cannot_be_unpacked_is_one_error(tmp_path, method):
    made, name = io.BytesIO(), "ranked_words-0.1.0.dist-info/METADATA"
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr(name, b"Name: ranked-words\nVersion: 0.1.0\n" * 9)
    data = bytearray(made.getvalue())
    start = 30 + len(name) + 12  # behind what says how it is packed
    data[start : start + 8] = b"\xff" * 8
    with pytest.raises(PromotionRefused, match="no wheel that a package index can offer"):
        admit(tmp_path, WHEEL, bytes(data))


# Words and names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("promote", LABEL, "--to", "dev"),
        ("rollback", LABEL, "--channel", "dev"),
        ("approve", LABEL, "--role", "release"),
    ],
)
def test_a_reason_that_is_no_text_is_not_signed(promoted, words):
    done = promoted.type(*words, "--because", NO_TEXT)
    assert done.code == 2
    assert "it is no text in UTF-8" in done.err


@pytest.mark.parametrize(
    ("line", "words", "by"),
    [
        ("approve --reviewed", ("approve", LABEL, "--role", "release"), "ben"),
        ("common --acknowledge=f1", ("approve", LABEL, "--role", "release"), "ben"),
        ("promote --because=fine", ("promote", LABEL, "--to", "dev"), "ana"),
        ("verify --rebuild --attest", ("verify", LABEL), "cleo"),
    ],
)
def test_a_workspace_puts_no_word_into_what_somebody_signs(promoted, line, words, by):
    """An author's branch may bring an rc file; whoever approves it has not read that."""
    promoted.path(".fxgbuildrc").write_text(f"{line}\n")
    done = promoted.type(*words, by=by)
    assert done.code == 2
    assert "goes into what is signed, and has to be typed" in done.err


def test_a_clone_that_puts_another_commit_in_the_place_of_main_contains_no_more(promoted):
    promoted.git("checkout", "--quiet", "-b", "side")
    promoted.path("note.txt").write_text("no part of a package")
    side = promoted.commit("aside")
    promoted.git("replace", "--graft", "main", side)
    assert ask_git(promoted.root, [(side, "main")]) == {(side, "main"): Contained("no")}


@pytest.mark.parametrize("at", ["\\u0000x", "a\\nb", "~nobodyofthisname/x"])
def test_a_place_that_can_be_none_is_one_error(promoted, at):
    text = SETTINGS.replace('"channels/dev"', f'"{at}"')
    promoted.path("fxgbuild.toml").write_text(text)
    done = promoted.type("verify", "--channel", "dev")
    assert done.code in (1, 2)
    assert "a path has no control characters" in done.err or "no such user's home" in done.err


def test_one_envelope_in_many_wrappings_is_recorded_once(promoted):
    """What wraps a statement is not signed; each wrapping would make the ledger longer."""
    place, release = open_place("channels/dev", promoted.root), released(promoted)
    wrapped = Manifest.parse(place.manifest(place.referrers(release.digest)[0].digest))
    for number in range(9):
        again = replace(wrapped, annotations=(*wrapped.annotations, ("number", str(number))))
        place.put_manifest(again.to_bytes())
    recorded = set(ledger(promoted).ledger.entries[-1].attestations)
    other = '\n[channels.live]\nat = "channels/live"\nafter = "prod"\n'
    promoted.path("fxgbuild.toml").write_text(SETTINGS + other)
    promoted.promote(release.digest.hex, "live")
    assert set(ledger(promoted).ledger.entries[-1].attestations) == recorded


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_word_that_is_no_text_is_one_error(promoted, more):
    done = promoted.type("promote", NO_TEXT, "--to", "dev", *more)
    assert done.code == 2
    assert r"`\udcff\udcfe` names no release" in done.err
    assert not more or done.json["error"]["message"] == f"`{NO_TEXT}` names no release"


def test_a_word_that_is_too_long_for_a_file_is_nothing_that_can_be_verified(promoted):
    done = promoted.type("verify", "x" * 5000)
    assert done.code == 2
    assert "is nothing that can be verified" in done.err


def test_two_channels_in_one_place_whose_names_begin_alike_are_not_mistaken(promoted):
    other = '\n[channels.dev-eu]\nat = "channels/dev"\nafter = "dev"\n'
    promoted.path("fxgbuild.toml").write_text(SETTINGS + other)
    promoted.promote(released(promoted).digest.hex, "dev-eu")
    assert promoted.type("verify", by=None).code == 0


def test_an_organisation_s_policy_for_no_possible_channel_is_an_error(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text("fxg = 1\n[channels.Prod]\nrebuilt = 1\n")
    with pytest.raises(BadWorkspace):
        read_organisation({"FXG_POLICY": str(path)}, tmp_path / "none")


def test_a_machine_s_policy_that_may_not_be_looked_at_is_never_no_policy(tmp_path):
    closed = tmp_path / "etc"
    closed.mkdir()
    closed.chmod(0)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setuid(65534)  # root may look anywhere
            read_organisation({}, closed / "policy.toml")
        except BadWorkspace:
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    closed.chmod(0o700)
    assert os.waitstatus_to_exitcode(status) == 0
