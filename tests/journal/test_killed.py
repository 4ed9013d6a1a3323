"""A build that was killed is in the journal as far as it came."""

import json

from tests.bench.synthetic import make
from tests.e2e.conftest import Workspace


def test_a_killed_build_still_says_why(tmp_path):
    make("chain", 4, tmp_path / "ws")
    workspace = Workspace(tmp_path / "ws")
    killed = workspace.type("build", "--summary=s.json", env={"FXG_CRASH_AT": "record.put:2"})
    assert killed.code == -9
    assert not workspace.path("s.json").exists()  # whole or not at all
    assert [run["outcome"] for run in workspace.type("log", "--json").json] == ["killed"]
    shown = workspace.type("log", "last", "--json").json
    assert shown["exit_code"] is None
    label = next(target["label"] for target in shown["targets"] if target["actions"])
    why = workspace.type("why", label, "--at", "last", "--json").json
    assert (why["state"], why["outcome"]) == ("dirty", None)
    assert why["reasons"]
    assert "was killed" in workspace.type("log", "show").out

    again = workspace.type("build", "--build-event-json-file=bep")
    assert again.code == 0, again.err
    last = json.loads(workspace.path("bep").read_text().splitlines()[-1])
    assert last["lastMessage"]
    assert [run["outcome"] for run in workspace.type("log", "--json").json] == ["ok", "killed"]
    why = workspace.type("why", label, "--at", "last~1", "--json").json
    assert why["state"] == "dirty"
