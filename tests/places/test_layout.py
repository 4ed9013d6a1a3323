"""A folder as a place: read by other tools, never half written, and not led astray."""

import fcntl
import json
import os
import resource
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.errors import DiskFull, Distrusted, PlaceUnavailable
from fxgbuild.oci.manifest import Descriptor
from fxgbuild.places import layout
from fxgbuild.places.layout import Layout
from fxgbuild.places.open import open_place
from fxgbuild.release.release import make_release

from .material import put, remark

BLOB = "application/octet-stream"
DATA = b"some bytes"
DESCRIBED = Descriptor.of(DATA, BLOB)
needs_skopeo = pytest.mark.skipif(shutil.which("skopeo") is None, reason="no skopeo")


@pytest.fixture
def place(tmp_path):
    return Layout("place", tmp_path / "place")


def blob_of(place, data=DATA):
    return place.folder / "blobs/sha256" / digest_bytes(data).hex


def release_in(place, tag):
    release, blobs = make_release("//words:wheel", {}, {"a.whl": b"wheel"}, b"sbom", b"closure")
    for blob in blobs.values():
        place.put_blob(blob)
    place.put_manifest(release.manifest.to_bytes())
    assert place.swap(tag, None, release.digest)
    return release


def skopeo(*words):
    return subprocess.run(["skopeo", *words], capture_output=True, text=True, check=True).stdout


@needs_skopeo
def test_skopeo_reads_and_copies_it_with_the_same_digest(place, registry, repository):
    release = release_in(place, "dev-words.wheel")
    remark(place, release.manifest.to_bytes(), b"tested")
    name = f"oci:{place.folder}:dev-words.wheel"
    assert json.loads(skopeo("inspect", name))["Digest"] == f"sha256:{release.digest.hex}"
    there = f"docker://{registry.host}/{repository}:dev"
    skopeo("copy", "--dest-tls-verify=false", name, there)
    found = json.loads(skopeo("inspect", "--tls-verify=false", there))
    assert found["Digest"] == f"sha256:{release.digest.hex}"


@needs_skopeo
def test_what_skopeo_put_into_it_stays_and_is_read(place, tmp_path):
    release = release_in(Layout("other", tmp_path / "other"), "dev")
    release_in(place, "dev-words.wheel")
    skopeo("copy", f"oci:{tmp_path / 'other'}:dev", f"oci:{place.folder}:theirs")
    assert place.tag("theirs") == release.digest
    put(place, b"another")
    assert place.tags() == ("dev-words.wheel", "theirs")


# What is not ours ---------------------------------------------------------------------------------


def a_link(path):
    path.symlink_to("/etc/passwd")


def a_dangling_link(path):
    path.symlink_to("/nowhere")


def a_pipe(path):
    os.mkfifo(path)


def a_folder(path):
    path.mkdir()


KINDS = [a_link, a_dangling_link, a_pipe, a_folder]


@pytest.mark.parametrize("kind", KINDS)
def test_a_blob_that_is_no_file_is_refused(place, kind):
    place.put_blob(DATA)
    blob_of(place).unlink()
    kind(blob_of(place))
    for act in (
        lambda: place.blob(DESCRIBED),
        lambda: place.has(DESCRIBED),
        lambda: place.put_blob(DATA),
    ):
        with pytest.raises(Distrusted):
            act()


@pytest.mark.parametrize("kind", KINDS)
def test_an_index_that_is_no_file_is_refused(place, kind):
    digest = digest_bytes(put(place, DATA))
    (place.folder / "index.json").unlink()
    kind(place.folder / "index.json")
    for act in (lambda: place.tag("dev"), lambda: place.swap("dev", None, digest)):
        with pytest.raises(Distrusted):
            act()


@pytest.mark.parametrize("name", ["blobs", "blobs/sha256"])
def test_a_link_in_place_of_a_folder_is_refused(place, tmp_path, name):
    place.put_blob(DATA)
    shutil.move(place.folder / name, tmp_path / "moved")
    (place.folder / name).symlink_to(tmp_path / "moved")
    with pytest.raises(Distrusted):
        place.blob(DESCRIBED)
    with pytest.raises(Distrusted):
        place.put_blob(b"other")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("name", ["", "index.json", "blobs", "blobs/sha256"])
def test_files_of_another_user_are_refused(place, name):
    digest = digest_bytes(put(place, DATA))
    os.chown(place.folder / name, 65534, 65534)
    with pytest.raises(Distrusted, match="does not hold") as told:
        place.manifest(digest)
    assert "65534" in told.value.facts["cause"]


def test_what_every_user_may_write_is_refused(place):
    put(place, DATA)
    place.folder.chmod(0o777)
    with pytest.raises(Distrusted):
        place.tag("dev")


@pytest.mark.parametrize("data", [b"", b"some byte", b"SOME bytes", b"some bytes and more"])
def test_a_damaged_blob_is_refused_and_the_error_says_what_to_remove(place, data):
    place.put_blob(DATA)
    blob_of(place).chmod(0o600)
    blob_of(place).write_bytes(data)
    with pytest.raises(Distrusted) as told:
        place.blob(DESCRIBED)
    assert str(blob_of(place)) in told.value.hint
    with pytest.raises(Distrusted):
        place.put_blob(DATA)
    blob_of(place).unlink()
    place.put_blob(DATA)
    assert place.blob(DESCRIBED) == DATA


