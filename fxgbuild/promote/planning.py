"""A promotion planned: what the ledger, the places and the policy make of a release and a channel.

Nothing is written here. What comes out is executed as it is by `promote/execute.py`.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fxgbuild.digest import Digest
from fxgbuild.errors import Distrusted, PlaceUnavailable, PromotionRefused
from fxgbuild.oci.manifest import EMPTY_TYPE, MANIFEST, Descriptor, Manifest
from fxgbuild.oci.place import Place
from fxgbuild.places.python_index import admit, agrees
from fxgbuild.promote.channels import Channel, tag_of
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.shelf import read_shelved
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.entry import Entry
from fxgbuild.release.line import Line
from fxgbuild.release.moment import stamp
from fxgbuild.release.moves import Carry, Copy, Listing, Moves, Pointer
from fxgbuild.release.release import Release

MOST_SKEW = datetime.timedelta(minutes=5)  # between the clocks of those who promote
WHEEL = ".whl"


@dataclass(frozen=True, slots=True)
class Contents:
    """Where bytes come from: made here, or in one of some places."""

    places: tuple[Place, ...]
    made: Mapping[Digest, bytes] = field(default_factory=dict)

    def blob(self, content: Descriptor) -> bytes:
        """A blob's bytes; raises Distrusted where no place has it any more."""
        if content.digest in self.made:
            return self.made[content.digest]
        holder = next((place for place in self.places if place.has(content)), self.places[0])
        return holder.blob(content)

    def manifest(self, digest: Digest) -> bytes:
        """A manifest's bytes; raises Distrusted where no place has it any more."""
        if digest in self.made:
            return self.made[digest]
        for place in self.places:
            data = place.manifest(digest)
            if data is not None:
                return data
        raise Distrusted(
            "a place has lost what it had",
            facts={"digest": f"sha256:{digest.hex}", "place": self.places[0].name},
            hint="restore the place from a copy, or promote the artifact from its build again",
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A release that is to enter a channel, with what was said of it."""

    release: Release
    source: str  # the channel that it comes from; empty where it was made here
    contents: Contents
    statements: tuple[Attestation, ...]
    commit: str = ""
    signs: tuple[str, ...] = ()  # what is signed for it here


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants what to be done, and why."""

    kind: Literal["promote", "rollback"]
    channel: Channel
    because: str
    person: str  # whose key signs; empty where nobody does, in a dry run
    clock_is_right: bool = False  # where the last entry is dated ahead of it, that one's was not


def plan_moves(
    desk: Desk, wish: Wish, candidate: Candidate, lines: tuple[Line, ...], policy: Digest
) -> Moves:
    """Everything that a promotion will do."""
    channel, release = wish.channel, candidate.release
    finish = unfinished(desk, channel, release)
    current = desk.book.ledger.current(channel.name, release.label)
    has = current is not None and current.release == release.digest
    entry = current if current and has else _entry(desk, wish, candidate, current, policy)
    settled = {(p.place, p.tag): p.new for carry in finish for p in carry.pointers}
    begun = {copy for carry in finish for copy in carry.copies}
    copies = _copies(channel.places, release, _counted(candidate), candidate.contents)
    carry = Carry(
        entry,
        tuple(copy for copy in copies if copy not in begun),
        tuple(_pointers(channel, entry, settled)),
        tuple(_listings(channel, release, candidate.contents, finish)),
    )
    return Moves(lines, finish, candidate.signs, carry, "" if has else desk.ledger_place.name)


def _entry(
    desk: Desk, wish: Wish, candidate: Candidate, current: Entry | None, policy: Digest
) -> Entry:
    """What the ledger is to say."""
    release, ledger = candidate.release, desk.book.ledger
    return Entry(
        number=len(ledger.entries) + 1,
        previous=ledger.last,
        at=_time(desk, wish),
        kind=wish.kind,
        channel=wish.channel.name,
        label=release.label,
        release=release.digest,
        file=release.artifact.digest,
        source=candidate.source,
        replaces=current.release if current else None,
        because=wish.because,
        person=wish.person,
        commit=candidate.commit,
        attestations=_counted(candidate),
        policy=policy,
    )


def _counted(candidate: Candidate) -> tuple[Digest, ...]:
    """The statements that go with the release: those that count."""
    return tuple(a.manifest for a in candidate.statements if a.counts)


def _time(desk: Desk, wish: Wish) -> str:
    """Now, as the entry will say; never before the entry that it follows."""
    now, head = stamp(desk.now), desk.book.ledger.head
    if head is None or now >= head.at:
        return now
    ahead = datetime.datetime.fromisoformat(head.at) - desk.now
    if ahead > MOST_SKEW and not wish.clock_is_right:
        raise PromotionRefused(
            "this machine's clock is behind the ledger",
            facts={"now": now, f"entry {head.number}": head.at},
            hint="set the clock; if it is that entry's promoter whose clock was wrong, "
            "`--clock-is-right` goes on with the entry's time",
        )
    return head.at


# What an earlier promotion left ---------------------------------------------------------------


def unfinished(desk: Desk, channel: Channel, release: Release) -> tuple[Carry, ...]:
    """What promotions that were killed between ledger and tags have left to do: the last one
    wherever it was, and any in this channel. A tag that is gone is set again by promoting what it
    should point to.

    Raises Distrusted where a tag is neither what the ledger says nor what it was before.
    """
    ledger = desk.book.ledger
    found = []
    for entry in dict.fromkeys((ledger.head, *ledger.now(channel.name).values())):
        where = desk.channels.get(entry.channel) if entry else None
        if entry is None or where is None:
            continue
        concerned = where is channel and entry.label == release.label
        again = concerned and entry.release == release.digest
        try:
            carry = unfinished_of(desk, where, entry, gone=again)
        except PlaceUnavailable:
            if where is channel:
                raise
            continue  # whoever promotes there next will do it
        except Distrusted:
            if concerned or entry is ledger.head:
                raise
            continue  # of another label: it stops those who promote that, and `verify`
        if not carry.is_done():
            found.append(carry)
    return tuple(found)


def unfinished_of(desk: Desk, channel: Channel, entry: Entry, *, gone: bool = False) -> Carry:
    """What is missing for a channel to be as its present entry says; raises Distrusted."""
    pointers = tuple(_pointers(channel, entry, {}, gone=gone))
    behind = {pointer.place for pointer in pointers}
    if not behind and channel.index is None:
        return Carry(entry)
    shelved = read_shelved(desk, entry)
    contents = Contents((shelved.place, *everywhere(desk)))
    places = [place for place in channel.places if place.name in behind]
    copies = tuple(_copies(places, shelved.release, entry.attestations, contents))
    return Carry(entry, copies, pointers, tuple(_listings(channel, shelved.release, contents)))


def everywhere(desk: Desk) -> tuple[Place, ...]:
    """The places of all channels, each once."""
    places = {place.name: place for c in desk.channels.values() for place in c.places}
    return tuple(places.values())


# Parts ----------------------------------------------------------------------------------------


def _copies(
    places: Iterable[Place], release: Release, statements: tuple[Digest, ...], contents: Contents
) -> Iterable[Copy]:
    """What places lack: blobs, the release, then its statements, each after what it names."""
    carriers = {}
    for digest in statements:
        data = contents.manifest(digest)
        carriers[digest] = (Descriptor(MANIFEST, digest, len(data)), Manifest.parse(data))
    described = release.manifest.described()
    for place in places:
        blobs = {blob.digest: blob for blob in release.manifest.blobs}
        names = {blob.digest: blob.title or "image configuration" for blob in blobs.values()}
        there = place.has(described)
        yield from (
            Copy(place.name, names[blob.digest], blob)
            for blob in blobs.values()
            if not place.has(blob)
        )
        if not there:
            yield Copy(place.name, "release", described)
        listed = {referrer.digest for referrer in place.referrers(release.digest)} if there else ()
        lacking = {d: pair for d, pair in carriers.items() if d not in listed}
        parts = {blob.digest: (blob, m) for _, m in lacking.values() for blob in m.blobs}
        for blob, carrier in parts.values():
            if not place.has(blob):
                what = "empty" if blob.media_type == EMPTY_TYPE else _said(carrier)
                yield Copy(place.name, what, blob)
        for descriptor, carrier in lacking.values():
            yield Copy(place.name, f"{_said(carrier)}, of the release", descriptor)


def _said(carrier: Manifest) -> str:
    return dict(carrier.annotations).get("in-toto.io/predicate-type", "statement")


def _pointers(
    channel: Channel,
    entry: Entry,
    settled: Mapping[tuple[str, str], Digest],
    *,
    gone: bool = False,
) -> Iterable[Pointer]:
    """The tags that are to be moved; with `gone` also one that is not there any more."""
    tag = tag_of(channel.name, entry.label)
    for place in channel.places:
        now = settled.get((place.name, tag)) or place.tag(tag)
        absent = now is None and (gone or place is not channel.place)
        if now == entry.release:
            continue
        if now != entry.replaces and not absent:
            raise _moved(channel, place, tag, now, entry)
        yield Pointer(place.name, tag, now, entry.release)


def _moved(
    channel: Channel, place: Place, tag: str, now: Digest | None, entry: Entry
) -> Distrusted:
    """A tag that nobody who records what he does has moved."""
    release = entry.release.short
    mends = f"`fxgbuild promote {release} --to {channel.name}` sets it again"
    return Distrusted(
        f"a tag of `{channel.name}` is not what the ledger says",
        facts={
            "place": place.name,
            "tag": tag,
            "points to": f"sha256:{now.hex}" if now else "nothing",
            "ledger": f"sha256:{entry.release.hex}, entry {entry.number}",
        },
        hint=f"find out who moved it and remove the tag; {mends}" if now else mends,
    )


def _listings(
    channel: Channel, release: Release, contents: Contents, finish: Iterable[Carry] = ()
) -> Iterable[Listing]:
    """The wheel, where the index does not offer it, or will not when `finish` is done."""
    artifact = release.artifact
    if channel.index is None or not artifact.title.endswith(WHEEL):
        return
    found = Listing(channel.doc.index, artifact)
    place = (channel.name, release.label)
    begun = [c.listings for c in finish if c.listings and (c.entry.channel, c.entry.label) == place]
    offered = begun == [(found,)]
    if not offered and (begun or agrees(channel.index, artifact.title, artifact.digest)):
        admit(channel.index, artifact.title, contents.blob(artifact))
        yield found
