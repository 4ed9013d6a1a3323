"""Promotion: bytes that were built once go from channel to channel, recorded, and back."""

import json
import re
import shutil

import pytest

from tests.docs.test_docs_session import contracts
from tests.promote.world import LABEL, SETTINGS, entries, offered

CHANNELS = ("dev", "staging", "prod")


def test_one_digest_goes_through_all_channels_and_nothing_is_built_for_it(world, tmp_path):
    """Neither a store, nor the package, nor a sandbox is needed after the first channel."""
    (elsewhere := world.path("packages/words/deep")).mkdir()
    first = world.promote(LABEL, "dev", "--because", "a start", cwd=elsewhere)
    shutil.rmtree(world.path(".fxgbuild"))
    shutil.rmtree(world.path("packages"))
    nothing = tmp_path / "no-programs"
    nothing.mkdir()
    somewhere = {"env": {"PATH": str(nothing)}, "cwd": world.path("channels")}
    for channel in ("staging", "prod"):
        done = world.promote(first["file"][:12], channel, by="rob", **somewhere)
        assert (done["release"], done["file"]) == (first["release"], first["file"])
        assert (done["status"], done["entry"]["person"]) == ("promoted", "rob@example.org")
    assert {world.tag(channel) for channel in CHANNELS} == {first["release"]}
    assert list(offered(world).items()) == [(first["file"], False)]
    assert not world.path(".fxgbuild/cas").exists()
    (entry,) = entries(world, "staging")
    assert (entry["number"], entry["source"], entry["commit"]) == (
        2,
        "dev",
        first["entry"]["commit"],
    )


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {".fxgbuild", ".git"} & set(path.parts)
    }


@pytest.mark.parametrize("by", ["ana", pytest.param(None, marks=pytest.mark.slow)])
def test_a_dry_run_prints_what_would_run_and_writes_nothing(second, by):
    before = files_of(second.root)
    told = second.type("promote", LABEL, "--to", "prod", "--dry-run", by=by)
    planned = second.type("promote", LABEL, "--to", "prod", "--dry-run", "--json", by=by)
    assert (told.code, planned.code) == (0, 0), told.err + planned.err
    assert {k: v for k, v in files_of(second.root).items() if before.get(k) != v} == {}
    plan = planned.json
    old, new = plan["replaces"][:12], plan["release"][:12]
    for line in (
        rf"promote //words:wheel {new} from staging to prod",
        r"  met   after: it comes from `staging`",
        r"  copy   \d+ parts, \d+ bytes, to channels/prod",
        rf"  record entry 6 in channels/ledger, by {'ana@example.org' if by else 'whoever signs'}",
        rf"  point  prod-words.wheel in channels/prod: {old} → {new}",
        r"  offer  ranked_words-0.2.0-py3-none-any.whl in the index channels/index",
    ):
        assert re.search(f"^{line}$", told.out, re.MULTILINE), (line, told.out)
    top, everything = contracts()["promote"]
    assert plan.keys() == top - {"error"}
    assert {name for part in plan["policy"] + plan["copies"] for name in part} <= everything
    if by:
        did = second.promote(LABEL, "prod")
        for one in (plan, did):
            one["entry"].pop("at")
            one.pop("status")
            one.pop("policy")
        assert did == plan


def test_a_first_promotion_is_planned_without_a_key_and_not_done_without_one(world):
    told = world.type("promote", LABEL, "--to", "dev", "--dry-run", by=None)
    assert told.code == 0, told.err
    assert "sign   https://slsa.dev/provenance/v1" in told.out
    done = world.type("promote", LABEL, "--to", "dev", by=None)
    assert done.code == 1
    assert "error: the signing key cannot be used [FXG5007]" in done.err
    assert not world.path("channels").exists()


