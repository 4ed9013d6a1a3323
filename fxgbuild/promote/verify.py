"""`verify`: every check that a release, a channel and the ledger can be held to, one by one.

Nothing here stops at the first thing that is wrong: what is printed says all of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from fxgbuild.digest import Digest
from fxgbuild.errors import Distrusted, FxgError, PlaceUnavailable, PromotionRefused
from fxgbuild.files import DiskTree
from fxgbuild.lang.load import load_settings
from fxgbuild.oci.manifest import Malformed, oci
from fxgbuild.oci.place import Place
from fxgbuild.promote.agreement import bill_disagrees, pins_disagree
from fxgbuild.promote.channels import Channel, tag_of
from fxgbuild.promote.closure_tree import ClosureTree
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.judging import judge
from fxgbuild.promote.planning import unfinished_of
from fxgbuild.promote.shelf import Shelved, attestation, read_release
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.case import Case, open_case
from fxgbuild.release.check import OPEN, UNTRUE, Check, failed, of_line, worst_of
from fxgbuild.release.closure import contents
from fxgbuild.release.entry import Entry
from fxgbuild.release.evidence import Evidence
from fxgbuild.release.facts import Facts
from fxgbuild.release.release import Release
from fxgbuild.release.standing import consistent, provenance, stages, validation
from fxgbuild.release.statement import PAYLOAD
from fxgbuild.release.stay import instant
from fxgbuild.signing.trust import SKEW

TROUBLE = (Distrusted, PlaceUnavailable)  # what a place can do to a check
Kind = Literal["promote", "rollback"]
ALONE = (provenance, validation, stages, consistent)  # the rules that ask for no channel


@dataclass(frozen=True, slots=True)
class Verified:
    """Something that was checked, with every check of it."""

    about: str
    checks: tuple[Check, ...]
    shelved: Shelved | None = None

    @property
    def exit_code(self) -> int:
        return worst_of(self.checks)


def verify_release(desk: Desk, shelved: Shelved, entry: Entry | None = None) -> Verified:
    """A release where it lies; with the entry by which a channel has it, also in that channel."""
    release, place = shelved.release, shelved.place
    channel = desk.channels[entry.channel] if entry else None
    about = f"{release.label} {oci(release.artifact.digest)} in {shelved.channel or place.name}"
    found = tuple(_opened(desk, release, place))
    checks = list(_bytes(release, place))
    for other in channel.places if channel and shelved.channel else ():
        if other.name != place.name:
            checks += _copy(desk, release, other)
    checks += _statements(desk, shelved, found)
    case = open_case(_facts(desk, release, found, entry))
    if channel and entry:
        kind: Kind = "rollback" if entry.kind == "rollback" else "promote"
        lines = judge(desk, channel.name, release, found, kind).lines
    else:
        lines = tuple(line for rule in ALONE for line in rule(case))
    checks += [of_line(line) for line in lines]
    checks += _parts(desk, case, place)
    if channel and entry:
        checks += _standing(desk, channel, entry)
    return Verified(about, tuple(checks), shelved)


def verify_all(desk: Desk, only: str = "") -> Iterator[Verified]:
    """The ledger, everything that it names, and what every channel, or one, has now."""
    channels = [desk.channel(only)] if only else [*desk.channels.values()]
    yield Verified("the ledger", tuple(_ledger(desk, channels)))
    for channel in channels:
        known = desk.book.ledger.now(channel.name)
        for entry in known.values():
            yield verify_entry(desk, entry)
        yield Verified(f"the channel {channel.name}", tuple(_tags(desk, channel)))


def _tags(desk: Desk, channel: Channel) -> Iterator[Check]:
    found: list[Check] = []
    for place in channel.places:
        try:
            found += strays(desk, channel, place)
        except TROUBLE as error:
            found.append(of_error("tags", error))
    yield from found or (Check("tags", "every tag of it is in the ledger"),)


def verify_entry(desk: Desk, entry: Entry) -> Verified:
    """What a channel has by an entry; a channel that lost it is told like all else."""
    about = f"{entry.label} {oci(entry.file)} in {entry.channel}"
    place = desk.channels[entry.channel].place
    try:
        release = read_release(place, entry.release)
        if release is None:
            lost = f"{place.name} has lost the release {oci(entry.release)}"
            again = f"`fxgbuild promote {entry.file.short} --to {entry.channel}` copies it anew"
            return Verified(about, (failed("release", lost, again),))
        return verify_release(desk, Shelved(release, place, entry.channel), entry)
    except TROUBLE as error:
        return Verified(about, (of_error("release", error),))


def of_error(name: str, error: FxgError) -> Check:
    """What a place or a file is not, as a check."""
    facts = {fact: value for fact, value in error.facts.items() if value}
    short = "; ".join(f"{fact} {value}" for fact, value in facts.items() if "\n" not in value)
    shown = [line for value in facts.values() if "\n" in value for line in value.splitlines()]
    told = f"{error.message} ({short})" if short else error.message
    return Check(name, told, error.exit_code, error.hint, tuple(shown))


# The release itself ---------------------------------------------------------------------------


def _bytes(release: Release, place: Place) -> Iterator[Check]:
    """Every blob has the digest and the size that the manifest says."""
    wrong = False
    for blob in release.manifest.blobs:
        try:
            place.blob(blob)
        except Distrusted as error:
            wrong = True
            told = of_error("bytes", error)
            yield replace(told, found=f"{blob.title or 'configuration'}: {told.found}")
    if not wrong:
        size = sum(blob.size for blob in release.manifest.blobs)
        count = len(release.manifest.blobs)
        yield Check("bytes", f"{count} blobs, {size} bytes, each of its digest")
        yield Check("release", oci(release.digest))


def _copy(desk: Desk, release: Release, place: Place) -> Iterator[Check]:
    """Another place of the same channel: its bytes, and that no statement is gone from there."""
    try:
        if read_release(place, release.digest) is None:
            again = "`fxgbuild promote` it to the channel again, which copies it there"
            yield failed("release", f"{place.name} does not have it yet", again, OPEN)
            return
        for check in _bytes(release, place):
            yield replace(check, name=f"{check.name} in {place.name}")
        listed = {referrer.digest for referrer in place.referrers(release.digest)}
        for digest, number in _recorded(desk, release, place).items():
            if digest not in listed:
                yield _gone(digest, number, place)
    except TROUBLE as error:
        yield of_error(f"release in {place.name}", error)


def _opened(desk: Desk, release: Release, place: Place) -> Iterator[Attestation]:
    """Every signed statement; one whose bytes are damaged is a statement that does not count."""
    for referrer in place.referrers(release.digest):
        if referrer.artifact_type == PAYLOAD:
            try:
                yield attestation(desk, place, release, referrer.digest)
            except Distrusted as error:
                cause = error.facts.get("cause", "")
                yield Attestation(
                    referrer.digest, referrer.digest, doubt=f"{error.message}: {cause}"
                )


def _statements(desk: Desk, shelved: Shelved, found: Iterable[Attestation]) -> Iterator[Check]:
    """Signatures and subjects. What the ledger recorded here must be there and still count."""
    known = {one.manifest: one for one in found}
    by_entry = _recorded(desk, shelved.release, shelved.place)
    for manifest, one in known.items():
        statement = one.statement
        kind = statement.predicate_type if statement else "an envelope"
        if one.counts and statement:
            yield Check("statement", f"{kind} signed by {one.person}, {statement.at}")
        elif manifest in by_entry:
            number = by_entry[manifest]
            told = f"{kind}, recorded by entry {number}, counts no longer: {one.doubt}"
            yield failed("statement", told, "find out why; sign it anew with a key that counts")
        else:
            yield Check("statement", f"{kind} is passed over: {one.doubt}")
    for digest, number in by_entry.items():
        if digest not in known:
            yield _gone(digest, number, shelved.place)


def _gone(digest: Digest, number: int, place: Place) -> Check:
    told = f"{oci(digest)}, recorded by entry {number}, is gone from {place.name}"
    return failed("statement", told, "restore it from another place that has the release")


def _recorded(desk: Desk, release: Release, place: Place) -> dict[Digest, int]:
    """The statements that entries of this place's channels name, with the first of them."""
    here = _lying_in(desk, place)
    found: dict[Digest, int] = {}
    for entry in desk.book.ledger.history(release.label):
        if entry.channel in here and entry.release == release.digest:
            for digest in entry.attestations:
                found.setdefault(digest, entry.number)
    return found


