"""Takes from a lock file the exact versions that an artifact needs."""

import re
from collections.abc import Iterable, Mapping

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?([^;]*)(;.*)?\Z")
_PIN = re.compile(r"\s*===?\s*([^\s,]+)\s*\Z")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


def lock_subset(
    lock_text: str, requires: Iterable[str], requirements_of: Mapping[str, Iterable[str]]
) -> str:
    """Give the lock's lines for `requires` and all they need, as NAME==VERSION, sorted.

    `requirements_of` maps a distribution to its own requirements. Hashes, addresses and options
    are left out. A requirement with a marker may be absent from the lock, another may not
    (ValueError).
    """
    pins = _pins(lock_text)
    known = {normal(name): tuple(of) for name, of in requirements_of.items()}
    chosen: set[str] = set()
    seen: set[tuple[str, str]] = set()
    todo = [(requirement, frozenset[str]()) for requirement in requires]
    while todo:
        requirement, wanted = todo.pop()
        name, extras, marker = _parse(requirement)
        asked = set(_EXTRA.findall(marker))
        if asked and not asked & wanted:
            continue
        if name not in pins:
            if marker:
                continue
            raise ValueError(f"the lock has no exact version of {name}")
        chosen.add(name)
        for extra in ("", *sorted(extras)):
            if (name, extra) not in seen:
                seen.add((name, extra))
                todo += [(of, frozenset({extra})) for of in known.get(name, ())]
    return "".join(f"{name}=={pins[name]}\n" for name in sorted(chosen))


def normal(name: str) -> str:
    """Give a distribution's name in normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _parse(requirement: str) -> tuple[str, set[str], str]:
    match = _REQUIREMENT.match(requirement)
    if match is None:
        raise ValueError(f"not a requirement: {requirement!r}")
    name, extras, _, marker = match.groups()
    return normal(name), {part.strip() for part in (extras or "").split(",")} - {""}, marker or ""


def _pins(lock_text: str) -> dict[str, str]:
    """Read the exact versions of a requirements file, with its markers behind them."""
    pins: dict[str, str] = {}
    for line in re.sub(r"\\\r?\n", " ", lock_text).splitlines():
        text = re.sub(r"(^|\s)#.*", "", line).split(" --")[0].strip()
        if not text or text.startswith("-"):
            continue
        match = _REQUIREMENT.match(text)
        version = _PIN.match(match[3]) if match else None
        if match is None or version is None:
            continue
        name = normal(match[1])
        if pins.get(name, version[1]) != version[1]:
            raise ValueError(f"the lock has two versions of {name}")
        pins[name] = version[1]
    return pins