def test_what_a_channel_has_already_is_said_and_not_recorded_again(promoted):
    for words in (LABEL, promoted.tag("prod")[:12]):
        done = promoted.type("promote", words, "--to", "prod")
        assert done.code == 0, done.err
        assert done.out.startswith("prod has //words:wheel already: release ")
    assert len(entries(promoted, "prod")) == 1


def test_a_rollback_returns_is_recorded_and_is_returned_from(third):
    first, wheels = third.tag("prod"), dict.fromkeys(offered(third))
    did = third.promote(third.tag("staging"), "prod")
    wheels[did["file"]] = None
    old, new = wheels
    assert offered(third) == {old: True, new: False}
    back = third.type("rollback", LABEL, "--channel", "prod", "--because", "it counts wrongly")
    assert back.code == 0, back.err
    assert third.tag("prod") == first
    assert offered(third) == {old: False, new: True}
    again = third.type("promote", new[:12], "--to", "prod")
    assert again.code == 24
    assert "UNMET newer: it is no older than what `prod` has" in again.err
    forth = third.type(
        *("rollback", LABEL, "--channel", "prod", "--to", new[:12]), "--because", "it does not"
    )
    assert forth.code == 0, forth.err
    assert third.tag("prod") == did["release"]
    told = [(e["kind"], e["release"], e["because"]) for e in reversed(entries(third, "prod"))]
    assert told == [
        ("promote", first, ""),
        ("promote", did["release"], ""),
        ("rollback", first, "it counts wrongly"),
        ("rollback", did["release"], "it does not"),
    ]
    newest = third.promote(LABEL, "dev")["file"]
    for channel in CHANNELS[1:]:
        third.promote(newest[:12], channel)
    assert offered(third) == {old: True, new: True, newest: False}


def test_a_rollback_is_only_to_what_the_channel_had(second):
    staging = second.tag("staging")[:12]
    for words, said in (
        (("--to", staging), f"`{staging}` is nothing that `prod` had"),
        (("--to", "latest"), "`latest` is no digest"),
        ((), "`prod` had nothing before what it has"),
    ):
        done = second.type("rollback", LABEL, "--channel", "prod", "--because", "no", *words)
        assert (done.code, said in done.err) == (2, True), done.err
    done = second.type("rollback", LABEL, "--channel", "prod", "--because", " ")
    assert (done.code, "a rollback says why" in done.err) == (2, True), done.err


@pytest.mark.slow
def test_a_clean_commit_is_attested_anew_for_the_same_bytes(world):
    """What is known of an artifact may come to be more: the newest statement decides."""
    world.path("packages/words/notes.md").write_text("not committed\n")
    world.edit("packages/words/words.py", "Existing code", "Code")
    world.build()
    dirty = world.promote(LABEL, "dev")
    head = world.commit("what was built")
    clean = world.promote(LABEL, "dev")
    assert clean["status"] == "finished"
    assert clean["signs"] == [
        "https://slsa.dev/provenance/v1",
        "https://fxgbuild.dev/validation/v1",
    ]
    assert clean["release"] == dirty["release"]
    assert world.promote(LABEL, "dev")["status"] == "unchanged"
    entry = world.promote(dirty["release"], "staging")["entry"]
    assert entry["commit"] == head
    assert dirty["entry"]["commit"] != head


@pytest.mark.slow
def test_all_places_of_a_channel_get_what_is_promoted(promoted):
    """Also a place that was declared later than the channel."""
    text = SETTINGS.replace('"channels/prod"', '["channels/prod", "channels/mirror"]')
    promoted.path("fxgbuild.toml").write_text(text)
    done = promoted.promote(promoted.tag("prod")[:12], "prod")
    assert done["status"] == "finished"
    (finish,) = done["finishes"]
    assert {tag["place"] for tag in finish["tags"]} == {"channels/mirror"}
    index = json.loads(promoted.path("channels/mirror/index.json").read_text())
    assert promoted.tag("prod") in str(index)


# What is wrong is said ------------------------------------------------------------------------

