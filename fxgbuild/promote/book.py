"""The ledger in its place: read whole and checked, and appended to by moving one tag.

What a store has once seen of a ledger it remembers: the number and digest of the last entry. A
ledger that lost its end is as well chained as any other, and is found by that memory.
"""

from dataclasses import dataclass, replace

from fxgbuild import crash
from fxgbuild.digest import Digest, Json, digest_bytes, is_digest
from fxgbuild.errors import Distrusted, PromotionRefused
from fxgbuild.oci.manifest import EMPTY, EMPTY_TYPE, Descriptor, Malformed, Manifest
from fxgbuild.oci.place import Place
from fxgbuild.oci.reference import is_reference
from fxgbuild.release.carrier import ENVELOPE, MAX_ENVELOPE
from fxgbuild.release.entry import PAYLOAD, Entry
from fxgbuild.release.ledger import Broken, Ledger, chained, follow, payload_digest
from fxgbuild.signing.envelope import seal
from fxgbuild.signing.keys import Signer
from fxgbuild.signing.trust import Trust, open_entry
from fxgbuild.store.index import Index

TAG = "ledger"
LEDGER = "application/vnd.fxgbuild.ledger.v1"
NOT_WHOLE = "the ledger is not whole"


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger that was read, and where it stands."""

    place: Place
    index: Index
    trust: Trust
    ledger: Ledger
    manifest: Manifest | None  # what the tag points to; None: nothing was ever written

    @property
    def head(self) -> Digest | None:
        return self.manifest.described().digest if self.manifest else None

    def append(self, entry: Entry, signer: Signer) -> "Book":
        """Write one more entry: the moment at which a promotion has happened.

        Raises PromotionRefused where another promotion was faster; nothing has happened then.
        """
        ledger = follow(self.ledger, entry)
        envelope = seal(entry.to_bytes(), PAYLOAD, signer)
        open_entry(envelope, self.trust)  # what nobody would believe is not written
        layers = self.manifest.layers if self.manifest else ()
        layers = (*layers, Descriptor.of(envelope, ENVELOPE, f"{entry.number}.json"))
        manifest = Manifest(LEDGER, Descriptor.of(EMPTY, EMPTY_TYPE), layers)
        if self.manifest is None:
            self.place.put_blob(EMPTY)
        self.place.put_blob(envelope)
        new = self.place.put_manifest(manifest.to_bytes())
        crash.point("promote.entry")
        if not self.place.swap(TAG, self.head, new):
            raise overtaken(entry)
        book = replace(self, ledger=ledger, manifest=manifest)
        remember(self.index, book.place, ledger)
        crash.point("promote.ledger")
        if len(layers) > 2:  # who reads at this moment may still ask for the head that was
            self.place.forget(replace(manifest, layers=layers[:-2]).described().digest)
        return book


def overtaken(entry: Entry) -> PromotionRefused:
    return PromotionRefused(
        "another promotion came first; nothing was moved",
        facts={"label": entry.label, "channel": entry.channel, "entry": str(entry.number)},
        hint="type the command again: it starts from what the other left",
    )


def open_book(place: Place, trust: Trust, index: Index) -> Book:
    """Read the ledger; an absent one is empty, unless one was seen here before.

    Raises Distrusted where it is not whole.
    """
    seen = _seen(index, place)  # before the place is read: others append meanwhile
    digest = place.tag(TAG)
    data = place.manifest(digest) if digest else None
    if data is None:
        if digest:
            raise _not_whole(place, "its manifest is gone")
        _check_memory(place, seen, Ledger())
        return Book(place, index, trust, Ledger(), None)
    try:
        manifest = Manifest.parse(data)
        if manifest.artifact_type != LEDGER:
            raise Malformed(f"the tag `{TAG}` is no ledger's")
        if any(layer.size > MAX_ENVELOPE for layer in manifest.layers):
            raise Malformed(f"an entry of more than {MAX_ENVELOPE} bytes")
        envelopes = _envelopes(place, manifest.layers, index)
        ledger = chained(open_entry(envelope, trust) for envelope in envelopes)
    except (Broken, Malformed) as error:
        raise _not_whole(place, str(error)) from None
    _check_memory(place, seen, ledger)
    remember(index, place, ledger)
    return Book(place, index, trust, ledger, manifest)


def _envelopes(place: Place, layers: tuple[Descriptor, ...], index: Index) -> list[bytes]:
    """The entries' envelopes; what was once fetched of a registry is kept, and verified again."""
    if not is_reference(place.name):
        return [place.blob(layer) for layer in layers]
    rows = {layer.digest: f"entry:{layer.digest.hex}" for layer in layers}
    known = index.get_many(list(rows.values())) if index.exists() else {}
    found: dict[Digest, bytes] = {}
    fresh: dict[str, Json] = {}
    for layer in layers:
        kept = known.get(rows[layer.digest])
        data = kept.encode() if isinstance(kept, str) else b""
        if digest_bytes(data) != layer.digest:
            data = place.blob(layer)
            fresh[rows[layer.digest]] = data.decode("utf-8", "replace")
        found[layer.digest] = data
    index.put_many(fresh)
    return [found[layer.digest] for layer in layers]


# What was seen before -------------------------------------------------------------------------


def remember(index: Index, place: Place, ledger: Ledger) -> None:
    """Write down how far the ledger went, so that a shorter one is noticed."""
    if ledger.head is None:
        return
    seen = _seen(index, place)
    if seen is None or seen[0] < ledger.head.number:
        row = {"number": ledger.head.number, "entry": payload_digest(ledger.head).hex}
        index.put(_row(place), row)


def _row(place: Place) -> str:
    return f"ledger:{place.name}"


def _seen(index: Index, place: Place) -> tuple[int, str] | None:
    row = index.get(_row(place)) if index.exists() else None
    if isinstance(row, dict) and type(row.get("number")) is int and is_digest(row.get("entry")):
        return row["number"], row["entry"]
    return None


def _check_memory(place: Place, seen: tuple[int, str] | None, ledger: Ledger) -> None:
    if seen is None:
        return
    number, digest = seen
    if len(ledger.entries) < number:
        missing = len(ledger.entries) + 1
        raise _not_whole(
            place, f"entry {missing} is missing; this store has seen entries up to {number}"
        )
    if payload_digest(ledger.entries[number - 1]).hex != digest:
        raise _not_whole(place, f"entry {number} is another one than this store has seen")


def _not_whole(place: Place, why: str) -> Distrusted:
    return Distrusted(
        NOT_WHOLE,
        facts={"ledger": place.name, "because": why},
        hint="find out who changed it; restore the place from a copy that has every entry",
    )
