"""The ledger is one chain: whatever is dropped, moved or changed in it is found, and where."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.digest import digest_bytes
from fxgbuild.oci.manifest import Malformed, document
from fxgbuild.release.entry import Entry
from fxgbuild.release.ledger import Broken, Ledger, chained, follow, payload_digest
from tests.docs.pages import code, read, rows, section

few = settings(max_examples=25)  # what a dropped or changed entry breaks does not hide
CHANNELS = ("dev", "prod")
LABELS = ("//a:wheel", "//b:wheel")


def digest(name):
    return digest_bytes(str(name).encode())


def at(minute):
    return f"2026-11-21T{minute // 60:02}:{minute % 60:02}:00Z"


def grown(steps):
    """A ledger of (channel, label, release, minutes later) in order."""
    ledger, minute = Ledger(), 0
    for channel, label, release, later in steps:
        minute += later
        current = ledger.current(channel, label)
        new = digest(release)
        entry = Entry(
            number=len(ledger.entries) + 1,
            previous=ledger.last,
            at=at(minute),
            kind="rollback" if new in ledger.had(channel, label)[:-1] else "promote",
            channel=channel,
            label=label,
            release=new,
            file=digest(f"file of {release}"),
            source="",
            replaces=current.release if current else None,
            because="",
            person="ana@example.org",
            commit="",
            attestations=(digest(f"said of {release}"),),
            policy=digest("policy"),
        )
        ledger = follow(ledger, entry)
    return ledger


steps = st.lists(
    st.tuples(
        st.sampled_from(CHANNELS), st.sampled_from(LABELS), st.integers(1, 4), st.integers(0, 30)
    ),
    min_size=2,
    max_size=8,
)


@few
@given(steps, st.data())
def test_an_entry_that_is_dropped_is_found_unless_it_was_the_last(found, data):
    entries = list(grown(found).entries)
    dropped = data.draw(st.integers(0, len(entries) - 2))
    del entries[dropped]
    with pytest.raises(Broken) as broken:
        chained(entries)
    assert broken.value.number == dropped + 1
    assert "is missing" in str(broken.value)


@few
@given(steps, st.data())
def test_two_entries_that_change_places_are_found(found, data):
    entries = list(grown(found).entries)
    one = data.draw(st.integers(0, len(entries) - 2))
    other = data.draw(st.integers(one + 1, len(entries) - 1))
    entries[one], entries[other] = entries[other], entries[one]
    with pytest.raises(Broken) as broken:
        chained(entries)
    assert broken.value.number == one + 1


EDITS = {
    "at": "2026-11-21T23:59:59Z",
    "channel": "elsewhere",
    "label": "//c:wheel",
    "release": digest("another"),
    "file": digest("another"),
    "source": "elsewhere",
    "because": "another reason",
    "person": "eve@example.org",
    "commit": "f" * 40,
    "attestations": (),
    "policy": digest("another"),
    "previous": digest("another"),
    "replaces": digest("another"),
}


@few
@given(steps, st.sampled_from(sorted(EDITS)), st.data())
def test_an_entry_that_is_edited_breaks_the_chain_at_it_or_after_it(found, name, data):
    entries = list(grown(found).entries)
    edited = data.draw(st.integers(0, len(entries) - 2))
    entries[edited] = replace(entries[edited], **{name: EDITS[name]})
    with pytest.raises(Broken) as broken:
        chained(entries)
    assert edited + 1 <= broken.value.number <= edited + 2


def test_times_that_go_back_are_found():
    entries = list(grown([("dev", "//a:wheel", 1, 9), ("dev", "//a:wheel", 2, 9)]).entries)
    entries[1] = replace(entries[1], at=at(1))
    with pytest.raises(Broken, match="before the entry that it follows"):
        chained(entries)


def test_a_rollback_is_to_something_that_the_channel_had():
    ledger = grown([("dev", "//a:wheel", 1, 0), ("prod", "//a:wheel", 2, 0)])
    back = replace(
        ledger.entries[0], number=3, previous=ledger.last, kind="rollback", at=at(5),
        release=digest(2), replaces=digest(1),
    )  # fmt: skip
    with pytest.raises(Broken, match="rolls back to what `dev` never had"):
        follow(ledger, back)


def test_an_entry_in_other_bytes_is_none():
    (entry,) = grown([("dev", "//a:wheel", 1, 0)]).entries
    with pytest.raises(Malformed):
        Entry.parse(entry.to_bytes().replace(b'{"at"', b'{ "at"'))


@few
@given(steps, st.integers(0, 250))
def test_a_ledger_says_what_every_channel_has_had_and_had_at_a_time(found, when):
    """By a model that is too simple to be wrong: dictionaries."""
    ledger = grown(found)
    has, then, had, minute = {}, {}, {}, 0
    for channel, label, release, later in found:
        minute += later
        has[channel, label] = digest(release)
        had.setdefault((channel, label), []).append(digest(release))
        if minute <= when:
            then[channel, label] = digest(release)
    for channel in CHANNELS:
        now = {name: release for (where, name), release in has.items() if where == channel}
        old = {name: release for (where, name), release in then.items() if where == channel}
        assert {label: e.release for label, e in ledger.now(channel).items()} == now
        assert {label: e.release for label, e in ledger.at(channel, at(when)).items()} == old
        for label, release in now.items():
            assert ledger.current(channel, label).release == release
            assert list(ledger.had(channel, label)) == had[channel, label]


def test_what_a_channel_had_at_a_time():
    ledger = grown([("dev", "//a:wheel", 1, 10), ("dev", "//a:wheel", 2, 10)])
    releases = [
        {label: entry.release for label, entry in ledger.at("dev", at(minute)).items()}
        for minute in (9, 10, 19, 20, 90)
    ]
    one, two = {"//a:wheel": digest(1)}, {"//a:wheel": digest(2)}
    assert releases == [{}, one, one, two, two]


def test_the_ledger_is_a_witness_of_when_a_statement_was_first_recorded():
    ledger = grown([("dev", "//a:wheel", 1, 10), ("prod", "//a:wheel", 1, 10)])
    assert ledger.witnessed == {digest("said of 1"): at(10)}


@few
@given(steps)
def test_entries_are_read_as_written_found_by_digest_and_named_by_the_next(found):
    ledger = grown(found)
    assert ledger.last == payload_digest(ledger.entries[-1])
    assert ledger.find("0" * 12) == ()
    for entry in ledger.entries:
        assert Entry.parse(entry.to_bytes()) == entry
        assert entry in ledger.find(entry.release.hex[:12])
        assert entry in ledger.find(entry.file.hex)


def test_the_fields_of_an_entry_are_in_the_documents():
    (entry,) = grown([("dev", "//a:wheel", 1, 0)]).entries
    table = rows(section(read("docs/formats.md"), "Channels and the ledger"))
    listed = [name for row in table for name in code(row[0])]
    assert sorted(listed) == sorted(document(entry.to_bytes()))
