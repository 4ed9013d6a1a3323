"""A planned promotion, executed: copied, recorded, pointed to, in this order.

Copies are harmless where the rest does not follow. The ledger's tag is the one moment at which a
promotion has happened; what is left to do after it is done by whoever promotes next.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from fxgbuild import crash
from fxgbuild.errors import Distrusted, FxgError
from fxgbuild.oci.place import Place
from fxgbuild.places.python_index import publish
from fxgbuild.promote.book import Book, open_book
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.planning import Contents, everywhere
from fxgbuild.release.moves import Carry, Copy, Moves, Pointer
from fxgbuild.signing.keys import Signer

Told = Callable[[int, int, str], None]  # bytes copied so far, of how many, and what comes now


def execute(
    moves: Moves, contents: Contents, desk: Desk, signer: Signer | None, told: Told
) -> Book:
    """Do exactly what was planned; raises PromotionRefused where another promotion was faster."""
    places = {place.name: place for place in everywhere(desk)}
    everything = Contents((*contents.places, *places.values()), contents.made)
    book = desk.book
    for carry in moves.finish:
        _copy(carry.copies, everything, places, told)
        _point(carry, places, book)
        _offer(carry, everything, book, desk.root)
    _copy(moves.carry.copies, everything, places, told)
    crash.point("promote.release")
    if moves.records and signer is not None:
        book = book.append(moves.entry, signer)
    try:
        _point(moves.carry, places, book)
        _offer(moves.carry, everything, book, desk.root)
    except FxgError as error:
        raise _unfinished(error, moves) from None
    crash.point("promote.index")
    return book


def _unfinished(error: FxgError, moves: Moves) -> FxgError:
    """Say that the promotion has happened, although not everything shows it yet."""
    error.facts[f"entry {moves.entry.number}"] = (
        "is recorded; what it has left to do is done by the next promotion"
    )
    return error


def _copy(
    copies: tuple[Copy, ...], contents: Contents, places: Mapping[str, Place], told: Told
) -> None:
    total = sum(copy.content.size for copy in copies)
    done, before = 0, ""
    for copy in copies:
        told(done, total, copy.what)
        if copy.is_manifest and before == copy.place:
            crash.point("promote.blobs")
        before = "" if copy.is_manifest else copy.place
        place = places[copy.place]
        if copy.is_manifest:
            place.put_manifest(contents.manifest(copy.content.digest))
        else:
            place.put_blob(contents.blob(copy.content))
        done += copy.content.size


def _point(carry: Carry, places: Mapping[str, Place], book: Book) -> None:
    for pointer in carry.pointers:
        place = places[pointer.place]
        if not place.swap(pointer.tag, pointer.old, pointer.new):
            _check_overtaken(carry, pointer, place, book)
        crash.point("promote.tag")


def _check_overtaken(carry: Carry, pointer: Pointer, place: Place, book: Book) -> None:
    """A tag that is elsewhere already was moved by whoever finished this, or came after it."""
    now = place.tag(pointer.tag)
    if now == pointer.new:
        return
    entry = carry.entry
    ledger = open_book(book.place, book.trust, book.index).ledger
    current = ledger.current(entry.channel, entry.label)
    later = current is not None and current.number > entry.number
    if current is not None and later and now in (current.release, current.replaces):
        return
    raise Distrusted(
        f"a tag of `{entry.channel}` was moved by something that is not in the ledger",
        facts={
            "place": place.name,
            "tag": pointer.tag,
            "points to": f"sha256:{now.hex}" if now else "nothing",
            "ledger": f"sha256:{pointer.new.hex}",
        },
        hint="find out who moved it; point it to what the ledger says",
    )


def _offer(carry: Carry, contents: Contents, book: Book, root: Path) -> None:
    def still() -> bool:
        """Is this what the channel has, by the ledger as it is now?"""
        ledger = open_book(book.place, book.trust, book.index).ledger
        current = ledger.current(carry.entry.channel, carry.entry.label)
        return current is None or current.release == carry.entry.release

    for listing in carry.listings:
        publish(root / listing.folder, listing.name, contents.blob(listing.content), still)
