"""`verify` of everything that can be named, and of everything that somebody may have changed."""

import base64
import json
import shutil
from pathlib import Path

import pytest

from fxgbuild.digest import Digest, canonical_json
from fxgbuild.oci.manifest import Descriptor, Manifest
from fxgbuild.places.layout import Layout
from fxgbuild.promote.book import TAG
from fxgbuild.release.release import Release
from fxgbuild.release.statement import PROVENANCE
from tests.promote.world import LABEL

CHECKED = {"bytes", "release", "statement", "bill of materials", "closure", "ledger", "channel"}


def place(world, name):
    folder = world.path(f"channels/{name}")
    return Layout(str(folder), folder)


def verified(world, *words, **more):
    """Exit code, and every check as (name, ok, found)."""
    done = world.type("verify", *words, "--json", **more)
    assert done.out, done.err
    assert done.json["exit_code"] == done.code, done.out
    checks = [check for one in done.json["verified"] for check in one["checks"]]
    return done.code, checks


def wrong(world, *words, **more):
    code, checks = verified(world, *words, **more)
    assert code, checks
    return code, [check for check in checks if not check["ok"]]


def index_of(world, channel):
    return world.path(f"channels/{channel}/index.json")


def edit_index(world, channel, change):
    """Change what a channel's folder lists, as somebody with an editor would."""
    path = index_of(world, channel)
    document = json.loads(path.read_text())
    document["manifests"] = change(document["manifests"])
    path.chmod(0o644)
    path.write_text(json.dumps(document))


def release_of(world, channel):
    own = place(world, channel)
    return Release.parse(own.manifest(own.tag(f"{channel}-words.wheel")))


def provenance_of(world, channel, release):
    own = place(world, channel)
    return next(
        referrer
        for referrer in own.referrers(release.digest)
        if dict(referrer.annotations).get("in-toto.io/predicate-type") == PROVENANCE
    )


# What can be named ----------------------------------------------------------------------------


def test_every_kind_of_target_is_verified_in_its_channel(promoted_world, tmp_path):
    world = promoted_world
    release = release_of(world, "prod")
    artifact = release.artifact
    wheel = tmp_path / artifact.title
    wheel.write_bytes(place(world, "prod").blob(artifact))
    for words in (
        (LABEL, "--channel", "prod"),
        (LABEL,),
        (":wheel", "--channel", "dev"),
        (str(wheel),),
        (str(wheel), "--channel", "staging"),
        (str(world.path("channels/staging")),),
        (artifact.digest.hex,),
        (f"sha256:{artifact.digest.hex[:12]}",),
        (release.digest.hex, "--channel", "dev"),
    ):
        code, checks = verified(world, *words, by=None, cwd=world.path("packages/words"))
        assert code == 0, checks
        names = {check["check"] for check in checks}
        assert names >= CHECKED, words
        asked = words[2] if len(words) > 2 else Path(words[0]).name
        if asked in ("dev", "staging"):
            (channel,) = [c["found"] for c in checks if c["check"] == "channel"]
            assert channel.startswith(f"{asked}-words.wheel")


def test_without_a_target_the_ledger_and_every_channel_are_verified(promoted_world):
    done = promoted_world.type("verify", by=None)
    assert done.code == 0
    lines = done.out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert [name for name in ("dev", "staging", "prod") if f"in {name}: " not in done.out] == []
    assert lines[0].startswith("ok      the ledger")
    only = promoted_world.type("verify", "--channel", "staging").out.splitlines()
    assert len(only) == 3
    assert not set(only) - set(lines)


def test_a_folder_that_is_no_channel_s_is_verified_where_it_lies(promoted_world, tmp_path):
    shutil.copytree(promoted_world.path("channels/dev"), tmp_path / "carried")
    done = promoted_world.type("verify", str(tmp_path / "carried"))
    assert done.code == 0, done.out
    assert str(tmp_path / "carried") in done.out
    release = release_of(promoted_world, "dev")
    blob = tmp_path / "carried" / "blobs" / "sha256" / release.closure.digest.hex
    flip(blob)
    code, (check, *_) = wrong(promoted_world, str(tmp_path / "carried"))
    assert (code, check["check"]) == (26, "bytes")
    assert check["found"].startswith("closure.tar: ")


