"""Releases found by what people call them, and what was said of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fxgbuild.digest import Digest
from fxgbuild.errors import Distrusted, UsageError
from fxgbuild.oci.manifest import Malformed, Manifest
from fxgbuild.oci.place import Place
from fxgbuild.problem import closest
from fxgbuild.promote.channels import Channel, need_channel
from fxgbuild.promote.desk import Desk
from fxgbuild.release.attestation import Attestation
from fxgbuild.release.carrier import envelope_of
from fxgbuild.release.entry import Entry
from fxgbuild.release.release import Release
from fxgbuild.release.statement import PAYLOAD
from fxgbuild.signing.trust import open_attestation

FEWEST = 12  # characters of a digest that name something
WHOLE = 64
DIGEST = re.compile(rf"(?:sha256:)?([0-9a-f]{{{FEWEST},{WHOLE}}})")


@dataclass(frozen=True, slots=True)
class Shelved:
    """A release, and where it was read."""

    release: Release
    place: Place
    channel: str


def prefix_of(what: str) -> str:
    """The hex characters where a text is a digest or the beginning of one, else nothing."""
    found = DIGEST.fullmatch(what.lower())
    return found[1] if found else ""


def find(desk: Desk, what: str, channel: str = "", to: Channel | None = None) -> Shelved:
    """A release by label, by its digest, or by that of its file; the beginning will do.

    With `channel` it is what that channel has or had; on its way `to` a channel it is read where
    that takes it from. A label means its newest release. Raises UsageError where nothing or
    several are meant, Distrusted where a place lost what it had.
    """
    if channel:
        need_channel(desk.channels, channel)
    entries = [e for e in desk.book.ledger.entries if not channel or e.channel == channel]
    prefix = prefix_of(what)
    if what.startswith("//"):
        meant = [entry for entry in entries if entry.label == what][-1:]
    elif prefix:
        meant = [e for e in entries if _begins(prefix, (e.release, e.file))]
    else:
        hint = f"a label such as `//eeg:wheel`, or at least {FEWEST} characters of a digest"
        raise UsageError(f"`{what[:100]}` names no release", hint=hint)
    if len({entry.release for entry in meant}) > 1:
        meant = [entry for entry in meant if _is_there(desk, entry)] or meant
    if len({entry.release for entry in meant}) > 1:
        raise _several(what, meant)
    if meant:
        return read_shelved(desk, nearest(meant, to) if to else meant[-1])
    found = _unrecorded(desk, prefix, channel) if prefix else None
    if found is None:
        raise _nothing(desk, what, channel, entries)
    return found


def nearest(entries: list[Entry], to: Channel) -> Entry:
    """Of some entries of a release that of the channel before, or of the channel itself."""
    found = {entry.channel: entry for entry in entries}
    return found.get(to.after) or found.get(to.name) or entries[-1]


def _is_there(desk: Desk, entry: Entry) -> bool:
    """Does a channel have this release now?"""
    current = desk.book.ledger.current(entry.channel, entry.label)
    return current is not None and current.release == entry.release


def read_shelved(desk: Desk, entry: Entry) -> Shelved:
    """The release of an entry, from its channel or another that has it; raises Distrusted."""
    first = desk.channels.get(entry.channel)
    others = (channel for channel in desk.channels.values() if channel is not first)
    for channel in (*([first] if first else []), *others):
        release = read_release(channel.place, entry.release)
        if release is not None and _is_of(release, entry):
            return Shelved(release, channel.place, channel.name)
    where = first.place.name if first else f"`{entry.channel}`, which is not declared any more"
    raise Distrusted(
        f"the release of {entry.label} is lost",
        facts={"release": f"sha256:{entry.release.hex}", "its place": where},
        hint=f"entry {entry.number} of the ledger names it; restore the place from a copy",
    )


def _is_of(release: Release, entry: Entry) -> bool:
    return (release.label, release.artifact.digest) == (entry.label, entry.file)


def read_release(place: Place, digest: Digest) -> Release | None:
    """A release of a place, or None; raises Distrusted where it is something else."""
    data = place.manifest(digest)
    if data is None:
        return None
    try:
        return Release.parse(data)
    except Malformed as error:
        raise Distrusted(
            "what should be a release is something else",
            facts={"place": place.name, "digest": f"sha256:{digest.hex}", "cause": str(error)},
        ) from None


def _unrecorded(desk: Desk, prefix: str, channel: str) -> Shelved | None:
    """A release that the ledger does not know, such as one that was imported."""
    wanted = [need_channel(desk.channels, channel)] if channel else desk.channels.values()
    for each in wanted:
        for release in _releases(each, prefix):
            if _begins(prefix, (release.digest, release.artifact.digest)):
                return Shelved(release, each.place, each.name)
    return None


def _releases(channel: Channel, prefix: str) -> Iterable[Release]:
    digests = [Digest(prefix)] if len(prefix) == WHOLE else []
    digests += [d for tag in channel.place.tags() if (d := channel.place.tag(tag))]
    for digest in dict.fromkeys(digests):
        data = channel.place.manifest(digest)
        try:
            if data is not None:
                yield Release.parse(data)
        except Malformed:
            continue  # a ledger, or somebody else's image


def _begins(prefix: str, digests: Iterable[Digest]) -> bool:
    return any(digest.hex.startswith(prefix) for digest in digests)


def _several(what: str, entries: list[Entry]) -> UsageError:
    newest = {entry.release: entry for entry in entries}
    facts = {e.release.short: f"{e.label} in {e.channel}, {e.at}" for e in newest.values()}
    return UsageError(
        f"`{what}` names {len(newest)} releases",
        facts=facts,
        hint="type more of the release's digest",
    )


def _nothing(desk: Desk, what: str, channel: str, entries: list[Entry]) -> UsageError:
    where = f"channel `{channel}`" if channel else "channel"
    if prefix_of(what):
        known = [digest.hex for entry in entries for digest in (entry.release, entry.file)]
        near = closest(prefix_of(what), [name[: len(prefix_of(what))] for name in known])
    else:
        near = closest(what, {entry.label for entry in entries})
    hint = "`fxgbuild log --channel NAME` lists what a channel has"
    if 0 < len(prefix_of(what)) < WHOLE:
        hint += "; what was imported is named by its whole digest"
    return UsageError(
        f"no {where} has `{what}`" if not channel else f"{where} has no `{what}`",
        facts={"closest": near, "channels": ", ".join(desk.channels)},
        hint=hint,
    )


# What was said --------------------------------------------------------------------------------


def attestations(desk: Desk, place: Place, release: Release) -> tuple[Attestation, ...]:
    """The signed statements that a place holds of a release, opened with the trust; all of them,
    also those that do not count."""
    referrers = place.referrers(release.digest)
    return tuple(
        attestation(desk, place, release, referrer.digest)
        for referrer in referrers
        if referrer.artifact_type == PAYLOAD
    )


def attestation(desk: Desk, place: Place, release: Release, manifest: Digest) -> Attestation:
    """The signed statement that a manifest carries; what is wrong with it is its doubt."""
    data = place.manifest(manifest)
    if data is None:
        return Attestation(manifest, manifest, doubt="the place has lost it")
    try:
        envelope = envelope_of(Manifest.parse(data))
    except Malformed as error:
        return Attestation(manifest, manifest, doubt=str(error))
    witnessed = desk.book.ledger.witnessed
    return open_attestation(
        place.blob(envelope), manifest, release, desk.trust, desk.now, witnessed
    )
