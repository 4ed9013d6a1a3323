"""Fields of a document that nobody vouches for yet: each of its type, or Malformed."""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from fxgbuild.digest import Digest, Json, is_digest
from fxgbuild.oci.manifest import Malformed

MOST_WHOLE = 2**53  # beyond it JSON's numbers are no whole numbers everywhere
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def is_time(text: str) -> bool:
    """Is it a time in UTC to the second, such as `2026-11-21T19:00:00Z`?"""
    try:
        return bool(_TIME.fullmatch(text) and datetime.datetime.fromisoformat(text))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object, asked for one field after the other."""

    value: dict[str, Json]
    what: str = "a statement"

    @staticmethod
    def of(value: Json, what: str = "a statement") -> "Fields":
        if not isinstance(value, dict):
            raise Malformed(f"{what} has something else where an object belongs")
        return Fields(value, what)

    def _wrong(self, name: str, wanted: str) -> Malformed:
        return Malformed(f"{self.what} has no {wanted} `{name}`")

    def text(self, name: str) -> str:
        found = self.value.get(name)
        if not isinstance(found, str):
            raise self._wrong(name, "text")
        return found

    def time(self, name: str) -> str:
        found = self.text(name)
        if not is_time(found):
            raise self._wrong(name, "time")
        return found

    def whole(self, name: str) -> int:
        found = self.value.get(name)
        if type(found) is not int or not 0 <= found < MOST_WHOLE:
            raise self._wrong(name, "whole number")
        return found

    def flag(self, name: str) -> bool:
        found = self.value.get(name)
        if not isinstance(found, bool):
            raise self._wrong(name, "yes or no")
        return found

    def digest(self, name: str) -> Digest:
        found = self.value.get(name)
        if not is_digest(found):
            raise self._wrong(name, "digest")
        return Digest(str(found))

    def digest_or_none(self, name: str) -> Digest | None:
        return None if self.value.get(name) is None else self.digest(name)

    def part(self, name: str) -> "Fields":
        return Fields.of(self.value.get(name), self.what)

    def parts(self, name: str) -> "tuple[Fields, ...]":
        return tuple(Fields.of(item, self.what) for item in self._list(name))

    def texts(self, name: str) -> tuple[str, ...]:
        found = self._list(name)
        if not all(isinstance(item, str) for item in found):
            raise self._wrong(name, "list of texts")
        return tuple(found)

    def table(self, name: str) -> dict[str, str]:
        """Texts by name."""
        found = self.part(name).value
        if not all(isinstance(item, str) for item in found.values()):
            raise self._wrong(name, "table of texts")
        return dict(found)

    def _list(self, name: str) -> list[Json]:
        found = self.value.get(name)
        if not isinstance(found, list):
            raise self._wrong(name, "list")
        return found


def one(found: Iterable[Fields], what: str) -> Fields:
    """The only one of its kind; raises Malformed."""
    several = tuple(found)
    if len(several) != 1:
        raise Malformed(f"a statement with {len(several)} of {what}")
    return several[0]
