"""Where a signing key may come from, and from where it may not."""

import os
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

from fxgbuild.errors import BadKey
from fxgbuild.signing.keys import find_signer, need_signer, new_key, signer_of, verifies

MESSAGE = b"what is signed"


def cause(environment, root):
    """Why a key is refused; the message is always the same."""
    with pytest.raises(BadKey, match="the signing key cannot be used") as caught:
        find_signer(environment, root)
    assert caught.value.hint
    return caught.value.facts["cause"]


def pem(secret, password=None):
    kind = serialization.NoEncryption()
    if password:
        kind = serialization.BestAvailableEncryption(password)
    return secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kind
    ).decode()


def test_a_key_is_read_from_its_file(key_file, tmp_path):
    signer = find_signer({"FXG_SIGNING_KEY": str(key_file)}, tmp_path / "ws")
    assert verifies(signer.id, signer.sign(MESSAGE), MESSAGE)
    assert not verifies(signer.id, signer.sign(MESSAGE), MESSAGE + b"!")


def test_a_key_that_openssl_made_is_read(tmp_path):
    path = tmp_path / "signing.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True)
    path.chmod(0o600)
    assert find_signer({"FXG_SIGNING_KEY": str(path)}, tmp_path / "ws")
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert new_key().startswith(b"-----BEGIN PRIVATE KEY-----")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_could_use_is_refused(key_file, tmp_path, mode):
    key_file.chmod(mode)
    environment = {"FXG_SIGNING_KEY": str(key_file)}
    assert cause(environment, tmp_path / "ws") == "others can read it"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_somebody_else_is_refused(key_file, tmp_path, monkeypatch):
    os.chown(key_file, 1234, -1)
    environment = {"FXG_SIGNING_KEY": str(key_file)}
    assert cause(environment, tmp_path / "ws") == "it belongs to somebody else"


def test_a_link_and_a_pipe_are_no_key_files(key_file, tmp_path):
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(key_file)
    os.mkfifo(pipe, 0o600)
    for path in (link, pipe, tmp_path, tmp_path / "nowhere"):
        assert cause({"FXG_SIGNING_KEY": str(path)}, tmp_path / "ws")


def test_a_key_in_the_workspace_is_refused_by_whatever_path(key_file, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.symlink_to(key_file.parent)
    for path in (key_file, folder / key_file.name):
        environment = {"FXG_SIGNING_KEY": str(path)}
        assert cause(environment, key_file.parent) == "it lies in the workspace"
    usual = tmp_path / ".config" / "fxgbuild" / "signing.key"
    usual.parent.mkdir(parents=True)
    key_file.rename(usual)
    assert cause({"HOME": str(tmp_path)}, tmp_path) == "it lies in the workspace"


@pytest.mark.parametrize(
    "text",
    [
        "secret",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(ed25519.Ed25519PrivateKey.generate(), b"password"),
        pem(ed448.Ed448PrivateKey.generate()),
    ],
)
def test_what_is_no_open_ed25519_key_is_refused(text, key_file, tmp_path):
    key_file.write_text(text)
    expected = "it is no ed25519 key in PEM without a password"
    assert cause({"FXG_SIGNING_KEY": str(key_file)}, tmp_path / "ws") == expected
    assert cause({"FXG_SIGNING_KEY_PEM": text}, tmp_path / "ws") == expected


def test_the_environment_may_hold_the_key_itself(tmp_path):
    key = new_key()
    found = find_signer({"FXG_SIGNING_KEY_PEM": key.decode()}, tmp_path)
    assert found.id == signer_of(key, "").id


def test_the_first_of_file_environment_agent_and_home_is_taken(key_file, tmp_path):
    usual = tmp_path / ".config" / "fxgbuild" / "signing.key"
    usual.parent.mkdir(parents=True)
    usual.write_bytes(new_key())
    usual.chmod(0o600)
    agent_id = signer_of(new_key(), "").id
    sources = {
        "FXG_SIGNING_KEY": str(key_file),
        "FXG_SIGNING_KEY_PEM": new_key().decode(),
        "FXG_SIGNING_COMMAND": "cat",
    }
    expected = [
        signer_of(key_file.read_bytes(), "").id,
        signer_of(sources["FXG_SIGNING_KEY_PEM"].encode(), "").id,
        agent_id,
        signer_of(usual.read_bytes(), "").id,
    ]
    environment = {"HOME": str(tmp_path), "PATH": os.defpath, "FXG_SIGNING_KEY_ID": agent_id}
    environment |= sources
    found = []
    for name in [*sources, ""]:
        found.append(find_signer(environment, tmp_path / "ws").id)
        environment[name] = ""  # set and empty is not set
    assert found == expected


def test_who_needs_a_key_is_told_how_to_make_one(tmp_path):
    home = {"HOME": str(tmp_path)}
    assert find_signer(home, tmp_path / "ws") is None
    with pytest.raises(BadKey, match="the signing key cannot be used") as caught:
        need_signer(home, tmp_path / "ws")
    assert f"`fxgbuild cache keygen {tmp_path}/.config/fxgbuild/signing.key`" in caught.value.hint


def test_a_secret_is_never_shown(tmp_path):
    key = new_key().decode()
    signer = find_signer({"FXG_SIGNING_KEY_PEM": key}, tmp_path)
    assert repr(signer) == str(signer) == f"Signer({signer.id})"
    with pytest.raises(BadKey) as caught:
        find_signer({"FXG_SIGNING_KEY_PEM": key.replace("KEY", "CAT")}, tmp_path)
    body = key.splitlines()[1]
    assert body not in repr(caught.value.facts) + str(caught.value) + caught.value.hint
