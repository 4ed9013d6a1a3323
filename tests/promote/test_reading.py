"""What was promoted is answered for: by log, blame, history and diff, after whatever came later."""

import datetime
import json

from tests.docs.test_docs_session import contracts
from tests.promote.told import OTHER_CODE, OTHER_SPEC
from tests.promote.world import LABEL, MODEL


def blamed(world, at, *words):
    done = world.type("blame", "--channel", "prod", "--at", at, *words, "--json")
    assert done.code == 0, done.err
    return done.json


def day(ago):
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(ago)).date().isoformat()


def test_blame_answers_for_yesterday_after_three_promotions_and_a_rollback(told):
    for at, version, because in (
        ("yesterday", "0.3.0", "the third"),
        (day(2), "0.2.0", "the second"),
        (day(3), "0.1.0", "the first"),
    ):
        (one,) = blamed(told, at)["artifacts"]
        assert one["file"] == told.wheels[version]
        assert (one["entry"]["because"], one["entry"]["person"]) == (because, "ana@example.org")
        assert one["commit"]["clean"]
        subject = told.git("log", "-1", "--format=%s", one["commit"]["id"])
        assert subject == ("a package" if version == "0.1.0" else f"version {version}") or (
            version == "0.1.0" and subject == "prod takes what is built"
        )
    assert blamed(told, day(4))["artifacts"] == []


def test_blame_names_what_wrote_every_node_then(told):
    (one,) = blamed(told, "yesterday")["artifacts"]
    count, rank = one["nodes"]
    assert (count["label"], count["origin"], count["key"]) == ("//words:count", "source", None)
    pin = json.loads(told.path("cache/words/rank/pin.json").read_text())
    assert (rank["model"], rank["attempts"], rank["carried"]) == (MODEL, 1, 1)
    assert (rank["key"], rank["pinned"]) == (pin["key"], pin["code"])
    (before,) = blamed(told, day(2))["artifacts"]
    assert before["nodes"][1]["carried"] == 0
    assert before["nodes"][1]["key"] != rank["key"]


def test_blame_of_now_is_the_rollback_and_says_so_in_words(told):
    done = told.type("blame", "--channel", "prod", LABEL)
    assert done.code == 0
    assert f"sha256:{told.wheels['0.2.0']}" in done.out
    assert "rollback" in done.out
    assert "by rob@example.org: the third counts wrongly" in done.out
    row = next(line for line in done.out.splitlines() if "//words:rank" in line)
    assert row.split()[1:3] == [MODEL, "1"]


def names_in(value):
    """Every name in a document, but for names that are data."""
    if isinstance(value, list):
        return {name for item in value for name in names_in(item)}
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(names_in(item) for item in value.values()))


def test_the_documents_have_the_names_that_are_listed(told):
    listed = contracts()
    entry = listed["log --channel"][1]
    typed = {
        "log --channel": ("log", "--channel", "prod"),
        "blame": ("blame", "--channel", "prod"),
        "history": ("history", LABEL),
        "verify": ("verify", told.wheels["0.1.0"], "--channel", "prod"),
    }
    for command, words in typed.items():
        found = told.type(*words, "--json").json
        top, everything = listed[command]
        first = found[0] if isinstance(found, list) else found
        assert set(first) == top - {"failed", "ok"}, command
        assert names_in(found) <= everything | entry, command
        assert everything - names_in(found) <= {"failed", "person", "role", "log --channel"}
    (one,) = told.type("diff", "prod", "staging", "--json").json["artifacts"]
    assert set(one) - {"label"} - set(listed["diff"][0]) == set()
    assert set(one["base"]) <= listed["diff CHANNEL CHANNEL"][1]


def test_a_date_that_is_none_and_a_channel_that_is_none_are_told(told):
    done = told.type("blame", "--channel", "prod", "--at", "last summer")
    assert done.code == 2
    assert "it reads `2026-11-20`" in done.err
    done = told.type("blame", "--channel", "prd")
    assert done.code == 2
    assert "closest: `prod`" in done.err
    done = told.type("blame", "//words:whel", "--channel", "prod")
    assert done.code == 2
    assert "`//words:wheel`" in done.err


def test_log_lists_a_channel_s_entries_newest_first(told):
    entries = told.type("log", "--channel", "prod", "--json").json
    assert [(e["kind"], e["because"]) for e in entries] == [
        ("rollback", "the third counts wrongly"),
        ("promote", "the third"),
        ("promote", "the second"),
        ("promote", "the first"),
    ]
    assert [e["file"] for e in entries[1:]] == [
        told.wheels[version] for version in ("0.3.0", "0.2.0", "0.1.0")
    ]
    words = told.type("log", LABEL, "--channel", "prod", "-n", "1").out.splitlines()
    assert len(words) == 2
    assert {"rollback", told.wheels["0.2.0"][:12], "rob@example.org"} <= set(words[1].split())
    assert told.type("log", "--channel", "staging", "--json").json[0]["source"] == "dev"


