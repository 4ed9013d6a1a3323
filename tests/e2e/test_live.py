"""A live model behind an OpenAI-compatible server: asked, repaired, pinned; never when frozen."""

import copy
import json

import pytest

from tests.e2e.test_replies import GRAPH, PLANTED, RIGHT, fenced
from tests.llm.peer import COMPLETION, Answer, serve

NODE = "//eeg:ensemble"


def completion(text):
    body = copy.deepcopy(COMPLETION)
    body["choices"][0]["message"]["content"] = text
    return Answer(body=body)


@pytest.fixture
def peer():
    with serve() as found:
        yield found


@pytest.fixture
def asking(workspace, peer):
    """A built workspace with one edited spec and the peer as its model."""
    workspace.edit(GRAPH, "Nothing is clipped, and", "Nothing at all is clipped, and")
    path = workspace.path("fxgbuild.toml")
    provider = f'\n[generate]\nprovider = "openai"\nmodel = "peer-1"\nbase_url = "{peer.url}"\n'
    path.write_text(path.read_text() + provider)
    return workspace


def test_a_build_asks_the_model_repairs_once_and_pins(asking, peer):
    peer.answers = [completion(PLANTED["lint fault"][2]), completion(fenced(RIGHT))]
    done = asking.type("build", NODE, "--json", env={"OPENAI_API_KEY": "sk-planted"})
    assert done.code == 0, done.err
    outcomes = {target["label"]: target["outcome"] for target in done.json["targets"]}
    assert outcomes["//eeg:ensemble"] == "generated"
    assert [body["model"] for _, _, body in peer.requests] == ["peer-1", "peer-1"]
    assert "did not pass the lint stage" in peer.requests[1][2]["messages"][1]["content"]
    pin = json.loads(asking.path("cache/eeg/ensemble/pin.json").read_text())
    assert pin["provenance"]["provider"] == "openai"
    assert pin["provenance"]["usage"]["total_tokens"] == 7
    assert [attempt["stage"] for attempt in pin["attempts"]] == ["lint", None]
    everything = b"".join(p.read_bytes() for p in asking.root.rglob("*") if p.is_file())
    assert b"sk-planted" not in everything
    assert asking.build(NODE)[1]["actions"]["run"] == 0


def test_frozen_never_asks(asking, peer):
    done = asking.type("build", NODE, "--frozen", env={"OPENAI_API_KEY": "sk-planted"})
    assert done.code == 20
    assert peer.requests == []


def test_regenerate_asks_although_the_pin_stands(asking, peer):
    asking.edit(GRAPH, "Nothing at all is clipped, and", "Nothing is clipped, and")
    peer.answers = [completion(fenced(RIGHT))]
    assert asking.build(NODE)[1]["actions"]["run"] == 0
    assert peer.requests == []
    done = asking.type("regenerate", "//eeg:ensemble", "--json")
    assert done.code == 0, done.err
    assert len(peer.requests) == 1
    pin = json.loads(asking.path("cache/eeg/ensemble/pin.json").read_text())
    assert pin["provenance"]["model"] == "served-model"


def test_no_record_keeps_a_new_pin_private(asking, peer):
    before = asking.path("cache/eeg/ensemble/pin.json").read_bytes()
    peer.answers = [completion(fenced(RIGHT))]
    assert asking.type("build", NODE, "--no-record").code == 0
    assert asking.path("cache/eeg/ensemble/pin.json").read_bytes() == before
    assert asking.build(NODE)[1]["actions"]["run"] == 0


@pytest.mark.slow
def test_a_server_that_is_not_there_is_one_clear_error(asking, peer):
    asking.edit("fxgbuild.toml", peer.url, "http://127.0.0.1:9/v1")
    done = asking.type("build", NODE)
    assert done.code == 1
    assert "server" in done.err
    assert asking.path("cache/eeg/ensemble/pin.json").exists()


def test_a_budget_stops_the_asking_and_what_was_bought_is_kept(asking, peer):
    settings = asking.path("fxgbuild.toml")
    plain = settings.read_text()
    settings.write_text(plain + "max_tokens = 5\n")
    peer.answers = [completion(PLANTED["lint fault"][2]), completion(fenced(RIGHT))]
    key = {"OPENAI_API_KEY": "sk-planted"}
    done = asking.type("build", NODE, env=key)
    assert done.code == 21
    assert "the budget of this build is used up: 7 of 5 tokens [FXG2101]" in done.err
    assert "//eeg:ensemble" in done.err
    settings.write_text(plain + "price_in = 1e5\nprice_out = 1e6\nmax_cost = 5\n")
    done = asking.type("build", NODE, "--json", env=key)
    assert done.code == 0, done.err
    assert len(peer.requests) == 2
    assert "did not pass the lint stage" in peer.requests[1][2]["messages"][1]["content"]
