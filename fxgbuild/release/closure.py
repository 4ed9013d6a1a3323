"""The closure of an artifact: the files that it is made of, as one tar with nothing else in it."""

import io
import tarfile
from collections.abc import Mapping

from fxgbuild.oci.manifest import Malformed

MOST_FILES = 200_000
END = bytes(2 * tarfile.BLOCKSIZE)
LONGEST_NAME = 1024
# Nobody's closure holds these, and a build would take them for its own.
RESERVED = frozenset({".git", ".fxgbuild", ".venv", "..", ".", ""})


def pack(files: Mapping[str, bytes]) -> bytes:
    """Files by name as a tar; equal files give equal bytes."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


def contents(data: bytes) -> dict[str, bytes]:
    """The files of a closure; raises Malformed on whatever `pack` does not write.

    The tar is not compressed, so no file is larger than what was handed in.
    """
    found: dict[str, bytes] = {}
    if len(data) % tarfile.RECORDSIZE or not data.endswith(END):
        raise Malformed("the closure is no tar, or cut off")
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for member in tar:
                _check(member, found)
                file = tar.extractfile(member)
                found[member.name] = file.read(len(data)) if file else b""
                if len(found[member.name]) != member.size:
                    raise Malformed(f"the closure ends within `{member.name[:80]}`")
    except (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed(f"the closure is no tar: {error}") from None
    for name in found:
        above = name.split("/")[:-1]
        if any("/".join(above[:depth]) in found for depth in range(1, len(above) + 1)):
            raise Malformed(f"the closure has `{name[:80]}` below a file")
    return found


def _check(member: tarfile.TarInfo, found: Mapping[str, bytes]) -> None:
    shown = f"`{member.name[:80]}`"
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
        raise Malformed(f"the closure has {shown}, which is no plain file")
    if not is_plain(member.name):
        raise Malformed(f"the closure has {shown}, a name that does not stay in a folder")
    if member.name in found or len(found) >= MOST_FILES:
        raise Malformed(f"the closure has {shown} twice, or too many files")


def is_plain(name: str) -> bool:
    """Does a name stay inside of a folder, and away from what a closure does not hold?"""
    parts = name.split("/")
    return (
        len(name) <= LONGEST_NAME
        and not RESERVED & {part.lower() for part in parts}
        and not any(ord(mark) < 32 or mark == "\x7f" for mark in name)
    )