@pytest.mark.parametrize(
    "index",
    [
        *(b"", b"{", b"[]", b"null", b"{}", b'{"schemaVersion":2}', b"\xff", b"[" * 100_000),
        b'{"schemaVersion":2,"manifests":[{"digest":"sha256:../../x","mediaType":"a/b","size":1}]}',
    ],
)
def test_an_index_that_is_none_is_refused(place, index):
    digest = digest_bytes(put(place, DATA))
    (place.folder / "index.json").write_bytes(index)
    for act in (
        place.tags,
        lambda: place.referrers(digest),
        lambda: place.swap("dev", None, digest),
    ):
        with pytest.raises(Distrusted):
            act()
    assert (place.folder / "index.json").read_bytes() == index


def test_a_tag_that_stands_twice_is_refused(place):
    put(place, DATA)
    path = place.folder / "index.json"
    found = json.loads(path.read_text())
    twice = [
        {**found["manifests"][0], "annotations": {"org.opencontainers.image.ref.name": "dev"}},
        {**found["manifests"][0], "digest": "sha256:" + "0" * 64,
         "annotations": {"org.opencontainers.image.ref.name": "dev"}},
    ]  # fmt: skip
    path.write_text(json.dumps(found | {"manifests": twice}))
    with pytest.raises(Distrusted):
        place.tag("dev")


def test_a_manifest_that_is_lost_is_told(place):
    data = put(place, DATA)
    blob_of(place, data).unlink()
    for act in (lambda: place.manifest(digest_bytes(data)), lambda: place.referrers(DESCRIBED)):
        with pytest.raises(Distrusted) as told:
            act()
        assert "lost" in told.value.facts["cause"]


def test_a_folder_of_other_things_is_not_written_into(tmp_path):
    place = Layout("docs", tmp_path / "docs")
    place.folder.mkdir()
    (place.folder / "page.md").write_text("words")
    for act in (place.tags, lambda: place.put_blob(DATA)):
        with pytest.raises(PlaceUnavailable, match="cannot be used"):
            act()
    assert [path.name for path in place.folder.iterdir()] == ["page.md"]


def test_a_layout_of_another_version_is_refused(place):
    put(place, DATA)
    (place.folder / "oci-layout").write_text('{"imageLayoutVersion": "2.0.0"}')
    with pytest.raises(Distrusted):
        place.tags()


# Side by side, killed, full -----------------------------------------------------------------------


def start(place, code):
    """A process that does something with the place."""
    script = f"""
        from pathlib import Path
        from fxgbuild.places.layout import Layout
        from tests.places.material import put, remark, manifest
        from fxgbuild.digest import digest_bytes
        place = Layout("place", Path({str(place.folder)!r}))
    """
    text = textwrap.dedent(script) + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", text], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    )


def test_of_several_who_move_a_tag_at_once_one_wins_and_nothing_is_lost(place):
    code = """
        data = put(place, b"{number}")
        print(place.swap("dev", None, digest_bytes(data)))
        for each in range(10):
            remark(place, manifest(b"release"), b"{number} says %d" % each)
    """
    started = [start(place, code.replace("{number}", str(number))) for number in range(3)]
    said = [process.communicate(timeout=60)[0].decode().strip() for process in started]
    assert sorted(said) == ["False", "False", "True"]
    winner = digest_bytes(put(place, str(said.index("True")).encode()))
    assert place.tag("dev") == winner
    subject = digest_bytes(put(place, b"release"))
    assert len(place.referrers(subject)) == 30


def test_killed_while_writing_it_is_as_before_or_after(place):
    one = digest_bytes(put(place, b"one"))
    place.swap("dev", None, one)
    code = """
        old, number = place.tag("dev"), 0
        print(flush=True)
        while True:
            number += 1
            new = digest_bytes(put(place, b"%d" % number))
            assert place.swap("dev", old, new)
            old = new
    """
    for _ in range(3):
        process = start(place, code)
        process.stdout.readline()
        while place.tag("dev") == one:
            assert process.poll() is None
        process.kill()
        process.wait()
        one = place.tag("dev")
        assert place.manifest(one) is not None
        assert place.referrers(one) == ()  # reads every manifest


def test_a_holder_of_the_lock_is_waited_for_and_then_named(place, monkeypatch):
    monkeypatch.setattr(layout, "LOCK_S", 0.1)
    data = put(place, DATA)
    with (place.folder / ".lock").open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(PlaceUnavailable) as told:
            place.swap("dev", None, digest_bytes(data))
        assert place.tag("dev") is None  # who only reads waits for nobody
    assert "another command" in told.value.facts["cause"]


@pytest.fixture
def full():
    """From here on no file may be larger than some bytes, as on a disk with no more room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_and_nothing_is_half_written(place, full):
    first = digest_bytes(put(place, b"first"))
    place.swap("dev", None, first)
    size = (place.folder / "index.json").stat().st_size
    full(size)
    with pytest.raises(DiskFull):
        put(place, b"second")
    with pytest.raises(DiskFull):
        place.put_blob(bytes(size + 1))
    full(resource.RLIM_INFINITY)
    assert place.tag("dev") == first
    assert not list(place.folder.rglob(".fxg-*"))
    put(place, b"second")


@pytest.mark.parametrize("where", ["", "blobs/sha256"])
def test_what_a_kill_left_beside_a_file_is_swept_a_day_later(place, where):
    put(place, DATA)
    for name, age in ((".fxg-old", 2 * layout.ABANDONED_S), (".fxg-new", 0)):
        path = place.folder / where / name
        path.write_bytes(b"half")
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    put(place, b"another")
    assert not (place.folder / where / ".fxg-old").exists()
    assert (place.folder / where / ".fxg-new").exists()


def test_a_folder_has_one_name_however_it_is_written(tmp_path):
    names = {open_place(where, tmp_path).name for where in ("a/b", "./a/b", "a//b/", "a/x/../b")}
    assert names == {"a/b"}
