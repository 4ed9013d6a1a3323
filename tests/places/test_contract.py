"""What every place does, a folder and registries of both kinds alike."""

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.errors import Distrusted
from fxgbuild.oci.manifest import EMPTY, MANIFEST, Descriptor, Manifest
from fxgbuild.places.open import open_place

from .material import ABOUT, manifest, put, remark

BLOB = "application/octet-stream"


def test_an_empty_place_has_nothing(place):
    nothing = digest_bytes(b"nothing")
    assert not place.has(Descriptor(BLOB, nothing, 7))
    assert not place.has(Descriptor(MANIFEST, nothing, 7))
    assert place.manifest(nothing) is None
    assert place.tag("dev") is None
    assert place.tags() == ()
    assert place.referrers(nothing) == ()


@pytest.mark.parametrize("data", [b"some bytes", b"", bytes(200_000)], ids=["few", "none", "many"])
def test_a_blob_comes_back_as_it_was_put(opener, data):
    digest = opener().put_blob(data)
    assert digest == digest_bytes(data)
    described = Descriptor.of(data, BLOB)
    assert opener().has(described)
    assert opener().blob(described) == data


def test_putting_again_is_harmless(place):
    first = put(place, b"layer")
    assert put(place, b"layer") == first
    assert place.manifest(digest_bytes(first)) == first


def test_a_blob_that_is_not_there_is_told(place):
    place.put_blob(b"another")
    with pytest.raises(Distrusted, match="does not hold") as told:
        place.blob(Descriptor.of(b"missing", BLOB))
    assert told.value.facts["content"] == digest_bytes(b"missing").hex


def test_a_blob_of_another_size_than_is_said_is_not_handed_out(place):
    place.put_blob(b"12345")
    for size in (4, 6):
        with pytest.raises(Distrusted):
            place.blob(Descriptor(BLOB, digest_bytes(b"12345"), size))


def test_a_manifest_needs_its_blobs(place):
    place.put_blob(EMPTY)
    with pytest.raises(Distrusted):
        place.put_manifest(manifest(b"never put"))


def test_a_manifest_comes_back_by_digest_byte_for_byte(opener):
    data = put(opener(), b"one", b"two")
    assert opener().manifest(digest_bytes(data)) == data
    assert opener().has(Manifest.parse(data).described())


def test_a_tag_moves_only_from_where_it_is_thought_to_be(opener):
    place = opener()
    one, two = (digest_bytes(put(place, text)) for text in (b"one", b"two"))
    assert place.swap("dev-eeg.wheel", None, one)
    assert opener().tag("dev-eeg.wheel") == one
    assert not place.swap("dev-eeg.wheel", None, two)
    assert not place.swap("dev-eeg.wheel", two, two)
    assert opener().tag("dev-eeg.wheel") == one
    assert place.swap("dev-eeg.wheel", one, two)
    assert opener().tag("dev-eeg.wheel") == two
    assert place.swap("dev-eeg.wheel", two, two)
    assert opener().manifest(one) is not None  # which no tag points to now


def test_a_tag_points_to_what_is_there_only(place):
    put(place, b"one")
    with pytest.raises(Distrusted):
        place.swap("dev", None, digest_bytes(b"never put"))
    assert place.tag("dev") is None


def test_several_tags_may_point_to_one_manifest(place):
    one = digest_bytes(put(place, b"one"))
    assert place.swap("staging-x", None, one)
    assert place.swap("dev-x", None, one)
    assert place.tags() == ("dev-x", "staging-x")
    assert place.tag("dev-x") == place.tag("staging-x") == one


def test_what_is_about_a_manifest_is_listed_with_its_type(opener):
    place = opener()
    subject, other = put(place, b"release"), put(place, b"another release")
    about = {remark(place, subject, text) for text in (b"built", b"tested", b"approved")}
    remark(place, other, b"of the other")
    found = opener().referrers(digest_bytes(subject))
    assert {x.digest for x in found} == about
    assert [x.digest for x in found] == sorted(about)
    assert {x.artifact_type for x in found} == {ABOUT}
    assert all(opener().manifest(x.digest) is not None for x in found)


def test_a_referrer_that_is_put_again_is_listed_once(place):
    subject = put(place, b"release")
    remark(place, subject, b"same")
    remark(place, subject, b"same")
    assert len(place.referrers(digest_bytes(subject))) == 1


def test_a_referrer_may_come_before_its_subject(place):
    subject = manifest(b"late")
    about = remark(place, subject, b"early")
    assert [x.digest for x in place.referrers(digest_bytes(subject))] == [about]
    put(place, b"late")
    assert [x.digest for x in place.referrers(digest_bytes(subject))] == [about]


def test_tags_that_carry_referrers_are_not_shown(place):
    subject = put(place, b"release")
    remark(place, subject, b"about it")
    place.swap("dev", None, digest_bytes(subject))
    assert place.tags() == ("dev",)


def test_a_tag_that_no_registry_takes_is_refused(place):
    one = digest_bytes(put(place, b"one"))
    for tag in ("", "../x", "a/b", "x" * 129, "-x", "a b"):
        with pytest.raises(ValueError, match="no tag"):
            place.swap(tag, None, one)


def test_what_a_tag_points_to_is_never_forgotten(opener):
    place = opener()
    old, new = (digest_bytes(put(place, text)) for text in (b"old", b"new"))
    place.swap("ledger", None, old)
    place.forget(old)
    assert opener().manifest(old) is not None
    place.swap("ledger", old, new)
    place.forget(old)
    place.forget(digest_bytes(b"never put"))
    assert opener().tag("ledger") == new
    assert opener().manifest(new) is not None


def test_a_folder_forgets_what_no_tag_points_to(tmp_path):
    place = open_place("here", tmp_path)
    old, new = (digest_bytes(put(place, text)) for text in (b"old", b"new"))
    place.swap("ledger", None, old)
    place.swap("ledger", old, new)
    place.forget(old)
    assert place.manifest(old) is None
    assert not (tmp_path / "here" / "blobs" / "sha256" / old.hex).exists()
