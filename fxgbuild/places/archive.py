"""A whole release as one file: an OCI image layout in an uncompressed tar, for air gaps.

`index.json` names the release alone, so that `skopeo inspect oci-archive:FILE` takes it as it is.
What is about the release is listed in an index of its own, which an annotation names. Equal
contents are equal bytes. Reading believes nothing: every name is one of those that are written
here, every blob has its digest, all that is named is there, and nothing else is.
"""

import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.oci.index import REF_NAME, Index, referrer
from fxgbuild.oci.manifest import (
    MANIFEST,
    MAX_MANIFEST,
    Descriptor,
    Malformed,
    Manifest,
    document,
    oci,
    of_oci,
)
from fxgbuild.oci.place import Place
from fxgbuild.places.layout import BLOBS, INDEX_FILE, LAYOUT, LAYOUT_FILE
from fxgbuild.release.release import Release

REFERRERS = "dev.fxgbuild.referrers"  # the annotation that names the index of what is about it
MAX_ARCHIVE = 1 << 30
MAX_ENTRIES = 10_000

_BLOCK = 512
_BLOB = re.compile(rf"{BLOBS}/([0-9a-f]{{64}})")
_FOLDERS = ("blobs/", f"{BLOBS}/")
_FILE, _FOLDER = b"0", b"5"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A release, the manifests that are about it, and every blob of both, by digest."""

    release: Release
    referrers: tuple[bytes, ...]
    blobs: Mapping[Digest, bytes]

    def put(self, place: Place) -> None:
        """Store everything in a place, each after what it names; again is harmless."""
        for blob in self.blobs.values():
            place.put_blob(blob)
        for manifest in (self.release.manifest.to_bytes(), *self.referrers):
            place.put_manifest(manifest)


def pack(parcel: Parcel, tag: str) -> bytes:
    """The archive of a parcel; raises Malformed where it would be too large."""
    about = [_about(data, parcel.release.digest) for data in parcel.referrers]
    listed = Index().having_all(about).to_bytes()
    manifests = (parcel.release.manifest.to_bytes(), *parcel.referrers, listed)
    named = ((REFERRERS, oci(digest_bytes(listed))), (REF_NAME, tag))
    top = replace(parcel.release.manifest.described(), annotations=named)
    blobs = {**parcel.blobs, **{digest_bytes(data): data for data in manifests}}
    files = {LAYOUT_FILE: LAYOUT, INDEX_FILE: Index((top,)).to_bytes()}
    files |= {f"{BLOBS}/{digest.hex}": data for digest, data in blobs.items()}
    data = _tar(files)
    if len(data) > MAX_ARCHIVE:
        raise Malformed(f"larger than {MAX_ARCHIVE} bytes")
    return data


def _about(data: bytes, release: Digest) -> Descriptor:
    found = referrer(data, release)
    if found is None:
        raise Malformed("a manifest that is not about the release")
    return found


def _tar(files: Mapping[str, bytes]) -> bytes:
    """Sorted names, no dates, nobody's: the same files are the same bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted([*files, *_FOLDERS]):
            entry = tarfile.TarInfo(name.rstrip("/"))
            if name in _FOLDERS:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            else:
                entry.size, entry.mode = len(files[name]), 0o644
                tar.addfile(entry, io.BytesIO(files[name]))
    return out.getvalue()


# Reading ------------------------------------------------------------------------------------------


def unpack(data: bytes) -> Parcel:
    """Take an archive apart, after every check; raises Malformed, which says what is wrong."""
    files = dict(_files(data))
    if document(files.pop(LAYOUT_FILE, b"")).get("imageLayoutVersion") != "1.0.0":
        raise Malformed("no OCI layout of version 1.0.0")
    top = Index.parse(files.pop(INDEX_FILE, b""), MAX_MANIFEST).entries
    blobs = {_blob(name): content for name, content in files.items()}
    for digest, content in blobs.items():
        if digest_bytes(content) != digest:
            raise Malformed(f"the blob {digest.short} has other bytes than its digest says")
    if len(top) != 1 or top[0].media_type != MANIFEST:
        raise Malformed(f"{INDEX_FILE} names {len(top)} things, not one release")
    release = Release.parse(_named(blobs, top[0]))
    listing = of_oci(dict(top[0].annotations).get(REFERRERS))
    referrers = tuple(_referrers(blobs, listing, release))
    manifests = (release.manifest, *map(Manifest.parse, referrers))
    kept = {blob.digest: _named(blobs, blob) for m in manifests for blob in m.blobs}
    named = {release.digest, listing, *map(digest_bytes, referrers), *kept}
    stray = blobs.keys() - named
    if stray:
        raise Malformed(f"the blob {min(stray).short} belongs to nothing that is named")
    return Parcel(release, referrers, kept)


def _referrers(blobs: Mapping[Digest, bytes], listing: Digest, release: Release) -> Iterator[bytes]:
    listed = blobs.get(listing)
    if listed is None:
        raise Malformed(f"the blob {listing.short} is missing")
    for entry in Index.parse(listed, MAX_MANIFEST).entries:
        data = _named(blobs, entry)
        _about(data, release.digest)
        yield data


def _named(blobs: Mapping[Digest, bytes], descriptor: Descriptor) -> bytes:
    data = blobs.get(descriptor.digest)
    if data is None or len(data) != descriptor.size:
        raise Malformed(f"the blob {descriptor.digest.short} is missing, or of another size")
    return data


def _blob(name: str) -> Digest:
    found = _BLOB.fullmatch(name)
    if found is None:
        raise Malformed(f"it holds `{name[:100]}`, which is no part of an OCI layout")
    return Digest(found[1])


def _files(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a tar, by name: plain files and the two folders, each once; nothing else is.

    Written out rather than left to a library, because a library would follow what is not wanted
    here: long names, links, sparse files, headers of any size.
    """
    if len(data) > MAX_ARCHIVE:
        raise Malformed(f"larger than {MAX_ARCHIVE} bytes")
    at, names = 0, set[str]()
    while at + _BLOCK <= len(data):
        header = data[at : at + _BLOCK]
        if not any(header):
            if any(data[at:]):
                raise Malformed("something lies behind the end of the tar")
            return
        name, kind, size = _header(header)
        if name in names or len(names) >= MAX_ENTRIES:
            raise Malformed(f"`{name}` comes twice" if name in names else "too many entries")
        names.add(name)
        end = at + _BLOCK + size
        if end > len(data):
            break
        if kind == _FILE:
            yield name, data[at + _BLOCK : end]
        elif f"{name.rstrip('/')}/" not in _FOLDERS or size:
            raise Malformed(f"`{name}` is no folder of an OCI layout")
        at = end + -size % _BLOCK
    raise Malformed("it ends in the middle")


def _header(header: bytes) -> tuple[str, bytes, int]:
    """Name, type and size of an entry."""
    if header[257:262] != b"ustar":
        raise Malformed("it is no uncompressed tar")
    blank = header[:148] + b" " * 8 + header[156:]
    try:
        name = header[:100].rstrip(b"\0").decode("ascii")
        size, said = (int(header[a:b].strip(b"\0 "), 8) for a, b in ((124, 136), (148, 156)))
    except ValueError:
        raise Malformed("an entry of the tar cannot be read") from None
    if said != sum(blank) or size < 0 or not name.isprintable():
        raise Malformed("an entry of the tar is damaged")
    kind = header[156:157]
    if kind not in (_FILE, _FOLDER) or any(header[345:500]):
        raise Malformed(f"`{name[:100]}` is neither a file nor a folder of an OCI layout")
    return name, kind, size
