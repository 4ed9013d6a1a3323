"""Lock files: exact versions by distribution name."""

import re

_PINNED = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*==\s*([A-Za-z0-9.!+_-]+)")


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_lock(text: str) -> dict[str, str]:
    """Read `name==version` lines; everything else in a constraints file is passed over."""
    found = {}
    for line in text.splitlines():
        match = _PINNED.match(line)
        if match:
            found[normalised(match[1])] = match[2]
    return found