def test_an_exported_file_is_verified_as_it_is_and_where_it_was_imported(promoted, tmp_path):
    """Where there is no ledger to ask: another clone, with the same trust."""
    file = tmp_path / "words.tar"
    assert promoted.type("export", LABEL, "--to", str(file)).code == 0
    shutil.rmtree(promoted.path("channels"))
    shutil.rmtree(promoted.path(".fxgbuild"))
    code, checks = verified(promoted, str(file), by=None)
    assert code == 0, checks
    names = {check["check"] for check in checks}
    assert names >= {"bytes", "statement", "policy provenance", "closure"}
    done = promoted.type("import", str(file), "--to", str(tmp_path / "place"))
    assert done.code == 0, done.err
    assert verified(promoted, str(tmp_path / "place"))[0] == 0
    flip(file)
    code, (check,) = wrong(promoted, str(file))
    assert (code, check["check"]) == (26, "release")
    assert "words.tar" in check["found"]


def test_a_wheel_that_nobody_promoted_is_told_with_what_is_known(promoted_world, tmp_path):
    release = release_of(promoted_world, "prod")
    wheel = tmp_path / release.artifact.title
    wheel.write_bytes(b"something else")
    code, (check,) = wrong(promoted_world, str(wheel))
    assert code == 26
    assert f"prod has sha256:{release.artifact.digest.hex}" in check["found"]
    other = tmp_path / "other.whl"
    other.write_bytes(b"something else")
    code, (check,) = wrong(promoted_world, str(other))
    assert code == 26
    assert "fxgbuild promote" in check["remedy"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "no such file or folder"),
        (("//words:whl",), "no channel has nothing of"),
        (("oci://",), "`` is no host"),
        (("aaaaaaaaaaaa",), "no channel has `aaaaaaaaaaaa`"),
        (("--rebuild",), "are of one artifact"),
        ((LABEL, "--attest"), "`--attest` signs what `--rebuild` finds"),
        ((LABEL, "--channel", "prd"), "closest: `prod`"),
    ],
)
def test_what_names_nothing_is_one_error(promoted_world, words, said):
    done = promoted_world.type("verify", *words)
    assert done.code == 2
    assert said in done.err


def test_an_artifact_that_a_channel_has_no_longer_is_not_what_it_has(told):
    code, checks = verified(told, told.wheels["0.1.0"])
    assert code == 0
    assert "no channel has it now" in checks[-1]["found"]
    code, (check,) = wrong(told, told.wheels["0.1.0"], "--channel", "prod")
    assert (code, check["check"]) == (26, "channel")
    assert told.wheels["0.2.0"] in check["found"]


def test_a_policy_that_is_not_met_any_more_is_24(promoted):
    promoted.edit("fxgbuild.toml", 'index = "channels/index"', 'policy = {models = ["other-*"]}')
    code, (check,) = wrong(promoted, LABEL, "--channel", "prod")
    assert (code, check["check"]) == (24, "policy models")
    assert "acme-coder-1" in check["found"]
    assert verified(promoted, LABEL, "--channel", "staging")[0] == 0


def test_an_address_of_a_registry_is_verified_by_tag_and_by_digest(registered):
    registered.promote(LABEL, "dev")
    where = registered.path("fxgbuild.toml").read_text().split('at = "')[1].split('"')[0]
    code, checks = verified(registered, f"{where}:dev-words.wheel")
    assert code == 0, checks
    assert {check["check"] for check in checks} >= CHECKED
    release = registered.type("log", "--channel", "dev", "--json").json[0]["release"]
    assert verified(registered, f"{where}@sha256:{release}")[0] == 0
    assert verified(registered, where)[0] == 0
    done = registered.type("verify", f"{where}:prod-words.wheel")
    assert (done.code, "dev-words.wheel" in done.err) == (2, True)


# What somebody changed ------------------------------------------------------------------------


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def test_a_flipped_byte_is_named_with_its_file(promoted):
    release = release_of(promoted, "prod")
    flip(promoted.path("channels/prod/blobs/sha256") / release.artifact.digest.hex)
    code, checks = wrong(promoted, LABEL, "--channel", "prod")
    assert code == 26
    assert [check["found"] for check in checks if release.artifact.title in check["found"]]
    assert verified(promoted, LABEL, "--channel", "staging")[0] == 0
    assert promoted.type("verify").code == 26


