"""A registry that is slow, full, broken or lying: one error that says so, and nothing believed."""

import threading
import time

import pytest

from fxgbuild.digest import digest_bytes
from fxgbuild.errors import Distrusted, PlaceUnavailable, UsageError
from fxgbuild.oci.manifest import MANIFEST, Descriptor
from fxgbuild.places import repository as repository_module
from fxgbuild.places.open import open_place
from fxgbuild.places.registry import WAIT
from fxgbuild.places.repository import Repository

from .material import put, remark

BLOB = "application/octet-stream"
DATA = b"some bytes that matter"
DESCRIBED = Descriptor.of(DATA, BLOB)
AUTH = '{"auths": {"HOST": {"auth": "YW5hOnNlY3JldA=="}}}'  # of ana:secret


@pytest.fixture
def far(proxy, repository, tmp_path):
    """Opens the same repository anew: nothing is remembered of it."""
    return lambda: open_place(proxy.place(repository), tmp_path)


@pytest.fixture
def stored(far):
    """A manifest in the repository; its digest."""
    return digest_bytes(put(far(), DATA))


def told(error):
    """One line that says what is wrong, with the place in it."""
    facts = error.value.facts
    assert facts["place"].startswith("oci://127.0.0.1:")
    assert error.value.hint
    assert "\n" not in facts["cause"]
    return facts["cause"]


def refused(kind, act):
    with pytest.raises(kind) as error:
        act()
    return told(error)


@pytest.mark.parametrize("status", ["500", "502", "503", "429"])
def test_an_error_of_the_registry_is_asked_past_once(proxy, far, stored, status):
    proxy.break_(status, times=1)
    assert far().blob(DESCRIBED) == DATA
    proxy.break_(status)
    proxy.asked.clear()
    assert status in refused(PlaceUnavailable, lambda: far().blob(DESCRIBED))
    assert len(proxy.asked) == 2


@pytest.mark.parametrize("status", ["507", "413"])
def test_a_full_registry_is_said_to_be_full(proxy, far, status):
    proxy.break_(status, method="PUT", path="/blobs/")
    assert "full" in refused(PlaceUnavailable, lambda: far().put_blob(DATA))
    proxy.heal()
    assert not far().has(DESCRIBED)


def test_a_registry_that_is_not_there(tmp_path, registry):
    host = f"127.0.0.1:{int(registry.host.rpartition(':')[2]) % 60000 + 1024}"
    cause = refused(PlaceUnavailable, lambda: open_place(f"oci://{host}/x", tmp_path).tag("dev"))
    assert "refused" in cause


@pytest.mark.parametrize("kind", ["slow", "slow_head", "hang"])
def test_an_answer_that_does_not_end_is_waited_for_so_long_only(
    proxy, far, stored, kind, monkeypatch
):
    monkeypatch.setenv(WAIT, "0.3")
    proxy.break_(kind, method="GET")
    began = time.monotonic()
    refused(PlaceUnavailable, lambda: far().tag("dev"))
    assert time.monotonic() - began < 8
    proxy.heal()
    monkeypatch.setenv(WAIT, "6")
    assert far().blob(DESCRIBED) == DATA


def test_an_answer_that_is_too_large_is_not_taken(proxy, far, stored):
    proxy.break_("endless", method="GET")
    assert "larger than" in refused(PlaceUnavailable, lambda: far().tag("dev"))
    assert "larger than" in refused(PlaceUnavailable, lambda: far().blob(DESCRIBED))


def test_a_line_that_breaks_is_tried_again(proxy, far, stored):
    proxy.break_("reset", times=1)
    assert far().blob(DESCRIBED) == DATA
    proxy.break_("reset", method="PUT", times=1)
    far().put_blob(b"other")
    proxy.break_("reset")
    refused(PlaceUnavailable, lambda: far().blob(DESCRIBED))


@pytest.mark.parametrize("kind", ["corrupt", "truncate", "garbage"])
def test_other_bytes_than_were_asked_for_are_not_handed_out(proxy, far, stored, kind):
    proxy.break_(kind, method="GET")
    assert "digest" in refused(Distrusted, lambda: far().blob(DESCRIBED))
    assert "digest" in refused(Distrusted, lambda: far().manifest(stored))


def test_a_tag_whose_bytes_are_not_those_that_are_said_is_not_believed(proxy, far, stored):
    far().swap("dev", None, stored)
    for kind in ("corrupt", "garbage", "other"):
        proxy.heal()
        proxy.break_(kind, method="GET", path="/manifests/dev")
        refused(Distrusted, lambda: far().tag("dev"))


def test_what_the_registry_damaged_on_its_disk_is_found(registry, far, repository, tmp_path):
    place = open_place(registry.place(repository), tmp_path)
    stored = digest_bytes(put(place, b"to be damaged on the disk"))
    path = registry.blob_path(digest_bytes(b"to be damaged on the disk"))
    path.write_bytes(b"TO be damaged on the disk")
    described = Descriptor.of(b"to be damaged on the disk", BLOB)
    refused(Distrusted, lambda: place.blob(described))
    data = registry.blob_path(stored).read_bytes()
    registry.blob_path(stored).write_bytes(data.replace(b"octet", b"OCTET"))
    refused(Distrusted, lambda: far().manifest(stored))


def test_a_blob_that_the_registry_forgot_is_told(proxy, far, stored):
    proxy.break_("404", path=f"/blobs/sha256:{DESCRIBED.digest}")
    assert not far().has(DESCRIBED)
    assert "lost" in refused(Distrusted, lambda: far().blob(DESCRIBED))


