"""Over an air gap: `export` writes a release and what is about it, `import` believes nothing."""

import json
import shutil
import subprocess

import pytest

from tests.docs.test_docs_session import contracts
from tests.promote.world import LABEL, SETTINGS, World, trust_text


@pytest.fixture(scope="session")
def exported(promoted_world, tmp_path_factory):
    """What `export` wrote of the release in prod, and what it said."""
    path = tmp_path_factory.mktemp("exported") / "words.oci.tar"
    done = promoted_world.type("export", LABEL, "--to", str(path), "--json", by=None)
    assert done.code == 0, done.err
    return path, done.json


@pytest.fixture
def empty(promoted_world, tmp_path):
    """A workspace elsewhere: the same people and channels, nothing built and nothing promoted."""
    there = World(tmp_path / "elsewhere")
    (there.root).mkdir(parents=True)
    (there.folder / "home").mkdir()
    shutil.copytree(promoted_world.folder / "keys", there.folder / "keys")
    there.path("fxgbuild.toml").write_text(SETTINGS)
    there.path("trust.toml").write_text(trust_text(there))
    return there


def test_what_is_exported_goes_on_in_an_empty_workspace(promoted, exported, empty, tmp_path):
    path, said = exported
    assert said["release"] == promoted.tag("prod")
    assert (said["entries"], len(said["statements"])) == (3, 2)
    assert set(said) == contracts()["export"][0]
    done = empty.type("import", str(path), by=None)
    assert done.code == 0, done.err
    assert said["release"] in done.out
    assert "entered prod" in done.err
    assert empty.tag("dev") is None
    for channel in ("dev", "staging", "prod"):
        found = empty.promote(said["release"], channel, by="rob")
        assert (found["release"], found["file"]) == (said["release"], said["file"])
    assert empty.tag("prod") == said["release"]
    done = empty.type("verify", "--channel", "prod", by=None)
    assert done.code == 0, done.out + done.err


def test_what_is_exported_is_verified_by_whom_has_no_channels(exported, empty):
    path, said = exported
    empty.path("fxgbuild.toml").write_text("fxg = 1\n")
    done = empty.type("verify", str(path), by=None)
    assert done.code == 0, done.out + done.err
    assert "signed by ana@example.org" in done.out
    assert "no entry of the ledger names it" in done.out
    assert empty.type("verify", said["release"], by=None).code == 2  # that lies in channels only
    empty.path("trust.toml").write_text("fxg = 1\n")
    done = empty.type("verify", str(path), by=None)
    assert done.code == 26
    assert "signed by a key that is not in the trust file" in done.out


def test_equal_exports_are_equal_bytes_also_from_a_place_it_was_imported_into(
    promoted, exported, empty, tmp_path
):
    path, said = exported
    again = tmp_path / "again.oci.tar"
    for what in (said["file"][:12], said["release"]):
        assert promoted.type("export", what, "--to", str(again), "--channel", "prod").code == 0
        assert again.read_bytes() == path.read_bytes()
    assert empty.type("import", str(path)).code == 0
    assert empty.type("export", said["release"], "--to", str(again)).code == 0
    assert again.read_bytes() == path.read_bytes()


def test_skopeo_shows_the_release_of_an_export(exported):
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed")
    path, said = exported
    words = ["skopeo", "inspect", f"oci-archive:{path}"]
    found = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert found["Digest"] == f"sha256:{said['release']}"
    assert f"sha256:{said['file']}" in found["Layers"]


def test_a_damaged_file_is_refused_and_nothing_is_stored(exported, empty, tmp_path):
    data = bytearray(exported[0].read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "damaged.oci.tar").write_bytes(data)
    done = empty.type("import", str(tmp_path / "damaged.oci.tar"))
    assert done.code == 26
    assert "not what `fxgbuild export` wrote" in done.err
    assert not empty.path("channels").exists()


def test_a_release_that_nobody_trusted_signed_is_refused(exported, empty):
    empty.path("trust.toml").write_text(trust_text(empty, people=("ben", "cleo", "rob")))
    done = empty.type("import", str(exported[0]))
    assert done.code == 26
    assert "not in the trust file" in done.err
    assert not empty.path("channels").exists()
    empty.path("trust.toml").unlink()
    done = empty.type("import", str(exported[0]))
    assert done.code == 0
    assert "no signature was judged" in done.err


def test_it_goes_into_the_place_that_is_named(exported, empty, registry):
    path, said = exported
    for place in ("held", registry.place("imported")):
        done = empty.type("import", str(path), "--to", place, "--json")
        assert done.code == 0, done.err
        assert (done.json["place"], done.json["judged"]) == (place, True)
        assert set(done.json) == contracts()["import"][0]
        assert set(done.json["statements"][0]) <= contracts()["import"][1]
        assert {found["doubt"] for found in done.json["statements"]} == {""}
    assert (empty.path("held/blobs/sha256") / said["file"]).is_file()
    assert not empty.path("channels").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("export", LABEL, "--to", "x", "--channel", "qa"), "there is no channel `qa`"),
        (("export", "//words:whel", "--to", "x"), "//words:wheel"),
        (("export", "0" * 64, "--to", "x"), "no channel has"),
        (("export", LABEL, "--to", "none/../trust.toml/x"), "cannot be written"),
        (("import", "nothing.tar"), "cannot be read"),
        (("import", "trust.toml"), "not what `fxgbuild export` wrote"),
        (("import", "trust.toml", "--to", "oci://Host/UPPER"), "not what"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_error(promoted_world, words, told):
    done = promoted_world.type(*words)
    assert done.code not in (0, 37)
    assert told in done.err
    assert done.err.count("error: ") == 1
    assert not promoted_world.path("x").exists()
