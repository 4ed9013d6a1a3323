"""What `verify` is asked of: a file, a folder, a digest, a label, an address of a registry."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fxgbuild.digest import Digest
from fxgbuild.errors import Distrusted, UsageError
from fxgbuild.files import digest_file, read_regular
from fxgbuild.oci.manifest import Malformed, oci
from fxgbuild.oci.place import Place
from fxgbuild.oci.reference import is_reference, parse_reference
from fxgbuild.places.archive import MAX_ARCHIVE, unpack
from fxgbuild.places.layout import Layout
from fxgbuild.places.open import open_place
from fxgbuild.places.trouble import wrong_content
from fxgbuild.promote.channels import tag_of
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.parcel_place import ParcelPlace
from fxgbuild.promote.shelf import Shelved, find, prefix_of, read_release, read_shelved
from fxgbuild.promote.verify import Verified, of_error, strays, verify_entry, verify_release
from fxgbuild.release.check import Check, failed
from fxgbuild.release.entry import Entry
from fxgbuild.release.release import RELEASE, Release

USTAR = slice(257, 262)  # where a tar says what it is


@dataclass(frozen=True, slots=True)
class Aim:
    """A release that is meant, and what the way to it has shown."""

    shelved: Shelved
    seen: tuple[Check, ...] = ()


def verify_target(desk: Desk, word: str, channel: str) -> list[Verified]:
    """Check what a word names; raises UsageError where it names nothing."""
    if channel:
        desk.channel(channel)
    if word.startswith("//"):
        return [verify_entry(desk, _newest(desk, word, channel))]
    path = Path(word).expanduser()
    desk.needs_channels = not (is_reference(word) or os.path.exists(path))  # noqa: PTH110
    if is_reference(word):
        return list(_at_address(desk, word, channel))
    if os.path.isdir(path):  # noqa: PTH112 - Path's own raises where a name is too long
        return _in_place(desk, _folder(desk, path), channel)
    if os.path.isfile(path):  # noqa: PTH113
        return [_file(desk, path, channel)]
    if prefix_of(word):
        return [_verified(desk, Aim(find(desk, word)), channel)]
    raise UsageError(
        f"`{word[:200]}` is nothing that can be verified: there is no such file or folder",
        hint="a file, a folder, a digest, a label, or `oci://host/repository[:tag][@sha256:…]`",
    )


def _newest(desk: Desk, label: str, channel: str) -> Entry:
    """The entry by which a channel has a label: the one that is named, or the last declared."""
    ledger = desk.book.ledger
    names = [channel] if channel else list(desk.channels)
    found = [entry for name in names if (entry := ledger.current(name, label))]
    if not found:
        where = f"`{channel}` has" if channel else "no channel has"
        raise UsageError(
            f"{where} nothing of `{label}`",
            facts={"in the ledger": ", ".join(ledger.labels) or "nothing"},
            hint=f"`fxgbuild promote {label} --to {channel or 'CHANNEL'}` puts it there",
        )
    return found[-1]


def _verified(desk: Desk, aim: Aim, channel: str) -> Verified:
    """A release wherever it was met; in the channel that is named, or the last that has it."""
    release, ledger = aim.shelved.release, desk.book.ledger
    names = [channel] if channel else list(desk.channels)
    present = [e for name in names if (e := ledger.current(name, release.label))]
    here = [entry for entry in present if entry.release == release.digest]
    if here and aim.shelved.channel:
        found = verify_entry(desk, here[-1])
    elif here:
        found = verify_release(desk, aim.shelved, here[-1])
    else:
        found = verify_release(desk, aim.shelved)
        found = replace(found, checks=(*found.checks, _absent(desk, release, channel)))
    return replace(found, checks=(*aim.seen, *found.checks))


def _absent(desk: Desk, release: Release, channel: str) -> Check:
    """No channel has it now, or not the one that was asked for."""
    ledger = desk.book.ledger
    had = [e for e in ledger.history(release.label) if e.release == release.digest]
    told = ", ".join(f"{e.channel} since {e.at} (entry {e.number})" for e in had)
    told = f"it came to {told}" if had else "no entry of the ledger names it"
    current = ledger.current(channel, release.label) if channel else None
    if not channel:
        return Check("channel", f"no channel has it now; {told}")
    has = f"`{channel}` has {oci(current.file)}" if current else f"`{channel}` has nothing of it"
    again = f"`fxgbuild history {release.label}` shows what every channel had"
    return failed("channel", f"{has}; {told}", again)


# Files ----------------------------------------------------------------------------------------


def _file(desk: Desk, path: Path, channel: str) -> Verified:
    digest = digest_file(path)
    if digest is None:
        raise UsageError(f"`{path}` is no regular file")
    found = next(_with_file(desk, digest, channel), None)
    if found is None:
        exported = _exported(path)
        if exported is not None:
            return _verified(desk, Aim(exported), channel)
        return Verified(path.name, (_unknown(desk, path, digest),))
    shelved, name = found
    same = Check("file", f"{path.name} is {name} of {shelved.release.label}, {oci(digest)}")
    return _verified(desk, Aim(shelved, (same,)), channel)


def _exported(path: Path) -> Shelved | None:
    """The release in a file that `export` wrote; None where it is no tar; raises Distrusted."""
    with path.open("rb") as file:
        if file.read(USTAR.stop)[USTAR] != b"ustar":
            return None
    try:
        parcel = unpack(read_regular(path.resolve(), MAX_ARCHIVE))
    except (OSError, Malformed) as error:
        raise wrong_content(str(path), path.name, str(error), "get the file again") from None
    return Shelved(parcel.release, ParcelPlace(str(path), parcel), "")


def _with_file(desk: Desk, digest: Digest, channel: str) -> Iterator[tuple[Shelved, str]]:
    """Releases that have a file, of the named channel first, then the newest."""
    entries = sorted(desk.book.ledger.entries, key=lambda e: (e.channel == channel, e.number))
    for entry in reversed(entries):
        if entry.file == digest:
            shelved = read_shelved(desk, entry)
            yield shelved, shelved.release.artifact.title
    for name in desk.channels:
        for entry in desk.book.ledger.now(name).values():
            shelved = read_shelved(desk, entry)
            for title, other in shelved.release.files.items():
                if other == digest:
                    yield shelved, title


def _unknown(desk: Desk, path: Path, digest: Digest) -> Check:
    """Bytes that nobody promoted; a file of this name may have been, with others."""
    named = []
    for name in desk.channels:
        for entry in desk.book.ledger.now(name).values():
            if read_shelved(desk, entry).release.artifact.title == path.name:
                named.append(f"{name} has {oci(entry.file)}")
    found = f"{path.name} is {oci(digest)}, which no entry of the ledger names"
    if named:
        found += f"; of this name {', '.join(named)}"
        return failed("file", found, "do not use it; take the file from the channel")
    labels = ", ".join(desk.book.ledger.labels) or "nothing yet"
    found += f"; in the ledger: {labels}"
    again = "`fxgbuild promote LABEL --to CHANNEL` where it was built puts it into a channel"
    return failed("file", found, again)


# Places ---------------------------------------------------------------------------------------


def _at_address(desk: Desk, word: str, channel: str) -> Iterator[Verified]:
    try:
        reference = parse_reference(word)
    except Malformed as error:
        raise UsageError(str(error)) from None
    place = open_place(reference.place, desk.root)
    digest = reference.digest
    if digest is None and not reference.tag:
        yield from _in_place(desk, place, channel)
        return
    found = place.tag(reference.tag) if reference.tag else None
    if reference.tag and found is None:
        raise UsageError(
            f"{place.name} has no tag `{reference.tag}`",
            facts={"tags": ", ".join(place.tags())},
        )
    if digest and found and found != digest:
        told = f"the tag `{reference.tag}` points to {oci(found)}, not to {oci(digest)}"
        yield Verified(word, (failed("tag", told, "find out who moved it"),))
    what = digest or found
    entry = _entry_of(desk, place, reference.tag)
    release = read_release(place, what) if what else None
    if entry is not None:
        yield verify_entry(desk, entry)
    elif release is not None:
        yield _verified(desk, Aim(Shelved(release, place, "")), channel)
    else:
        raise UsageError(
            f"there is no such release in {place.name}",
            facts={"asked for": oci(what) if what else reference.tag},
            hint="`fxgbuild log --channel NAME` lists what a channel has",
        )


def _in_place(desk: Desk, place: Place, channel: str) -> list[Verified]:
    """Everything that tags of a place point to, but for the ledger and others' images."""
    found = [one for tag in place.tags() for one in _tagged(desk, place, tag, channel)]
    for own in desk.channels.values():
        if place.name in {known.name for known in own.places}:
            wrong = tuple(strays(desk, own, place))
            found += [Verified(f"the channel {own.name}", wrong)] if wrong else []
    if not found and isinstance(place, Layout):
        found = list(_untagged(desk, place, channel))
    if not found:
        raise UsageError(
            f"there is no release in {place.name}",
            hint="a folder is an OCI layout: a channel's, or what `fxgbuild import` wrote",
        )
    return found