def test_a_referrer_that_the_registry_forgot_is_told(proxy, far):
    subject = put(far(), b"release")
    about = remark(far(), subject, b"tested")
    proxy.break_("404", path=f"/manifests/sha256:{about}")
    assert "lost" in refused(Distrusted, lambda: far().referrers(digest_bytes(subject)))


@pytest.mark.parametrize("api", [False, True])
def test_a_list_of_referrers_that_is_none_is_refused(proxy, far, api):
    proxy.referrers = api
    subject = put(far(), b"release")
    remark(far(), subject, b"tested")
    proxy.break_("garbage", method="GET", path="/referrers/" if api else "/manifests/sha256-")
    refused(Distrusted, lambda: far().referrers(digest_bytes(subject)))


def test_a_write_that_is_redirected_is_not_followed(proxy, far):
    proxy.break_("redirect", method="PUT|POST")
    assert "redirects a write" in refused(PlaceUnavailable, lambda: far().put_blob(DATA))
    assert not any("/elsewhere" in path for _, path in proxy.asked)


def test_a_read_that_is_redirected_is_verified_where_it_ends(proxy, far, stored):
    proxy.break_("redirect", method="GET", path="^/v2/")
    proxy.break_("garbage", path="^/elsewhere/")
    assert "digest" in refused(Distrusted, lambda: far().blob(DESCRIBED))
    assert any("/elsewhere" in path for _, path in proxy.asked)


def test_a_manifest_is_not_tagged_where_its_blobs_could_not_be_stored(proxy, far):
    proxy.break_("500", method="PUT", path="/blobs/")
    refused(PlaceUnavailable, lambda: put(far(), DATA))
    proxy.heal()
    assert far().tags() == ()
    assert far().manifest(digest_bytes(put(far(), DATA))) is not None


def test_a_kill_between_a_manifest_and_its_fallback_is_mended_by_putting_again(proxy, far):
    subject = put(far(), b"release")
    proxy.break_("500", method="PUT", path="/manifests/sha256-")
    refused(PlaceUnavailable, lambda: remark(far(), subject, b"tested"))
    proxy.heal()
    assert far().referrers(digest_bytes(subject)) == ()
    about = remark(far(), subject, b"tested")
    assert [x.digest for x in far().referrers(digest_bytes(subject))] == [about]


def test_a_tag_that_somebody_moves_at_the_same_moment_is_told(proxy, far, monkeypatch):
    place, other = far(), far()
    one, two = (digest_bytes(put(place, text)) for text in (b"one", b"two"))
    store = Repository._put

    def overtaken(self, name, data, *kind):
        answer = store(self, name, data, *kind)
        store(other, "dev", other.manifest(two))
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Repository, "_put", overtaken)
        assert not place.swap("dev", None, one)
    assert far().tag("dev") == two


def test_of_two_who_move_a_tag_of_a_registry_at_once_one_is_told(
    registry, repository, tmp_path, monkeypatch
):
    monkeypatch.setattr(repository_module, "SETTLE", 4)

    def moves(place, new, start, said):
        start.wait()
        said.append(place.swap("dev", None, new))

    for number in range(3):
        places = [open_place(registry.place(f"{repository}-{number}"), tmp_path) for _ in "ab"]
        news = [digest_bytes(put(p, text)) for p, text in zip(places, (b"a", b"b"), strict=True)]
        start, said = threading.Barrier(2), []
        both = [
            threading.Thread(target=moves, args=(place, new, start, said))
            for place, new in zip(places, news, strict=True)
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert sorted(said) == [False, True]


# Logins -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["bearer", "basic"])
def test_logins_of_docker_s_configuration_are_used(proxy, far, login, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    proxy.login = login
    cause = refused(PlaceUnavailable, lambda: far().put_blob(DATA))
    assert "401" in cause
    configuration = tmp_path / ".docker/config.json"
    configuration.parent.mkdir()
    configuration.write_text(AUTH.replace("HOST", proxy.host))
    place = far()
    stored = digest_bytes(put(place, DATA))  # reads first, then writes: another scope
    assert place.swap("dev", None, stored)
    assert far().tag("dev") == stored
    assert far().has(Descriptor(MANIFEST, stored, len(place.manifest(stored))))
    configuration.write_text(AUTH.replace("HOST", proxy.host).replace("YW5h", "YW5i"))
    assert "login" in refused(PlaceUnavailable, lambda: far().tag("dev"))


def test_a_login_goes_nowhere_without_tls_but_to_this_machine(proxy, far, tmp_path, monkeypatch):
    logins = tmp_path / "auth.json"
    logins.write_text(AUTH.replace("HOST", proxy.host))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(logins))
    proxy.login, proxy.realm = "bearer", "http://registry.example.org/token"
    assert "without TLS" in refused(PlaceUnavailable, lambda: far().tag("dev"))


@pytest.mark.parametrize("text", ["", "[]", '{"auths": 1}', '{"auths": {"HOST": "x"}}'])
def test_logins_that_cannot_be_read_are_said(proxy, far, tmp_path, monkeypatch, text):
    logins = tmp_path / "auth.json"
    logins.write_text(text.replace("HOST", proxy.host))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(logins))
    assert str(logins) in refused(PlaceUnavailable, lambda: far().tag("dev"))


@pytest.mark.parametrize("said", ["0", "-1", "soon", "nan", "1e9"])
def test_a_wait_that_is_no_number_of_seconds_is_told(far, monkeypatch, said):
    monkeypatch.setenv(WAIT, said)
    with pytest.raises(UsageError, match=WAIT):
        far()
