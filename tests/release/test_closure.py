"""The closure's tar: the same bytes for the same files, and nothing else is read from one."""

import gzip
import io
import os
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxgbuild.oci.manifest import Malformed
from fxgbuild.release.closure import contents, is_plain, pack

names = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1,
            max_size=60),
    min_size=1, max_size=4,
).map("/".join).filter(is_plain)  # fmt: skip


@given(files=st.dictionaries(names, st.binary(max_size=2000), max_size=5))
@settings(max_examples=50)
def test_files_come_back_as_they_were_and_their_order_does_not_matter(files):
    below_files = any(
        name.startswith(f"{other}/") for name in files for other in files if name != other
    )
    data = pack(files)
    assert data == pack(dict(reversed(files.items())))
    if below_files:
        with pytest.raises(Malformed):
            contents(data)
    else:
        assert contents(data) == files


def test_the_tar_has_no_date_owner_or_compression():
    with tarfile.open(fileobj=io.BytesIO(pack({"a/b": b"x", "a" * 300: b"y"})), mode="r:") as tar:
        for member in tar:
            facts = (member.mtime, member.uid, member.gid, member.uname, member.gname, member.mode)
            assert facts == (0, 0, 0, "", "", 0o644)


def tar_of(*members):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, facts in members:
            member = tarfile.TarInfo(name)
            for fact, value in facts.items():
                setattr(member, fact, value)
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return made.getvalue()


LINK = {"linkname": "/etc/passwd"}
SPARSE = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(2**40)}
BAD = {
    "absolute": [("/etc/x", {})],
    "above": [("a/../../x", {})],
    "here": [("./x", {})],
    "twice": [("x", {}), ("x", {})],
    "empty part": [("a//x", {})],
    "link": [("x", {"type": tarfile.SYMTYPE, **LINK})],
    "hard link": [("x", {"type": tarfile.LNKTYPE, **LINK})],
    "device": [("x", {"type": tarfile.CHRTYPE})],
    "pipe": [("x", {"type": tarfile.FIFOTYPE})],
    "folder": [("x", {"type": tarfile.DIRTYPE})],
    "sparse": [("x", {"size": 512, "pax_headers": SPARSE})],
    "sparse of GNU": [("x", {"type": tarfile.GNUTYPE_SPARSE})],
    "git": [("a/.git/config", {})],
    "git, shouted": [(".GIT/config", {})],
    "store": [(".fxgbuild/index", {})],
    "file as folder": [("x", {}), ("x/y", {})],
    "control": [("a\nb", {})],
    "long": [("x" * 2000, {})],
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_plain_file_in_a_folder_is_malformed(case):
    with pytest.raises(Malformed):
        contents(tar_of(*BAD[case]))


def test_a_closure_that_is_cut_off_is_malformed():
    data = pack({"a": os.urandom(3000), "b": b"x"})
    for length in (0, 1, 500, 512, 600, 2048, 3600, 4096, len(data) - 1):
        with pytest.raises(Malformed):
            contents(data[:length])


def test_a_compressed_tar_is_malformed():

    with pytest.raises(Malformed):
        contents(gzip.compress(pack({"a": b"x"})))


@given(data=st.binary(max_size=3000), at=st.integers(0, 3000))
@settings(max_examples=100)
def test_garbage_is_malformed_and_never_an_accident(data, at):
    good = bytearray(pack({"a": b"x" * 600, "b" * 150: b"y"}))
    for bad in (data, bytes(good[:at] + data + good[at + len(data) :])):
        try:
            found = contents(bad)
        except Malformed:
            continue
        assert all(is_plain(name) for name in found)
