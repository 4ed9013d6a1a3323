"""What prod's package index offers is what prod has, whichever way it came there."""

import json

import pytest

from tests.promote.world import LABEL


def offered(world):
    """Versions that the index lists, and whether pip passes them over."""
    document = world.path("channels/index/simple/ranked-words/index.json").read_bytes()
    files = json.loads(document)["files"]
    return {file["filename"].split("-")[1]: bool(file["yanked"]) for file in files}


@pytest.mark.slow
def test_a_rollback_is_what_the_index_offers(promoted):
    assert offered(promoted) == {"0.1.0": False}
    promoted.release("0.2.0")
    for channel in ("dev", "staging", "prod"):
        promoted.promote(LABEL, channel)
    assert offered(promoted) == {"0.1.0": True, "0.2.0": False}
    done = promoted.type("rollback", LABEL, "--channel", "prod", "--because", "wrong words")
    assert done.code == 0, done.err
    assert offered(promoted) == {"0.1.0": False, "0.2.0": True}


@pytest.mark.slow
def test_other_bytes_under_a_version_that_prod_has_are_refused_before_anything_moves(promoted):
    promoted.edit("packages/words/words.py", "Count the lines", "Count all lines")
    promoted.commit("the same version again")
    promoted.build()
    for channel in ("dev", "staging"):
        promoted.promote(LABEL, channel)
    entries = promoted.type("log", "--channel", "prod", "--json").json
    before = promoted.tag("prod")
    done = promoted.type("promote", LABEL, "--to", "prod")
    assert done.code == 24, done.err
    assert "ranked-words 0.1.0 with other bytes" in done.err
    assert "raise the artifact's `version`" in done.err
    assert promoted.tag("prod") == before
    assert offered(promoted) == {"0.1.0": False}
    assert promoted.type("log", "--channel", "prod", "--json").json == entries