def _lying_in(desk: Desk, place: Place) -> set[str]:
    """The channels of a place; several may share one."""
    return {
        channel.name
        for channel in desk.channels.values()
        if place.name in {own.name for own in channel.places}
    }


def _facts(
    desk: Desk, release: Release, found: tuple[Attestation, ...], entry: Entry | None
) -> Facts:
    channel, source = (entry.channel, entry.source) if entry else ("", "")
    return Facts(channel, source, release, found, desk.book.ledger, desk.now)


def _parts(desk: Desk, case: Case, place: Place) -> Iterator[Check]:
    """The bill of materials and the closure say what the provenance says."""
    evidence, release = case.provenance.evidence, case.release
    if evidence is None:
        return  # said already
    if dict(evidence.files) != release.files or evidence.label != release.label:
        yield failed("files", "the provenance names other files than the release")
    try:
        wrong = bill_disagrees(place.blob(release.sbom), evidence)
        closure = place.blob(release.closure)
    except Distrusted:
        return  # said already
    again = "make the release anew: build it and promote it under another version"
    if wrong:
        yield failed("bill of materials", wrong, again)
    else:
        yield Check("bill of materials", f"of {evidence.name} {evidence.version}")
    yield from _closure(desk, closure, evidence, again)


def _closure(desk: Desk, data: bytes, evidence: Evidence, again: str) -> Iterator[Check]:
    try:
        files = contents(data)
    except Malformed as error:
        yield failed("closure", str(error), again)
        return
    settings, problems = load_settings(ClosureTree(files, DiskTree(desk.root)))
    wrong = [str(problem) for problem in problems[:1]]
    wrong += pins_disagree(files, settings.cache, evidence)
    for text in wrong:
        yield failed("closure", text, again)
    if not wrong:
        pins = sum(node.pinned is not None for node in evidence.nodes)
        yield Check("closure", f"{len(files)} files, {pins} pins as the provenance names them")