WRONG = [
    (("//words:wheel", "stagin"), 2, "there is no channel `stagin`; closest: `staging`"),
    (("//words:whel", "dev"), 2, "there is no target `//words:whel`"),
    (("//words", "dev"), 2, "`//words` names no artifact; one is promoted"),
    (("//words:count", "dev"), 2, "`//words:count` names no artifact; one is promoted"),
    (("abcdef012345", "dev"), 2, "no channel has `abcdef012345`"),
    (("abcdef", "dev"), 2, "`abcdef` names no release"),
    (("wheel", "dev"), 2, "`wheel` names no release"),
]


def test_what_cannot_be_promoted_is_one_clear_error(promoted):
    for (what, channel), code, said in WRONG:
        done = promoted.type("promote", what, "--to", channel)
        assert (done.code, said in done.err) == (code, True), (what, done.err)
    for by, said in (("eve", "not in the trust file"), ("ben", "role promoter")):
        done = promoted.type("promote", LABEL, "--to", "dev", by=by)
        assert (done.code, said in done.err) == (26, True), done.err
    promoted.edit("packages/words/words.py", "Count the", "Counts the")
    done = promoted.type("promote", LABEL, "--to", "dev")
    assert done.code == 24
    assert "hint: `fxgbuild build //words:wheel`" in done.err


def test_without_channels_the_lines_to_write_are_printed_and_they_do(world):
    world.path("fxgbuild.toml").write_text('fxg = 1\npackages = "packages"\n')
    done = world.type("promote", LABEL, "--to", "dev")
    assert (done.code, "this workspace declares no channels" in done.err) == (2, True), done.err
    lines = done.err.partition("[channels.dev]")
    world.path("fxgbuild.toml").write_text(f'packages = "packages"\n{"".join(lines[1:])}')
    assert world.promote(LABEL, "dev")["status"] == "promoted"


# What was changed by hand is noticed ----------------------------------------------------------


def ledger_folder(world):
    return world.path("channels/ledger")


def test_a_ledger_that_lost_its_end_is_noticed_by_who_saw_it(second, promoted_world):
    """The end alone is missing, so that the chain is whole: the store remembers."""
    shutil.rmtree(ledger_folder(second))
    shutil.copytree(promoted_world.path("channels/ledger"), ledger_folder(second))
    for words in (
        ("promote", LABEL, "--to", "prod"),
        ("rollback", LABEL, "--channel", "prod", "--because", "no"),
        ("log", "--channel", "prod"),
    ):
        done = second.type(*words)
        assert done.code == 26, done.err
        assert "error: the ledger is not whole [FXG2603]" in done.err
        assert "entry 4 is missing; this store has seen entries up to 5" in done.err
    shutil.rmtree(ledger_folder(second))
    done = second.type("promote", LABEL, "--to", "prod")
    assert (done.code, "entry 1 is missing" in done.err) == (26, True), done.err


def test_a_tag_that_was_moved_by_hand_is_noticed(second):
    index = second.path("channels/staging/index.json")
    document = json.loads(index.read_text())
    kinds = {m["digest"]: m.get("artifactType", "") for m in document["manifests"]}
    other = next(digest for digest, kind in kinds.items() if "in-toto" in kind)
    for manifest in document["manifests"]:
        if "annotations" in manifest and second.tag("staging") in manifest["digest"]:
            manifest["digest"] = other
    index.write_text(json.dumps(document))
    done = second.type("promote", LABEL, "--to", "staging")
    assert done.code == 26
    assert "a tag of `staging` is not what the ledger says" in done.err
    assert f"points to  {other}" in done.err


