"""What places raise: one that cannot be used now, and one whose content is not to be trusted."""

from fxgbuild.digest import Digest
from fxgbuild.errors import Distrusted, PlaceUnavailable
from fxgbuild.problem import foreign


def unavailable(place: str, cause: str, hint: str = "") -> PlaceUnavailable:
    """It is down, slow, full or refuses; nothing that was there is gone."""
    return PlaceUnavailable(
        "the place of a channel cannot be used",
        facts={"place": place, "cause": foreign(cause)},
        hint=hint or "type the command again when it can; what was begun is then finished",
    )


def wrong_content(place: str, what: str, cause: str, hint: str = "") -> Distrusted:
    """It hands out other bytes than were asked for."""
    return Distrusted(
        "a place does not hold what it has to",
        facts={"place": place, "content": what, "cause": foreign(cause)},
        hint=hint or "nothing of it was used; the content can be promoted there again",
    )


def lost(place: str, digest: Digest) -> Distrusted:
    return wrong_content(place, digest.hex, "it is lost: something that is there names it")