# Where it stands ------------------------------------------------------------------------------


def _standing(desk: Desk, channel: Channel, entry: Entry) -> Iterator[Check]:
    """The channel's tags and index are what the ledger says, or on their way there."""
    yield Check("ledger", f"entry {entry.number}, {entry.kind} {entry.at} by {entry.person}")
    try:
        carry = unfinished_of(desk, channel, entry)
    except TROUBLE as error:
        yield of_error("channel", error)
        return
    except PromotionRefused as error:  # its index has this version with other bytes
        yield replace(of_error("channel", error), exit_code=UNTRUE)
        return
    if carry.is_done():
        told = f"{tag_of(channel.name, entry.label)} points to it"
        yield Check("channel", told + (" and the index offers it" if channel.index else ""))
        return
    moved = [f"{pointer.tag} in {pointer.place}" for pointer in carry.pointers]
    moved += [f"the index {listing.folder}" for listing in carry.listings]
    told = f"entry {entry.number} is unfinished: not yet moved are {', '.join(moved)}"
    again = f"`fxgbuild promote {entry.release.short} --to {channel.name}` finishes it"
    yield failed("channel", told, again, OPEN)


def _ledger(desk: Desk, channels: Iterable[Channel]) -> Iterator[Check]:
    """It is whole (reading it has checked that), and what it names is still there."""
    entries = desk.book.ledger.entries
    yield Check(
        "ledger", f"{len(entries)} entries, chained and signed, in {desk.ledger_place.name}"
    )
    head = desk.book.ledger.head
    if head and instant(head.at) > desk.now + SKEW:
        told = f"entry {head.number} is dated {head.at}, which is ahead of this machine's clock"
        yield failed("ledger", told, f"ask {head.person}; ages in channels are counted by it")
    wrong = [check for channel in channels for check in _lost(channel, entries)]
    yield from wrong or (Check("history", "every release and statement that it names is there"),)


def _lost(channel: Channel, entries: Iterable[Entry]) -> Iterator[Check]:
    """What a channel's place has no more, although an entry names it."""
    seen: set[Digest] = set()
    own = (
        (e, d) for e in entries if e.channel == channel.name for d in (e.release, *e.attestations)
    )
    for entry, digest in own:
        if digest in seen:
            continue
        seen.add(digest)
        try:
            there = channel.place.manifest(digest) is not None
        except PlaceUnavailable as error:
            yield of_error("history", error)
            return
        except Distrusted:
            there = False
        if not there:
            told = f"entry {entry.number} names {oci(digest)}, and {channel.place.name} lost it"
            yield failed("history", told, "restore the place from a copy")


def strays(desk: Desk, channel: Channel, place: Place) -> Iterator[Check]:
    """Tags that look like this channel's, and that no entry of the ledger accounts for."""
    ledger = desk.book.ledger
    here = _lying_in(desk, place)  # the tags of `prod-eu` look like those of `prod`
    known = {tag_of(name, label) for name in here for label in ledger.now(name)}
    for tag in place.tags():
        if tag.startswith(f"{channel.name}-") and tag not in known:
            told = f"the tag {tag} in {place.name} is not in the ledger"
            yield failed("tags", told, "remove it; nobody promoted what it points to")