def test_a_flipped_byte_in_a_statement_leaves_all_else_told(promoted):
    release = release_of(promoted, "prod")
    carrying = place(promoted, "prod").manifest(provenance_of(promoted, "prod", release).digest)
    envelope = Manifest.parse(carrying).layers[0].digest
    flip(promoted.path("channels/prod/blobs/sha256") / envelope.hex)
    code, checks = verified(promoted, LABEL, "--channel", "prod")
    assert code == 26
    (told,) = [c for c in checks if not c["ok"] and c["check"] == "statement"]
    assert "recorded by entry 3, counts no longer" in told["found"]
    assert {"bytes", "ledger", "channel"} <= {check["check"] for check in checks}


def test_a_removed_statement_is_named_with_the_entry_that_recorded_it(promoted):
    release = release_of(promoted, "prod")
    gone = f"sha256:{provenance_of(promoted, 'prod', release).digest.hex}"
    edit_index(promoted, "prod", lambda listed: [x for x in listed if x["digest"] != gone])
    code, checks = wrong(promoted, LABEL, "--channel", "prod")
    assert code == 26
    assert f"{gone}, recorded by entry 3, is gone" in checks[0]["found"]
    assert "policy provenance" in {check["check"] for check in checks}


def test_a_second_place_of_a_channel_is_held_to_the_same(promoted):
    places = 'at = ["channels/prod", "channels/mirror"]'
    promoted.edit("fxgbuild.toml", 'at = "channels/prod"', places)
    code, checks = wrong(promoted, LABEL, "--channel", "prod")
    assert (code, [check["check"] for check in checks]) == (1, ["release", "channel"])
    promoted.promote(release_of(promoted, "prod").digest.hex, "prod")
    assert verified(promoted, LABEL, "--channel", "prod")[0] == 0
    gone = f"sha256:{provenance_of(promoted, 'prod', release_of(promoted, 'prod')).digest.hex}"
    edit_index(promoted, "mirror", lambda listed: [x for x in listed if x["digest"] != gone])
    code, (check,) = wrong(promoted, LABEL, "--channel", "prod")
    assert (code, check["check"]) == (26, "statement")
    assert "channels/mirror" in check["found"]


def test_a_place_that_cannot_be_reached_leaves_all_else_verified(promoted):
    promoted.edit("fxgbuild.toml", 'at = "channels/prod"', 'at = "oci://127.0.0.1:1/prod"')
    code, checks = wrong(promoted, env={"FXG_REGISTRY_WAIT_S": "1"})
    assert code == 1
    assert {check["check"] for check in checks} == {"history", "release", "tags"}
    assert all("127.0.0.1:1" in check["found"] for check in checks)


def test_another_artifact_s_statement_is_seen_through(told, tmp_path):
    """The third release's provenance, hung onto the second, in place of its own."""
    world = told.copy(tmp_path / "world")
    own, release = place(world, "prod"), release_of(world, "prod")
    real = provenance_of(world, "prod", release)
    third = release_of(world, "staging")
    envelope = Manifest.parse(own.manifest(provenance_of(world, "prod", third).digest)).layers[0]
    carrying = Manifest.parse(own.manifest(real.digest))
    forged = Manifest(
        carrying.artifact_type, carrying.config, (envelope,), carrying.subject, carrying.annotations
    )
    own.put_manifest(forged.to_bytes())
    gone = f"sha256:{real.digest.hex}"
    edit_index(world, "prod", lambda listed: [x for x in listed if x["digest"] != gone])
    code, checks = wrong(world, LABEL, "--channel", "prod")
    assert code == 26
    (line,) = [check for check in checks if check["check"] == "policy provenance"]
    assert "a statement of another artifact" in line["found"]


def retag(world, channel, version_release):
    tag = f"{channel}-words.wheel"
    own = place(world, channel)
    assert own.swap(tag, own.tag(tag), version_release)


def entries(world, channel="prod"):
    return world.type("log", "--channel", channel, "--json").json


def test_a_swapped_tag_is_not_what_the_ledger_says(told, tmp_path):
    world = told.copy(tmp_path / "world")
    first = entries(world)[-1]["release"]
    retag(world, "prod", Digest(first))
    code, (check,) = wrong(world, LABEL, "--channel", "prod")
    assert (code, check["check"]) == (26, "channel")
    assert first in check["found"]
    assert wrong(world, str(world.path("channels/prod")))[0] == 26


