"""From a place in rendered code to the place in the file that a person edits or reviews."""

from dataclasses import replace

from fxgbuild.lang.template import CLOSE, OPEN, split_imports
from fxgbuild.report.failures import Place


def in_pin(place: Place, rendered: str, path: str, hole: str) -> Place:
    """The place in the pinned code; the rendered one where the line is the template's, or the
    module was not made of this code."""
    region, first = _region(rendered)
    body = split_imports(hole)[1].strip("\n").split("\n")
    if region != body:
        return place
    if not place.line:
        return replace(place, path=path)
    line = _lines(region, hole.split("\n")).get(place.line - first)
    return place if line is None else Place(path, line, place.column)


def in_file(place: Place, rendered: str, path: str, text: str) -> Place:
    """The place in a file that is the module: a template without a hole, a source."""
    same = [line.rstrip() for line in text.split("\n")] == [
        line.rstrip() for line in rendered.split("\n")
    ]
    return replace(place, path=path) if same or not place.line else place


def _region(rendered: str) -> tuple[list[str], int]:
    """The lines between the markers, and the number of the first one."""
    lines = rendered.split("\n")
    marks = [[n for n, line in enumerate(lines) if line == mark] for mark in (OPEN, CLOSE)]
    if not marks[0] or not marks[1]:
        return [], 0
    start, end = marks[0][0] + 1, marks[1][-1]
    return lines[start:end], start + 1


def _lines(region: list[str], hole: list[str]) -> dict[int, int]:
    """Line of the region to line of the hole, whose imports were hoisted; from the bottom up."""
    found, at = {}, len(hole) - 1
    for index in range(len(region) - 1, -1, -1):
        while at >= 0 and hole[at] != region[index]:
            at -= 1
        if at < 0:
            break
        found[index] = at + 1
        at -= 1
    return found
