"""Lock files: exact versions by distribution name.

Three forms are read: `name==version` lines (pip freeze, pip-compile), `uv.lock`, and `pylock.toml`
(PEP 751). A lock may hold several versions of one distribution, each for some interpreters; which
one counts is asked with the markers of an interpreter. Reading never raises: problems are values.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from fxgbuild.digest import Json
from fxgbuild.problem import Location, Problem

FORMS = "`name==version` lines, `uv.lock` or `pylock.toml`"
_REQUIREMENT = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*([^;@]*)(@[^;]*)?(?:;(.*))?"
)
_EXACT = re.compile(r"\(?\s*===?\s*([A-Za-z0-9.!+_-]+)\s*\)?")


@dataclass(frozen=True, slots=True)
class Locked:
    """One version, and the markers of which one must hold for it to count; none always holds."""

    name: str
    version: str
    markers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file says; `kind` is `requirements`, `uv` or `pylock`."""

    path: str = ""
    kind: str = ""
    locked: tuple[Locked, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def versions(self, markers: Mapping[str, str]) -> dict[str, str]:
        """The version of each distribution that counts for an interpreter."""
        found: dict[str, str] = {}
        for item in self.locked:
            if item.name not in found and self._counts(item, markers):
                found[item.name] = item.version
        return found

    def _counts(self, item: Locked, markers: Mapping[str, str]) -> bool:
        if not item.markers:
            return True
        from packaging.markers import Marker  # noqa: PLC0415 - most locks have none

        known: dict[str, str | Set[str]] = {**markers, "extra": ""}
        known |= {"extras": set(self.extras), "dependency_groups": set(self.groups)}
        return any(Marker(text).evaluate(known, context="lock_file") for text in item.markers)


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(path: str, text: str) -> tuple[Lock, list[Problem]]:
    """Read a lock file by its name; what is wrong comes with its line."""
    name = path.rpartition("/")[2]
    if name == "uv.lock" or re.fullmatch(r"pylock(\.[^.]+)?\.toml", name):
        return _toml(path, text, "uv" if name == "uv.lock" else "pylock")
    return _requirements(path, text)


# Lines of `name==version` ----------------------------------------------------------------------


def _requirements(path: str, text: str) -> tuple[Lock, list[Problem]]:
    locked: list[Locked] = []
    problems: list[Problem] = []
    for number, line in _logical(text):
        found = _line(line)
        if isinstance(found, str):
            problems.append(_problem(path, found, number))
        elif found is not None:
            locked.append(found)
    lock = Lock(path, "requirements", tuple(locked))
    return lock, problems or _twice(lock, text)


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, those that a backslash continues joined, with their first number."""
    begun, number = "", 0
    for at, line in enumerate(text.splitlines(), 1):
        number = number if begun else at
        plain = re.sub(r"(^|\s)#.*", "", line).rstrip()
        begun += plain.removesuffix("\\") + " "
        if not plain.endswith("\\"):
            yield number, begun.strip()
            begun = ""
    if begun:
        yield number, begun.strip()


def _line(line: str) -> Locked | str | None:
    """A version, what is wrong with the line, or nothing where it locks none."""
    text = re.split(r"\s--", line)[0].strip()
    if re.match(r"(-r|--requirement|-c|--constraint)\b", text):
        return f"`{text}`: other files are not read; name one lock that has all versions"
    match = _REQUIREMENT.fullmatch(text)
    if _is_address(text) or (match and match[3]):
        return None
    if match is None:
        return f"`{text[:60]}` is no `name==version`; a lock is {FORMS}"
    version = _EXACT.fullmatch(match[2].strip())
    if version is None:
        return f"`{text[:60]}` has no exact version, so it locks nothing"
    markers = (match[4].strip(),) if match[4] else ()
    wrong = "".join(map(_bad_marker, markers))
    return wrong or Locked(normalised(match[1]), version[1], markers)


def _is_address(text: str) -> bool:
    """An option, a file, a repository, or an empty line: no name with a version."""
    return not text or bool(re.match(r"-|(https?|file|git\+\w+):|\.{0,2}/", text))


# uv.lock and pylock.toml -----------------------------------------------------------------------


def _toml(path: str, text: str, kind: str) -> tuple[Lock, list[Problem]]:
    try:
        document: Json = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"line (\d+)", str(error))
        return Lock(path, kind), [_problem(path, str(error), int(at[1]) if at else 0)]
    table, names = ("package", "version") if kind == "uv" else ("packages", "lock-version")
    packages = document.get(table)
    version = str(document.get(names))
    known = version == "1" if kind == "uv" else version.partition(".")[0] == "1"
    if not known or not isinstance(packages, list):
        message = f"this is no `{path.rpartition('/')[2]}` of version 1; a lock is {FORMS}"
        return Lock(path, kind), [_problem(path, message)]
    locked: list[Locked] = []
    problems: list[Problem] = []
    for package in packages:
        found = _package(package)
        if isinstance(found, str):
            problems.append(_problem(path, found))
        elif found is not None:
            locked.append(found)
    extras, groups = document.get("extras", []), document.get("dependency-groups", [])
    lock = Lock(path, kind, tuple(locked), tuple(map(str, extras)), tuple(map(str, groups)))
    return lock, problems or _twice(lock, text)


def _package(package: Json) -> Locked | str | None:
    if not isinstance(package, dict) or not isinstance(package.get("name"), str):
        return "a package has no name"
    name, version = package["name"], package.get("version")
    if version is None:  # a folder or a repository: what it is called says nothing of its content
        return None
    if not isinstance(version, str):
        return f"the version of `{name}` is no text"
    marker, several = package.get("marker"), package.get("resolution-markers", [])
    markers = [marker] if marker else several
    if not isinstance(markers, list) or not all(isinstance(item, str) for item in markers):
        return f"the markers of `{name}` are no texts"
    wrong = next(filter(None, map(_bad_marker, markers)), "")
    return wrong or Locked(normalised(name), version, tuple(markers))


def _bad_marker(text: str) -> str:
    from packaging.markers import InvalidMarker, Marker  # noqa: PLC0415 - most locks have none

    try:
        Marker(text)
    except InvalidMarker:
        return f"`{text}` is no environment marker"
    return ""


def _twice(lock: Lock, text: str) -> list[Problem]:
    """Two versions that both always count leave open which one does."""
    found: dict[str, str] = {}
    for item in lock.locked:
        if not item.markers and found.setdefault(item.name, item.version) != item.version:
            message = f"two versions of `{item.name}`: {found[item.name]} and {item.version}"
            lines = text.splitlines()
            near = [n for n, x in enumerate(lines, 1) if item.version in x]
            return [_problem(lock.path, message, near[0] if near else 0)]
    return []


def _problem(path: str, message: str, line: int = 0) -> Problem:
    return Problem(Location(path, line, 1 if line else 0), "FXG1130", message)
