"""Labels and patterns: how a target is named, as in Bazel, ASCII only.

`//pkg:name` a target · `//pkg` its graph · `//pkg:all` all of a package · `//pkg/...` and `//...`
everything below · `:name` relative · `-//pkg:name` taken away again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Files of these names cannot exist on every machine that may check a workspace out.
_DEVICE = r"(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:/|\Z))"
_FOLDER = _DEVICE + r"[a-z][a-z0-9_-]{0,62}"
NAME = re.compile(_DEVICE + r"[a-z][a-z0-9_]{0,62}")
PACKAGE = re.compile(_FOLDER + rf"(?:/{_FOLDER}){{0,15}}")
RESERVED = frozenset({"all", "graph", "inputs", "outputs"})


@dataclass(frozen=True, order=True, slots=True)
class Label:
    """The name of one target."""

    package: str
    name: str

    def __str__(self) -> str:
        return f"//{self.package}:{self.name}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which targets are meant: one name, a package's targets, or all below a folder."""

    package: str
    name: str  # "" = the package's graph, "all", "..." or a target's name
    negative: bool = False

    def __str__(self) -> str:
        tail = {"": "", "...": "/..." if self.package else "..."}.get(self.name, f":{self.name}")
        return f"{'-' if self.negative else ''}//{self.package}{tail}"

    def is_exact(self) -> bool:
        return self.name not in ("all", "...")

    def covers(self, package: str) -> bool:
        if self.name == "...":
            below = self.package + "/" if self.package else ""
            return package == self.package or package.startswith(below)
        return package == self.package


def parse_pattern(text: str, *, package: str = "") -> Pattern | str:
    """Read one pattern; returns a sentence saying what is wrong instead of raising."""
    negative = text.startswith("-")
    body = text[1:] if negative else text
    if body.startswith(":"):
        body = f"//{package}{body}"
    if not body.startswith("//"):
        return (
            f"`{text[:80]}` is no label: labels read `//package:name`, `//package/...` or `:name`"
        )
    rest = body[2:]
    if rest == "...":
        return Pattern("", "...", negative)
    if rest.endswith("/..."):
        where, name = rest[:-4], "..."
    else:
        where, colon, name = rest.partition(":")
        if colon and name in ("", "..."):
            return f"`{text[:80]}` has no name after its colon"
    if not PACKAGE.fullmatch(where):
        return f"`{text[:80]}`: a package is lower-case ASCII words joined by `/`"
    if name not in ("", "...") and not NAME.fullmatch(name):
        return f"`{text[:80]}`: a name is lower-case ASCII letters, digits and `_`"
    return Pattern(where, name, negative)


def shorten(labels: Iterable[Label], most: int = 3) -> str:
    """Name the first few labels and count the rest."""
    names = [str(label) for label in labels]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
