"""The plan of a promotion: the one value that is printed, and then executed as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fxgbuild.digest import Digest, Json
from fxgbuild.oci.manifest import MANIFEST, Descriptor
from fxgbuild.release.entry import Entry
from fxgbuild.release.line import Line


@dataclass(frozen=True, slots=True)
class Copy:
    """Content that a place is to get; blobs before the manifests that name them."""

    place: str
    what: str  # for people: a file's name, or which statement it is of
    content: Descriptor

    @property
    def is_manifest(self) -> bool:
        return self.content.media_type == MANIFEST


@dataclass(frozen=True, slots=True)
class Pointer:
    """A tag that is moved from one release to another."""

    place: str
    tag: str
    old: Digest | None
    new: Digest


@dataclass(frozen=True, slots=True)
class Listing:
    """A wheel that a package index is to offer."""

    folder: str
    content: Descriptor

    @property
    def name(self) -> str:
        return self.content.title


@dataclass(frozen=True, slots=True)
class Carry:
    """What brings a channel's places to what an entry of the ledger says."""

    entry: Entry
    copies: tuple[Copy, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    listings: tuple[Listing, ...] = ()

    def is_done(self) -> bool:
        return not (self.copies or self.pointers or self.listings)

    def to_json(self) -> dict[str, Json]:
        return {
            "copies": [
                {
                    "place": copy.place,
                    "what": copy.what,
                    "digest": copy.content.digest.hex,
                    "bytes": copy.content.size,
                }
                for copy in self.copies
            ],
            "tags": [
                {
                    "place": move.place,
                    "tag": move.tag,
                    "old": move.old.hex if move.old else None,
                    "new": move.new.hex,
                }
                for move in self.pointers
            ],
            "index": [
                {"folder": x.folder, "name": x.name, "sha256": x.content.digest.hex}
                for x in self.listings
            ],
        }


@dataclass(frozen=True, slots=True)
class Moves:
    """A promotion or rollback, planned: everything that it will do, in this order."""

    lines: tuple[Line, ...]  # the policy, and whether it is met
    finish: tuple[Carry, ...]  # what earlier promotions, killed half-way, have left to do
    signs: tuple[str, ...]  # statements that are made and signed here, by predicate type
    carry: Carry
    ledger: str  # where the entry is written; empty: the channel has the release already

    @property
    def entry(self) -> Entry:
        return self.carry.entry

    @property
    def records(self) -> bool:
        """Is there an entry to be written?"""
        return bool(self.ledger)

    @property
    def unmet(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if not line.met)

    def is_done(self) -> bool:
        """Is there nothing to do?"""
        return not self.records and not self.finish and self.carry.is_done()

    def to_json(self) -> dict[str, Json]:
        entry = self.entry
        return {
            "kind": entry.kind,
            "label": entry.label,
            "channel": entry.channel,
            "source": entry.source or None,
            "release": entry.release.hex,
            "file": entry.file.hex,
            "replaces": entry.replaces.hex if entry.replaces else None,
            "policy": [line.to_json() for line in self.lines],
            "signs": list(self.signs),
            "finishes": [{"entry": x.entry.number} | x.to_json() for x in self.finish],
            **self.carry.to_json(),
            "ledger": self.ledger or None,
            "entry": entry_json(entry),
        }


def entry_json(entry: Entry) -> dict[str, Json]:
    """An entry as commands print it."""
    return {
        "number": entry.number,
        "at": entry.at,
        "kind": entry.kind,
        "channel": entry.channel,
        "label": entry.label,
        "release": entry.release.hex,
        "file": entry.file.hex,
        "source": entry.source or None,
        "replaces": entry.replaces.hex if entry.replaces else None,
        "because": entry.because,
        "person": entry.person,
        "commit": entry.commit or None,
        "attestations": [digest.hex for digest in entry.attestations],
        "policy": entry.policy.hex,
    }


# As a terminal shows it -----------------------------------------------------------------------


def moves_lines(moves: Moves, *, whole: bool = False) -> list[str]:
    """The plan for a reader; `whole` names every copy."""
    entry = moves.entry
    came = f"from {entry.source} " if entry.source else "from this build "
    where = f"{came}to {entry.channel}" if entry.kind == "promote" else f"in {entry.channel}"
    out = [f"{entry.kind} {entry.label} {entry.release.short} {where}"]
    for line in moves.lines:
        out += [f"  {text}" for text in line.lines()]
    for finish in moves.finish:
        out.append(f"  finish entry {finish.entry.number}, which was interrupted")
        out += _carry_lines(finish, whole=whole)
    out += [f"  sign   {kind}" for kind in moves.signs]
    copies = Carry(entry, copies=moves.carry.copies)
    out += _carry_lines(copies, whole=whole)
    if moves.records:
        signer = entry.person or "whoever signs"
        because = f": {entry.because}" if entry.because else ""
        out.append(f"  record entry {entry.number} in {moves.ledger}, by {signer}{because}")
    rest = Carry(entry, pointers=moves.carry.pointers, listings=moves.carry.listings)
    return [*out, *_carry_lines(rest, whole=whole)]


def _carry_lines(carry: Carry, *, whole: bool) -> list[str]:
    out = []
    for place, copies in _by_place(carry.copies).items():
        size = sum(copy.content.size for copy in copies)
        out.append(f"  copy   {len(copies)} parts, {size} bytes, to {place}")
        if whole:
            out += [
                f"         {c.content.digest.short} {c.content.size:>9} {c.what}" for c in copies
            ]
    for move in carry.pointers:
        old = move.old.short if move.old else "nothing"
        out.append(f"  point  {move.tag} in {move.place}: {old} → {move.new.short}")
    out += [f"  offer  {x.name} in the index {x.folder}" for x in carry.listings]
    return out


def _by_place(copies: Iterable[Copy]) -> Mapping[str, list[Copy]]:
    found: dict[str, list[Copy]] = {}
    for copy in copies:
        found.setdefault(copy.place, []).append(copy)
    return found