def test_log_of_runs_is_what_it_was(told):
    assert told.type("log", "-n", "1", "--json").json[0]["command"]
    done = told.type("log", "--channel", "prod", "last")
    assert (done.code, "label" in done.err) == (2, True)


def test_history_shows_every_channel_s_way_and_what_it_has_now(told):
    found = told.type("history", LABEL, "--json").json
    ways = {way["channel"]: way["entries"] for way in found["channels"]}
    assert list(ways) == ["dev", "staging", "prod"]
    assert [step["current"] for step in ways["prod"]] == [False, False, False, True]
    for step, later in zip(ways["prod"], ways["prod"][1:], strict=False):
        assert step["until"] == later["at"]
    assert ways["prod"][-1]["until"] is None
    rows = told.type("history", ":wheel", cwd=told.path("packages/words")).out.splitlines()
    marked = [row.split()[0] for row in rows if " * " in row]
    assert marked == ["dev", "staging", "prod"]


def test_diff_of_two_channels_is_a_review_of_what_they_have(told):
    done = told.type("diff", "prod", "staging", "--json")
    assert done.code == 0, done.err
    (one,) = done.json["artifacts"]
    assert (one["label"], one["notes"]) == (LABEL, [])
    assert one["base"]["file"] == told.wheels["0.2.0"]
    assert one["head"]["file"] == told.wheels["0.3.0"]
    changes = {change["label"]: change for change in one["targets"]}
    assert any(OTHER_CODE[1] in line for line in changes["//words:count"]["code"]["diff"])
    (sentence,) = changes["//words:rank"]["spec"]
    assert OTHER_SPEC[1] in sentence["after"]
    assert changes["//words:rank"]["pin"]["after"]["carried"]
    (gate,) = one["weakened"]
    assert (gate["where"], gate["gate"]) == ("//words:rank", "acceptance.cases")
    fields = [moved["field"] for moved in changes[LABEL]["fields"]]
    assert fields == ["version"]


def test_diff_of_channels_obeys_the_options_of_a_review(told):
    assert told.type("diff", "prod", "staging", "--fail-on-weakened").code == 1
    assert told.type("diff", "staging", "prod", "--fail-on-weakened").code == 0
    same = told.type("diff", "dev", "staging", "--exit-code")
    assert (same.code, "the same release" in same.out) == (0, True)
    comment = told.type("diff", "prod", "staging", LABEL, "--markdown").out
    assert comment.startswith("## fxgbuild: 1 gate weakened")


def test_diff_with_a_channel_that_has_nothing_says_what_came_or_went(told, tmp_path):
    world = told.copy(tmp_path / "world")
    settings = world.path("fxgbuild.toml")
    settings.write_text(settings.read_text() + '\n[channels.lab]\nat = "channels/lab"\n')
    for channels, status in ((("lab", "prod"), "added"), (("prod", "lab"), "removed")):
        done = world.type("diff", *channels, "--json", "--exit-code")
        assert done.code == 1, done.err
        (target,) = done.json["artifacts"][0]["targets"]
        assert (target["label"], target["status"]) == (LABEL, status)
    assert f"+ {LABEL}  added" in world.type("diff", "lab", "prod").out
    done = world.type("diff", "lab", "lab")
    assert (done.code, "neither" in done.err) == (0, True)


def test_diff_of_commits_is_what_it_was_where_words_are_no_channels(told):
    done = told.type("diff", "HEAD~1", "//words:count", "--json")
    assert done.code == 0, done.err
    assert done.json["base"]["commit"] == told.git("rev-parse", "HEAD~1")


def test_a_registry_that_forgot_the_statements_leaves_blame_with_the_ledger_s_words(told, tmp_path):
    world = told.copy(tmp_path / "world")
    index = world.path("channels/prod/index.json")
    kept = json.loads(index.read_text())
    kept["manifests"] = [
        m for m in kept["manifests"] if "in-toto" not in str(m.get("artifactType", ""))
    ]
    index.write_text(json.dumps(kept))
    done = world.type("blame", "--channel", "prod")
    assert done.code == 0, done.err
    assert "the place has lost it" in done.out
    assert "by rob@example.org" in done.out
    assert "who wrote its code is not known" in done.out
