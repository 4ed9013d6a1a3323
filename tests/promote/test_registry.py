"""Channels in a real registry: one digest in all of them, whatever the registry does."""

import json
import shutil
import subprocess

import pytest

from tests.promote.conftest import move_to
from tests.promote.world import LABEL, entries, offered

CHANNELS = ("dev", "staging", "prod")


def inspected(place, tag):
    """What plain skopeo says of a tag."""
    done = subprocess.run(
        [
            "skopeo",
            "inspect",
            "--tls-verify=false",
            f"docker://{place.removeprefix('oci://')}:{tag}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


def place_of(world, channel):
    text = world.path("fxgbuild.toml").read_text()
    return text.partition(f"[channels.{channel}]")[2].split('"')[1]


def tags(world):
    """The digest that each channel's tag points to."""
    found = {c: inspected(place_of(world, c), f"{c}-words.wheel") for c in CHANNELS}
    return {channel: said and said["Digest"] for channel, said in found.items()}


@pytest.mark.slow
def test_skopeo_sees_one_digest_in_all_channels_of_a_registry(registered):
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed: apt-get install skopeo")
    first = registered.promote(LABEL, "dev")
    for channel in CHANNELS[1:]:
        registered.promote(first["release"][:12], channel, by="rob")
    assert set(tags(registered).values()) == {f"sha256:{first['release']}"}
    said = inspected(place_of(registered, "prod"), "prod-words.wheel")
    assert said["Layers"][0] == f"sha256:{first['file']}"
    assert said["Labels"]["dev.fxgbuild.label"] == LABEL
    assert offered(registered) == {first["file"]: False}
    assert [entry["number"] for entry in entries(registered, "prod")] == [3]


# kind, method, path; the exit code. What comes before the ledger's tag leaves no trace.
HARMLESS = [
    ("500", "PUT|POST", "/prod/blobs/", 1),
    ("413", "PUT|POST", "/prod/blobs/", 1),
    ("500", "PUT", "/prod/manifests/", 1),
    ("reset", "PUT", "/prod/manifests/", 1),
    ("hang", "POST", "/prod/blobs/", 1),
    ("slow", "GET", "/staging/blobs/", 1),
    ("corrupt", "GET", "/staging/blobs/", 26),
    ("404", "GET", "/staging/blobs/", 26),
    ("corrupt", "GET", "/ledger/manifests/sha256", 26),
    ("500", "PUT", "/ledger/manifests/ledger", 1),
    ("garbage", "GET", "/ledger/manifests/ledger", 26),
]
HURRIED = {"FXG_REGISTRY_WAIT_S": "1"}


@pytest.mark.slow
def test_whatever_a_registry_does_nothing_is_half_promoted_and_one_line_says_so(proxied, proxy):
    for channel in CHANNELS[:2]:
        proxied.promote(LABEL, channel)
    before = tags(proxied)
    for kind, method, path, code in HARMLESS:
        proxy.break_(kind, method, path)
        done = proxied.type("promote", LABEL, "--to", "prod", env=HURRIED)
        proxy.heal()
        errors = [line for line in done.err.splitlines() if line.startswith("error: ")]
        assert (done.code, len(errors)) == (code, 1), (kind, path, done.err)
        assert proxy.host in done.err
        assert tags(proxied) == before, (kind, path)
        assert len(entries(proxied, "prod")) == 0, (kind, path)
    proxy.break_("500", "PUT", "/prod/manifests/prod-words.wheel")
    done = proxied.type("promote", LABEL, "--to", "prod", env=HURRIED)
    proxy.heal()
    assert done.code == 1, done.err
    assert "entry 3  is recorded; what it has left to do is done by the next promotion" in done.err
    assert tags(proxied) == before
    again = proxied.promote(LABEL, "prod")
    assert again["status"] == "finished"
    assert len(set(tags(proxied).values())) == 1
    assert [entry["number"] for entry in entries(proxied, "prod")] == [3]


@pytest.mark.slow
def test_of_two_promotions_at_once_into_a_registry_one_wins_and_the_other_is_told(registered):
    registered.promote(LABEL, "dev")
    running = [
        registered.start("promote", LABEL, "--to", "staging", by=by) for by in ("ana", "rob")
    ]
    done = [process.wait() for process in running]
    assert sorted(one.code for one in done) in ([0, 0], [0, 24]), done
    (entry,) = entries(registered, "staging")
    lost = [one for one in done if "nothing was moved" in one.err or "already" in one.out]
    assert len(lost) == 1, done
    assert registered.promote(LABEL, "staging", by="rob")["status"] == "unchanged"
    assert tags(registered)["staging"] == f"sha256:{entry['release']}"


@pytest.mark.slow
def test_a_folder_and_a_registry_are_one_channel(world, registry):
    """Both get all, by the same digest; a promotion goes on from the first."""
    move_to(world, registry)
    place = place_of(world, "dev")
    text = world.path("fxgbuild.toml").read_text()
    world.path("fxgbuild.toml").write_text(
        text.replace(f'at = "{place}"', f'at = ["channels/dev", "{place}"]')
    )
    release = world.promote(LABEL, "dev")["release"]
    assert world.tag("dev") == release
    assert inspected(place, "dev-words.wheel")["Digest"] == f"sha256:{release}"
