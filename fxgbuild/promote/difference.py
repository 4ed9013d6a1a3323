"""Where two files differ first: in a wheel the member, then the line or the byte. Pure."""

import difflib
import io
import zipfile
from collections.abc import Iterator

CONTEXT, MOST_LINES, MOST_COLUMNS, AROUND = 1, 12, 160, 8
MOST_BYTES = 16 << 20  # of a member that is unpacked to be compared


def first_difference(first: bytes, second: bytes) -> str:
    """Lines that show the first difference of two files; empty where they are equal."""
    if first == second:
        return ""
    return next(_in_archives(first, second), "") or _in_bytes(first, second)


def _in_archives(first: bytes, second: bytes) -> Iterator[str]:
    """The first member that differs: by presence, content, what the archive says, and order."""
    try:
        one, other = (zipfile.ZipFile(io.BytesIO(data)) for data in (first, second))
        names = [one.namelist(), other.namelist()]
        for a, b in zip(*(sorted(set(x)) for x in names), strict=False):
            if a != b:
                yield f"only the {'first' if a < b else 'second'} has the member {min(a, b)}"
        if len(set(names[0])) != len(set(names[1])):
            longer = 0 if len(set(names[0])) > len(set(names[1])) else 1
            name = sorted(set(names[longer]) - set(names[1 - longer]))[0]
            yield f"only the {('first', 'second')[longer]} has the member {name}"
        for name in names[0]:
            found = _in_members(one, other, name)
            if found:
                yield f"in the member {name}:\n{found}"
        if names[0] != names[1]:
            yield "the members are the same, in another order"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        return


def _in_members(one: zipfile.ZipFile, other: zipfile.ZipFile, name: str) -> str:
    with one.open(name) as first, other.open(name) as second:
        a, b = first.read(MOST_BYTES), second.read(MOST_BYTES)
    if a != b:
        return _in_bytes(a, b)
    said = [one.getinfo(name), other.getinfo(name)]
    for field in ("date_time", "external_attr", "compress_type", "extra", "comment"):
        values = [getattr(info, field) for info in said]
        if values[0] != values[1]:
            return f"its {field} is {values[0]!r} in the first, {values[1]!r} in the second"
    return ""


def _in_bytes(first: bytes, second: bytes) -> str:
    """A unified diff of text, or the offset and the bytes around it."""
    try:
        lines = [data.decode().splitlines() for data in (first, second)]
    except UnicodeDecodeError:
        lines = [[], []]
    if lines[0] != lines[1] and b"\0" not in first + second:
        start = _same_lines(*lines)
        above = max(0, start - CONTEXT)
        a, b = (x[above : start + MOST_LINES] for x in lines)
        shown = difflib.unified_diff(a, b, "first", "second", lineterm="", n=CONTEXT)
        told = [f"line {start + 1}", *list(shown)[:MOST_LINES]]
        return "\n".join(line[:MOST_COLUMNS] for line in told if not line.startswith("@@"))
    offset = next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )
    near = [data[max(0, offset - AROUND) : offset + AROUND].hex(" ") for data in (first, second)]
    sizes = f"{len(first)} and {len(second)} bytes"
    return f"byte {offset} of {sizes}\n-{near[0]}\n+{near[1]}"


def _same_lines(first: list[str], second: list[str]) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(first), len(second)))
