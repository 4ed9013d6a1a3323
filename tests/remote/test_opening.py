"""How a remote is set up: what is off, what is refused, and what is asked of the user."""

import importlib.util
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fxgbuild.errors import BadKey, BadRemote
from fxgbuild.lang.settings import RemoteDoc, SettingsDoc
from fxgbuild.remote.client import open_remote
from fxgbuild.remote.envelope import unseal
from fxgbuild.remote.keys import Trusted, trusted
from fxgbuild.remote.transport import authorisation
from fxgbuild.signing.envelope import Distrust

ZERO = "ed25519:" + "0" * 64
URL = "https://cache.example/fxg"


def test_without_an_address_there_is_no_remote(opened):
    assert opened() is None
    assert opened(url=URL, read=False, write=False) is None


def test_nothing_is_connected_to_before_something_is_asked(opened):
    remote = opened(url="http://no-such-host.invalid", trust=[ZERO])
    assert remote.counts.failed == 0
    assert remote.notes() == []


def test_a_remote_that_nobody_is_trusted_on_is_refused(opened):
    with pytest.raises(BadRemote, match="no key is trusted"):
        opened(url=URL)
    assert opened(url=URL, read=False, write=True)


def test_without_the_extra_the_line_to_type_is_named(opened, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BadKey) as caught:
        opened(url=URL, trust=[ZERO])
    assert "pip install 'fxgbuild[signing]'" in caught.value.hint
    assert opened() is None, "nobody needs it without a remote"


def test_the_lowest_level_is_the_workspaces_unless_said(opened):
    assert opened(url=URL, trust=[ZERO]).policy.minimum == "B"
    assert opened(url=URL, trust=[ZERO], minimum_sandbox="A").policy.minimum == "A"


def test_require_comes_from_the_settings_too(opened):
    assert not opened(url=URL, trust=[ZERO]).policy.require
    assert opened(url=URL, trust=[ZERO], require=True).policy.require


# Settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "file:///etc"},
        {"url": "ftp://cache.example"},
        {"url": "https://user:password@cache.example"},
        {"url": "https://cache.example/a b"},
        {"url": "https://cache.example/?x=1"},
        {"namespaces": []},
        {"namespaces": ["main", "pr/7"]},
        {"namespaces": ["../main"]},
        {"namespaces": ["Main"]},
        {"namespaces": ["pr/"]},
        {"trust": ["0" * 64]},
        {"trust": ["ed25519:" + "0" * 63]},
        {"trust": [ZERO + "@*"]},
        {"trust": [ZERO + "\n"]},
        {"minimum_sandbox": "none"},
        {"total_s": 0},
        {"read": 1},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        RemoteDoc.model_validate(wrong)


def test_trust_has_a_scope():
    assert trusted((ZERO, ZERO + "@pr/*")) == (Trusted(ZERO), Trusted(ZERO, "pr/*"))


def test_a_pull_request_names_its_namespaces_by_a_variable(opened):
    remote = opened({"FXG_REMOTE_NAMESPACES": "pr/7,main"}, url=URL, trust=[ZERO])
    assert remote.policy.namespaces == ("pr/7", "main")
    for wrong in ("main,pr/7", "..", ",", "pr/7,,main"):
        with pytest.raises(BadRemote, match="FXG_REMOTE_NAMESPACES"):
            opened({"FXG_REMOTE_NAMESPACES": wrong}, url=URL, trust=[ZERO])


# Keys ---------------------------------------------------------------------------------------------


def test_a_key_that_others_could_read_is_refused(opened, key_file):
    assert opened(url=URL, trust=[ZERO], write=True).policy.signer
    key_file.chmod(0o640)
    with pytest.raises(BadKey) as caught:
        opened(url=URL, trust=[ZERO], write=True)
    assert "others can read it" in caught.value.facts["cause"]
    assert "chmod 600" in caught.value.hint


def test_a_key_in_the_workspace_is_refused(opened, key_file, tmp_path):
    link = tmp_path / "elsewhere"
    link.symlink_to(key_file.parent)
    environment = {"FXG_SIGNING_KEY": str(link / key_file.name)}
    with pytest.raises(BadKey) as caught:
        opened(environment, root=key_file.parent, url=URL, trust=[ZERO], write=True)
    assert "lies in the workspace" in caught.value.facts["cause"]


def test_who_has_no_key_uploads_nothing(tmp_path):
    """A setting for all machines of a team; the ones with a key write."""
    settings = SettingsDoc.model_validate({"remote": {"url": URL, "trust": [ZERO], "write": True}})
    remote = open_remote(settings, tmp_path / "ws", {"HOME": str(tmp_path)})
    assert remote.policy.signer is None
    assert remote.notes() == []


def test_a_secret_that_did_not_arrive_is_told(opened):
    remote = opened({"FXG_SIGNING_KEY": ""}, url=URL, trust=[ZERO], write=True)
    assert remote.policy.signer is None
    (note,) = remote.notes()
    assert "FXG_SIGNING_KEY" in note


def test_a_key_is_not_looked_at_where_nothing_is_written(opened, key_file):
    key_file.chmod(0o666)
    assert opened(url=URL, trust=[ZERO]).policy.signer is None


# Tokens -------------------------------------------------------------------------------------------


def test_a_token_goes_over_no_open_line(opened):
    token = {"FXG_REMOTE_TOKEN": "s3cret"}
    with pytest.raises(BadRemote, match="open line"):
        opened(token, url="http://cache.example", trust=[ZERO])
    assert opened(token, url=URL, trust=[ZERO])
    assert opened(token, url="http://127.0.0.1:1", trust=[ZERO])


def test_a_token_with_a_colon_is_basic_authentication():
    assert authorisation("") == {}
    assert authorisation("abc") == {"Authorization": "Bearer abc"}
    assert authorisation("me:word") == {"Authorization": "Basic bWU6d29yZA=="}
    for wrong in ("a\r\nX: y", "tökén"):
        with pytest.raises(BadRemote):
            authorisation(wrong)


# Envelopes ----------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ENVELOPES = st.fixed_dictionaries(
    {
        "payloadType": st.just("application/vnd.fxgbuild.record+json") | VALUES,
        "payload": VALUES | st.just("e30="),
        "signatures": VALUES
        | st.lists(
            st.fixed_dictionaries({"keyid": st.just(ZERO) | VALUES, "sig": VALUES}), max_size=2
        ),
    }
)


@given(ENVELOPES.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_no_envelope_breaks_its_reader(data):
    with pytest.raises(Distrust):
        unseal(data, "main", [Trusted(ZERO)])
