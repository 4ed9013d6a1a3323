"""A release as one file: the same bytes each time, and nothing in it is believed."""

import gzip
import io
import json
import subprocess
import tarfile
from shutil import which

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.oci.manifest import EMPTY, Malformed, Manifest
from fxgbuild.places import archive
from fxgbuild.places.archive import Parcel, pack, unpack
from fxgbuild.places.layout import Layout
from fxgbuild.release.release import make_release

from .material import ABOUT, manifest, put

LABEL = "//words:wheel"


def parcel():
    """A release with two remarks."""
    files = {"words-0.1.0-py3-none-any.whl": b"wheel", "words.lock": b"lock"}
    release, blobs = make_release(LABEL, {}, files, b"sbom", b"closure")
    data = release.manifest.to_bytes()
    remarks = [manifest(text, subject=data, kind=ABOUT) for text in (b"built", b"tested")]
    more = {digest_bytes(text): text for text in (EMPTY, b"built", b"tested")}
    return Parcel(release, tuple(sorted(remarks, key=digest_bytes)), blobs | more)


@pytest.fixture
def packed():
    return pack(parcel(), "words.wheel")


def members(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}


def tar(files, *others, format=tarfile.USTAR_FORMAT):
    """A tar of some files, and of entries that are none."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as made:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
        for entry in others:
            made.addfile(entry)
    return out.getvalue()


def refused(data):
    with pytest.raises(Malformed) as told:
        unpack(data)
    return str(told.value)


def test_what_was_packed_comes_out(packed):
    found, whole = unpack(packed), parcel()
    assert found.release == whole.release
    assert found.referrers == whole.referrers
    assert found.blobs == whole.blobs


def test_equal_releases_are_equal_bytes_with_nobody_s_name_and_no_date(packed):
    again = Parcel(parcel().release, parcel().referrers[::-1], parcel().blobs)
    assert pack(again, "words.wheel") == packed
    with tarfile.open(fileobj=io.BytesIO(packed)) as found:
        entries = found.getmembers()
    assert {(x.uid, x.gid, x.uname, x.gname, x.mtime) for x in entries} == {(0, 0, "", "", 0)}
    assert [x.name for x in entries] == sorted(x.name for x in entries)


@pytest.mark.skipif(which("skopeo") is None, reason="skopeo is not installed")
def test_skopeo_reads_it(packed, tmp_path):
    (tmp_path / "words.oci.tar").write_bytes(packed)
    done = subprocess.run(
        ["skopeo", "inspect", f"oci-archive:{tmp_path / 'words.oci.tar'}"],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["Digest"] == f"sha256:{parcel().release.digest.hex}"


def test_it_is_put_into_a_place_as_it_is(packed, tmp_path):
    place = Layout("place", tmp_path / "place")
    unpack(packed).put(place)
    digest = parcel().release.digest
    assert place.manifest(digest) == parcel().release.manifest.to_bytes()
    assert {x.digest for x in place.referrers(digest)} == set(map(digest_bytes, parcel().referrers))
    assert place.tags() == ()


BLOB = f"blobs/sha256/{digest_bytes(b'wheel').hex}"
WRONG_NAMES = [
    *("../evil", "/etc/evil", "blobs/sha256/../../evil", "blobs/sha256/xyz", "evil"),
    *(f"blobs/sha512/{'0' * 128}"[:99], f"./{BLOB}", f"{BLOB}/x", "a\x01b", "oci-layout/x"),
]


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_a_file_of_another_name_is_refused(packed, name):
    files = members(packed)
    assert refused(tar(files | {name: b"evil"}))
    del files[BLOB]
    assert refused(tar(files | {name: b"wheel"}))


@pytest.mark.parametrize(
    "kind",
    [
        *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE),
        *(tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, tarfile.DIRTYPE, b"V", b"\0"),
    ],
)
def test_an_entry_that_is_no_plain_file_is_refused(packed, kind):
    files = members(packed)
    del files[BLOB]
    entry = tarfile.TarInfo(BLOB)
    entry.type, entry.linkname = kind, "/etc/passwd"
    data = tar(files, entry)
    assert "no folder" in refused(data) or "neither" in refused(data)


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_headers_that_say_more_are_refused(packed, format):
    files = members(packed)
    assert refused(tar(files | {f"blobs/sha256/{'0' * 200}": b""}, format=format))
    out = io.BytesIO()
    headers = {"GNU.sparse.major": "1", "size": "99"}
    with tarfile.open(
        fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers
    ) as made:
        made.addfile(tarfile.TarInfo("oci-layout"))
    assert "neither" in refused(out.getvalue())


def test_a_file_that_comes_twice_is_refused(packed):
    once = tar(members(packed))
    entry = tarfile.TarInfo("index.json")
    assert "twice" in refused(tar(members(packed), entry))
    assert unpack(once)


def test_a_header_that_was_changed_is_refused(packed):
    mode = 100
    assert "damaged" in refused(packed[:mode] + b"7" + packed[mode + 1 :])


def test_compressed_archives_are_not_opened(packed):
    assert "uncompressed" in refused(gzip.compress(packed))


def test_too_much_is_refused_before_it_is_looked_at(packed, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 3)
    assert "too many" in refused(packed)
    monkeypatch.setattr(archive, "MAX_ARCHIVE", len(packed) - 1)
    assert "larger" in refused(packed)
    with pytest.raises(Malformed, match="larger"):
        pack(parcel(), "words.wheel")


def test_every_cut_and_every_turned_byte_of_the_archive_is_noticed_or_harmless(packed):
    whole = parcel()
    for at in range(0, len(packed) - 1024, 97):
        damaged = packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :]
        for data in (packed[:at], damaged):
            try:
                found = unpack(data)
            except Malformed:
                continue
            # the padding behind a file, and the zeros at the end
            assert (found.release, found.blobs) == (whole.release, whole.blobs)


def test_what_is_missing_or_belongs_to_nothing_is_refused(packed):
    files = members(packed)
    for name in files:
        rest = {key: data for key, data in files.items() if key != name}
        assert refused(tar(rest)), name
    stray = f"blobs/sha256/{digest_bytes(b'stray').hex}"
    assert "belongs to nothing" in refused(tar(files | {stray: b"stray"}))
    assert "digest" in refused(tar(files | {BLOB: b"WHEEL"}))


def test_what_is_about_something_else_is_refused(packed, monkeypatch):
    other = Parcel(parcel().release, (manifest(b"built", kind=ABOUT),), parcel().blobs)
    with pytest.raises(Malformed, match="not about"):
        pack(other, "words.wheel")
    with monkeypatch.context() as patch:
        patch.setattr(archive, "_about", lambda data, _: Manifest.parse(data).described())
        wrong = pack(other, "words.wheel")
    assert "not about" in refused(wrong)


def test_an_archive_of_something_that_is_no_release_is_refused(tmp_path):
    place = Layout("place", tmp_path / "place")
    place.swap("x", None, digest_bytes(put(place, b"layer")))
    files = {
        str(path.relative_to(tmp_path / "place")): path.read_bytes()
        for path in (tmp_path / "place").rglob("*")
        if path.is_file() and path.name != ".lock"
    }
    assert "no release" in refused(tar(files))


@pytest.mark.parametrize("data", [b"", b"\0" * 10240, b"x" * 600, b"ustar" * 200])
def test_what_is_no_archive_is_refused(data):
    refused(data)
