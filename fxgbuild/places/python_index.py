"""A folder that pip takes as a package index (PEP 503, and PEP 691 beside it) of one channel.

An index offers what its channel has now. Other versions stay where they are, marked as yanked
(PEP 592): `pip install NAME` passes them over, `NAME==VERSION` still installs them, with a warning.
So a return to 0.1 makes 0.2 yanked, and 0.1 what pip takes. A file that was once there is never
exchanged for other bytes.
"""

import contextlib
import fcntl
import html
import io
import json
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from urllib.parse import quote

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.errors import Distrusted, PlaceUnavailable, PromotionRefused
from fxgbuild.files import read_regular, write_atomic

SIMPLE, PAGE, DOCUMENT = "simple", "index.html", "index.json"
# What unpacking raises: bz2 says OSError.
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError)
MAX_WHEEL, MAX_METADATA = 1 << 32, 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+!-]{0,199}\.whl")
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_PROJECT = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel as an index lists it."""

    name: str  # of the file
    project: str  # normalised
    version: Version
    digest: Digest
    requires_python: str


def publish(folder: Path, name: str, data: bytes, still: Callable[[], bool] = lambda: True) -> None:
    """Make a wheel what the index below `folder`/simple offers of its project. Idempotent.

    `still` is asked once nobody else writes here: who was overtaken by another leaves the index.
    """
    with _usable(folder), _alone(folder / SIMPLE):
        wheel = admit(folder, name, data)
        if not still():
            return
        home = folder / SIMPLE / wheel.project
        if not (home / name).exists():
            write_atomic(home / name, data)
        wheels = _wheels(home)
        write_atomic(home / DOCUMENT, _document(wheels, wheel))
        write_atomic(home / PAGE, _page(wheels, wheel))
        projects = [x.name for x in home.parent.iterdir() if (x / PAGE).is_file()]
        write_atomic(home.parent / DOCUMENT, _projects_document(projects))
        write_atomic(home.parent / PAGE, _projects_page(projects))


def admit(folder: Path, name: str, data: bytes) -> Wheel:
    """Say what a wheel is, as `publish` would take it; raises PromotionRefused. Writes nothing."""
    try:
        wheel = _wheel(name, data)
    except ValueError as error:
        raise PromotionRefused(
            "the file is no wheel that a package index can offer",
            facts={"file": name[:200], "cause": str(error)[:200]},
            hint="an index is for wheels that `fxgbuild emit` wrote; "
            "a channel of other files goes without `index`",
        ) from None
    with _usable(folder):
        for there in _wheels(folder / SIMPLE / wheel.project):
            if there.version == wheel.version and there != wheel:
                raise PromotionRefused(
                    f"the package index has {wheel.project} {wheel.version} with other bytes",
                    facts={
                        "index": str(folder / SIMPLE),
                        "there": f"{there.name} sha256:{there.digest.hex}",
                        "promoted": f"{name} sha256:{wheel.digest.hex}",
                    },
                    hint="a released version is never exchanged: raise the artifact's `version` "
                    "in its graph file, build and promote that",
                )
    return wheel


def agrees(folder: Path, name: str, digest: Digest) -> str:
    """Why the index does not offer this wheel, and only it, of its project; empty where it does."""
    try:
        home = folder / SIMPLE / parse_wheel_filename(name)[0]
        wheels = _wheels(home)
        current = next((x for x in wheels if x.name == name), None)
        if current is None:
            return f"{name} is not in the index"
        if current.digest != digest:
            return f"{name} has other bytes in the index: sha256:{current.digest.hex}"
        pages = read_regular(home / PAGE), read_regular(home / DOCUMENT)
    except Distrusted as error:
        return error.message
    except (OSError, InvalidWheelFilename) as error:
        return f"the index cannot be read: {error}"
    if pages != (_page(wheels, current), _document(wheels, current)):
        return f"the index does not offer {name} as what the channel has"
    return ""


def _wheel(name: str, data: bytes) -> Wheel:
    """Read a wheel's own words, and check that its file name says the same; raises ValueError."""
    if not _NAME.fullmatch(name):
        raise InvalidWheelFilename(f"no file name of a wheel: {name[:100]!r}")
    project, version, _, _ = parse_wheel_filename(name)
    if not _PROJECT.fullmatch(project):
        raise InvalidWheelFilename(f"no file name of a wheel: {name[:100]!r}")
    try:
        fields = HeaderParser().parsestr(_metadata(data), headersonly=True)
    except BROKEN as error:
        raise ValueError(f"no wheel: {error}") from None
    found = canonicalize_name(str(fields["Name"])), Version(str(fields["Version"]))
    if found != (project, version):
        raise ValueError("its METADATA is of another project or version")
    return Wheel(name, project, version, digest_bytes(data), str(fields["Requires-Python"] or ""))