@pytest.mark.slow
def test_a_place_that_was_lost_is_filled_again_from_the_others(second):
    """The ledger says what belongs there; nothing else is taken for it."""
    new = second.promote(second.tag("staging"), "prod")["release"]
    shutil.rmtree(second.path("channels/prod"))
    done = second.type("rollback", LABEL, "--channel", "prod", "--because", "no")
    assert (done.code, "points to  nothing" in done.err) == (26, True), done.err
    assert f"hint: `fxgbuild promote {new[:12]} --to prod` sets it again" in done.err
    assert second.promote(new[:12], "prod")["status"] == "finished"
    assert second.tag("prod") == new
    (wheel,) = second.path("channels/prod/blobs/sha256").glob(second.promote(new, "prod")["file"])
    wheel.unlink()
    assert second.promote(new[:12], "prod")["status"] == "finished"
    verified = second.type("verify", new, "--channel", "prod")
    assert verified.code == 0, verified.out + verified.err


@pytest.mark.slow
def test_what_a_place_damaged_goes_no_further(second):
    new = second.tag("staging")
    manifest = json.loads(second.path(f"channels/staging/blobs/sha256/{new}").read_bytes())
    damaged = manifest["layers"][0]["digest"].removeprefix("sha256:")
    blob = second.path(f"channels/staging/blobs/sha256/{damaged}")
    blob.chmod(0o644)
    blob.write_bytes(b"X" + blob.read_bytes()[1:])
    for what in (new[:12], LABEL):
        done = second.type("promote", what, "--to", "prod")
        assert done.code == 26
        assert "error: a place does not hold what it has to [FXG2603]" in done.err
    assert len(entries(second, "prod")) == 1
    assert not second.path(f"channels/prod/blobs/sha256/{damaged}").exists()


# Two at once ----------------------------------------------------------------------------------


def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(third):
    running = [third.start("promote", LABEL, "--to", "dev", "--because", w) for w in ("one", "two")]
    done = [process.wait() for process in running]
    assert sorted(one.code for one in done) in ([0, 24], [0, 0]), done
    lost = [one for one in done if "nothing was moved" in one.err or "already" in one.out]
    assert len(lost) == 1, done
    numbers = [entry["number"] for entry in entries(third, "dev")]
    assert numbers == [6, 4, 1]
    assert third.promote(LABEL, "dev")["status"] == "unchanged"


# Places ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_channel_that_is_not_concerned_may_be_out_of_reach(third):
    """Who promotes to the first channels does not have to see the last."""
    text = SETTINGS.replace('"channels/prod"', '"oci://127.0.0.1:1/words/prod"')
    third.path("fxgbuild.toml").write_text(text)
    newest = third.promote(LABEL, "dev")["release"]
    assert third.promote(newest, "staging")["status"] == "promoted"
    done = third.type("promote", newest, "--to", "prod")
    assert (done.code, "the place of a channel cannot be used" in done.err) == (1, True), done.err
    assert entries(third, "prod")[0]["number"] == 3


@pytest.mark.slow
def test_channels_and_ledger_may_share_one_place(world):
    text = re.sub(r'at = "channels/\w+"', 'at = "channels/all"', SETTINGS)
    world.path("fxgbuild.toml").write_text(f'{text}\n[promotion]\nledger = "channels/all"\n')
    first = world.promote(LABEL, "dev")
    for channel in CHANNELS[1:]:
        done = world.promote(first["file"][:12], channel)
        assert (done["copies"], len(done["tags"])) == ([], 1)
    verified = world.type("verify")
    assert verified.code == 0, verified.out + verified.err


@pytest.mark.slow
def test_a_clock_that_is_behind_the_ledger_records_nothing(world):
    world.promote(LABEL, "dev", when="+1d")
    done = world.type("promote", LABEL, "--to", "staging")
    assert done.code == 24
    assert "this machine's clock is behind the ledger" in done.err
    assert entries(world, "staging") == []
    done = world.type("promote", LABEL, "--to", "staging", "--clock-is-right")
    assert done.code == 0, done.err
    (dev,), (staging,) = entries(world, "dev"), entries(world, "staging")
    assert staging["at"] == dev["at"]
    assert "ahead" in world.type("verify").out  # which nobody may overlook