def test_an_unfinished_promotion_is_told_with_what_finishes_it(told, tmp_path):
    world = told.copy(tmp_path / "world")
    now, before, *_ = entries(world)
    retag(world, "prod", Digest(before["release"]))  # as a kill after the entry leaves it
    code, (check,) = wrong(world, LABEL, "--channel", "prod")
    assert (code, check["check"]) == (1, "channel")
    assert f"entry {now['number']} is unfinished" in check["found"]
    words = check["remedy"].split("`")[1].split()[1:]
    done = world.type(*words)
    assert done.code == 0, done.err
    assert verified(world, LABEL, "--channel", "prod")[0] == 0


def test_a_tag_that_nobody_promoted_is_told(promoted):
    own = place(promoted, "prod")
    assert own.swap("prod-words.other", None, own.tag("prod-words.wheel"))
    code, (check,) = wrong(promoted)
    assert (code, check["check"]) == (26, "tags")
    assert "prod-words.other" in check["found"]


def rewrite_ledger(world, change):
    """Put other envelopes into the ledger's place, whole and well described."""
    own = place(world, "ledger")
    head = own.tag(TAG)
    manifest = Manifest.parse(own.manifest(head))
    envelopes = change([own.blob(layer) for layer in manifest.layers])
    layers = []
    for number, data in enumerate(envelopes, 1):
        own.put_blob(data)
        layers.append(Descriptor.of(data, manifest.layers[0].media_type, f"{number}.json"))
    other = Manifest(manifest.artifact_type, manifest.config, tuple(layers))
    new = own.put_manifest(other.to_bytes())
    assert own.swap(TAG, head, new)


def edited(envelopes):
    value = json.loads(envelopes[1])
    entry = json.loads(base64.b64decode(value["payload"]))
    entry["because"] = "everybody agreed"
    value["payload"] = base64.b64encode(canonical_json(entry)).decode()
    return [envelopes[0], canonical_json(value), *envelopes[2:]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edited, "signature"),
        (lambda envelopes: envelopes[:-1], "entry 3 is missing"),
        (lambda envelopes: envelopes[:1] + envelopes[2:], "entry 2 is missing"),
        (lambda envelopes: envelopes[:1] + envelopes[:1:-1] + envelopes[1:2], "entry 2"),
    ],
    ids=["edited", "truncated", "taken out", "reordered"],
)
def test_a_ledger_that_somebody_changed_is_not_whole(promoted, change, said):
    rewrite_ledger(promoted, change)
    for words in ((), (LABEL, "--channel", "prod")):
        code, (check,) = wrong(promoted, *words)
        assert (code, check["check"]) == (26, "ledger")
        assert "the ledger is not whole" in check["found"]
        assert said in check["found"]
    assert promoted.type("blame", "--channel", "prod").code == 26


def test_a_release_that_the_place_forgot_is_told(promoted):
    release = release_of(promoted, "dev")
    gone = f"sha256:{release.digest.hex}"
    edit_index(promoted, "dev", lambda listed: [x for x in listed if x["digest"] != gone])
    code, checks = wrong(promoted)
    assert code == 26
    assert {"history", "release"} <= {check["check"] for check in checks}


def test_an_index_with_other_bytes_is_told(promoted):
    (wheel,) = promoted.path("channels/index").rglob("*.whl")
    flip(wheel)
    code, (check,) = wrong(promoted, LABEL, "--channel", "prod")
    assert (code, check["check"]) == (26, "channel")
    assert wheel.name in check["found"]


def test_a_key_that_was_revoked_since_is_told(promoted):
    trust = promoted.path("trust.toml").read_text()
    ana, *others = trust.split("[[keys]]")[1:]
    own = place(promoted, "prod")
    assert own.tag("prod-words.wheel")
    promoted.path("trust.toml").write_text(
        "fxg = 1\n[[keys]]" + "[[keys]]".join([ana + "revoked = true\n\n", *others])
    )
    code, checks = wrong(promoted, LABEL, "--channel", "prod")
    assert code == 26
    assert "revoked" in checks[0]["found"]