def _metadata(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if _METADATA.fullmatch(entry.filename):
                with archive.open(entry) as file:
                    return file.read(MAX_METADATA).decode()
    raise ValueError("it has no METADATA")


def _wheels(home: Path) -> list[Wheel]:
    """Every wheel of a project, oldest version first; raises Distrusted where one was exchanged."""
    listed = _listed(home)
    found = []
    for path in home.glob("*.whl"):
        data = read_regular(path, MAX_WHEEL)
        digest = digest_bytes(data).hex
        try:
            if listed.get(path.name, digest) != digest:
                raise ValueError("it has other bytes than the index lists")
            found.append(_wheel(path.name, data))
        except ValueError as error:
            raise Distrusted(
                f"a wheel of the package index was exchanged: {path.name}",
                facts={"file": str(path), "cause": str(error), "found": f"sha256:{digest}"},
                hint="put the promoted file back; `fxgbuild log --channel` names its digest",
            ) from None
    return sorted(found, key=lambda wheel: (wheel.version, wheel.name))


def _listed(home: Path) -> dict[str, Json]:
    try:
        files = json.loads(read_regular(home / DOCUMENT))["files"]
        return {file["filename"]: file["hashes"]["sha256"] for file in files}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _yanked(wheel: Wheel, current: Wheel) -> str:
    return "" if wheel == current else f"the channel has {current.version} now"


def _page(wheels: list[Wheel], current: Wheel) -> bytes:
    links = []
    for wheel in wheels:
        more = {"requires-python": wheel.requires_python, "yanked": _yanked(wheel, current)}
        marks = "".join(f' data-{k}="{html.escape(v)}"' for k, v in more.items() if v)
        target = f"{quote(wheel.name)}#sha256={wheel.digest.hex}"
        links.append(f'<a href="{target}"{marks}>{html.escape(wheel.name)}</a>')
    return _html(f"Links for {current.project}", links)


def _projects_page(projects: list[str]) -> bytes:
    return _html("Projects", [f'<a href="{x}/">{x}</a>' for x in sorted(projects)])


def _html(title: str, links: list[str]) -> bytes:
    head = '<meta name="pypi:repository-version" content="1.0">'
    body = "".join(f"{link}<br>\n" for link in links)
    text = f"<!DOCTYPE html>\n<html>\n<head>\n{head}\n<title>{title}</title>\n</head>\n<body>\n"
    return f"{text}{body}</body>\n</html>\n".encode()


def _document(wheels: list[Wheel], current: Wheel) -> bytes:
    files = []
    for wheel in wheels:
        file: dict[str, Json] = {
            "filename": wheel.name,
            "url": quote(wheel.name),
            "hashes": {"sha256": wheel.digest.hex},
            "yanked": _yanked(wheel, current) or False,
        }
        if wheel.requires_python:
            file["requires-python"] = wheel.requires_python
        files.append(file)
    return _json({"meta": {"api-version": "1.0"}, "name": current.project, "files": files})


def _projects_document(projects: list[str]) -> bytes:
    named = [{"name": name} for name in sorted(projects)]
    return _json({"meta": {"api-version": "1.0"}, "projects": named})


def _json(value: Json) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer at a time, so that the list of projects is not an older one's."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PlaceUnavailable(
            "the place of a channel cannot be used: its package index",
            facts={"index": str(folder), "cause": str(error)},
            hint="mend the folder, then type the same command again",
        ) from None
