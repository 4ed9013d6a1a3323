"""A document: what a text file says, and where each part of it stands."""

import copy
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.problem import Location

Path = tuple[str | int, ...]
KEY = "\0key"  # `places[(*path, KEY)]` is where the key itself stands, not its value


@dataclass(frozen=True, slots=True)
class Document:
    """A file's value, and where each part of it stands."""

    path: str
    value: Json
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    written: Json = None  # the whole value, where `value` is what could be used of it

    @property
    def whole(self) -> Json:
        """Everything the file says, what could not be used too."""
        return self.value if self.written is None else self.written

    def declares(self, *path: str | int) -> bool:
        """Does the file say anything at a path, be it right or wrong?"""
        value = self.whole
        for part in path:
            if not isinstance(value, dict) or part not in value:
                return False
            value = value[part]
        return True

    def without(self, path: Path) -> "Document":
        """The document less one part; what follows in a list moves up, places and all."""
        value = copy.deepcopy(self.value)
        home = value
        for part in path[:-1]:
            home = home[part]
        del home[path[-1]]
        places, last = {}, path[-1]
        for known, place in self.places.items():
            here = known[len(path) - 1 : len(path)]
            if known[: len(path)] == path:
                continue
            later = known[: len(path) - 1] == path[:-1] and here and here[0] != KEY
            if later and isinstance(last, int) and int(here[0]) > last:
                known = (*path[:-1], int(here[0]) - 1, *known[len(path) :])  # noqa: PLW2901
            places[known] = place
        return Document(self.path, value, places, self.whole)

    def at(self, *path: str | int) -> Location:
        """Locate a path, or the nearest enclosing part that is written out."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return Location(self.path, line, column)

    def key_at(self, *path: str | int) -> Location:
        """Locate a mapping's key itself."""
        line, column = self.places.get((*path, KEY), (0, 0))
        return Location(self.path, line, column) if line else self.at(*path)
