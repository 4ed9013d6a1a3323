"""TOML to a value with places: `tomllib` finds the value, a walk over the lines the places."""

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping

from fxgbuild.digest import Json
from fxgbuild.lang.places import Path, Place, Places, of_paths
from fxgbuild.lang.unreadable import MAX_DEPTH, MAX_NUMBER, Unreadable

_TOML_AT = re.compile(r"\(at line (\d+), column (\d+)\)")
_HEADER = re.compile(r"\s*\[(\[?)([^\[\]]+)\]\]?\s*(#.*)?$")
# Dotted names beyond the bound, found before `tomllib` spends its time on them.
_WORD = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP = re.compile(rf"(?<![A-Za-z0-9_-]){_WORD}(?:[ \t]*+\.[ \t]*+{_WORD}){{{MAX_DEPTH}}}")
_STRING = re.compile(r"""\"{3}|'{3}|"(?:[^"\\]|\\.)*"|'[^']*'|#""")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=""")


def read_toml(text: str, *, dates: bool = False) -> tuple[Json, Places]:
    """The value of a TOML file, and where its parts stand; raises Unreadable.

    Dates and date-times are refused unless the file is of a kind that has them.
    """
    deep = _DEEP.search(text)
    if deep:
        raise Unreadable(
            f"nested deeper than {MAX_DEPTH}", text.count("\n", 0, deep.start()) + 1, 1
        )
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _TOML_AT.search(str(error))
        line, column = (int(match[1]), int(match[2])) if match else (text.count("\n") + 1, 1)
        raise Unreadable(
            f"not TOML: {_TOML_AT.sub('', str(error)).strip()}", line, column
        ) from None
    except ValueError:
        raise Unreadable(f"a number of more than {MAX_NUMBER} characters", 1, 1) from None
    except RecursionError:
        raise Unreadable(f"nested deeper than {MAX_DEPTH}", 1, 1) from None
    known = _toml_places(text)
    _refuse_toml(value, known, (datetime.date,) if dates else ())
    return value, of_paths(value, known)


def _refuse_toml(
    value: Json, known: Mapping[Path, Place], others: tuple[type[datetime.date], ...]
) -> None:
    """What TOML has and the other formats have not: depth and numbers without end, dates."""
    stack: list[tuple[Path, Json]] = [((), value)]
    while stack:
        path, part = stack.pop()
        parts: Iterable[tuple[str | int, Json]] = ()
        if isinstance(part, dict):
            parts = part.items()
        elif isinstance(part, list):
            parts = enumerate(part)
        elif isinstance(part, int) and abs(part) >= 10**MAX_NUMBER:
            message = f"a number of more than {MAX_NUMBER} characters"
            raise Unreadable(message, *_nearest(path, known))
        elif not isinstance(part, (str, int, float, *others)):
            where = _nearest(path, known)
            raise Unreadable(f"dates are not used here: write `{part}` in quotes", *where)
        if parts and len(path) >= MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}", *_nearest(path, known))
        stack.extend(((*path, name), item) for name, item in parts)


def _nearest(path: Path, known: Mapping[Path, Place]) -> Place:
    while path and path not in known:
        path = path[:-1]
    return known.get(path, (1, 1))


def _toml_places(text: str) -> dict[Path, Place]:
    """Locate headers and keys line by line; parts of an inline table share their line's place."""
    places: dict[Path, Place] = {(): (1, 1)}
    table: Path = ()
    counts: dict[Path, int] = {}
    mark = ""
    for number, line in enumerate(text.split("\n"), 1):
        inside, mark = mark, _left_open(line, mark)
        if inside:
            continue
        header = _HEADER.match(line)
        if header and "=" not in header[2]:
            table = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            place = (number, line.index("[") + 1)
            if header[1]:
                places.setdefault(table, place)
                index = counts.get(table, 0)
                counts[table] = index + 1
                table = (*table, index)
            places[table] = place
            continue
        key = _KEY.match(line)
        if key:
            parts = tuple(part.strip().strip("\"'") for part in key[1].split("."))
            place = (number, key.start(1) + 1)
            places.setdefault((*table, *parts), place)
            _inline_places(line, key.end(), (*table, *parts), number, places)
    return places


def _left_open(line: str, mark: str) -> str:
    """The mark of the multi-line string that is open at a line's end; empty when none is."""
    at = 0
    while True:
        if mark:
            end = line.find(mark, at)
            if end < 0:
                return mark
            at = end + len(mark)
        found = _STRING.search(line, at)
        if found is None or found[0] == "#":
            return ""
        at = found.end()
        mark = found[0] if found[0] in ('"""', "'''") else ""


def _inline_places(
    line: str, start: int, path: Path, number: int, places: dict[Path, Place]
) -> None:
    for match in re.finditer(r"[{,]\s*([A-Za-z0-9_-]+)\s*=", line[start:]):
        places.setdefault((*path, match[1]), (number, start + match.start(1) + 1))