def _tagged(desk: Desk, place: Place, tag: str, channel: str) -> Iterator[Verified]:
    entry = _entry_of(desk, place, tag)
    if entry is not None:
        yield verify_entry(desk, entry)
        return
    try:
        release = _release_at(place, tag)
    except Distrusted as error:
        yield Verified(f"{tag} in {place.name}", (of_error("release", error),))
        return
    if release is not None:
        yield _verified(desk, Aim(Shelved(release, place, "")), channel)


def _untagged(desk: Desk, place: Layout, channel: str) -> Iterator[Verified]:
    """Releases that nothing points to, because they were imported by digest."""
    for listed in place.manifests():
        if listed.artifact_type == RELEASE:
            release = read_release(place, listed.digest)
            if release is not None:
                yield _verified(desk, Aim(Shelved(release, place, "")), channel)


def _entry_of(desk: Desk, place: Place, tag: str) -> Entry | None:
    """The entry that a channel's own tag stands for, in one of its places."""
    for channel in desk.channels.values():
        if place.name in {own.name for own in channel.places}:
            for entry in desk.book.ledger.now(channel.name).values():
                if tag == tag_of(channel.name, entry.label):
                    return entry
    return None


def _release_at(place: Place, tag: str) -> Release | None:
    """The release that a tag points to; None where it is a ledger, or somebody else's image."""
    digest = place.tag(tag)
    data = place.manifest(digest) if digest else None
    try:
        return Release.parse(data) if data is not None else None
    except Malformed:
        return None


def _folder(desk: Desk, path: Path) -> Place:
    """A folder as a place; a channel's own under the name that the channel has for it."""
    for channel in desk.channels.values():
        for where in channel.doc.places:
            if not is_reference(where) and (desk.root / where).resolve() == path.resolve():
                return open_place(where, desk.root)
    return open_place(str(path.absolute()), desk.root)
