"""An agent signs, and is believed only when its signature is the named key's."""

import os
import sys

import pytest

from fxgbuild.errors import BadKey
from fxgbuild.signing import agent
from fxgbuild.signing.agent import AgentFailed, signature_of
from fxgbuild.signing.envelope import read_envelope, seal, signed_by
from fxgbuild.signing.keys import find_signer, new_key, signer_of

AGENT = """
import base64, sys
from cryptography.hazmat.primitives.serialization import load_pem_private_key
secret = load_pem_private_key(open(sys.argv[1], "rb").read(), None)
signature = secret.sign(sys.stdin.buffer.read())
sys.stdout.write(signature.hex() if sys.argv[2] == "hex" else base64.b64encode(signature).decode())
"""


@pytest.fixture
def command(tmp_path, key_file):
    """An agent with the key of a file, in a folder with a blank in its name."""
    program = tmp_path / "an agent" / "agent.py"
    program.parent.mkdir()
    program.write_text(AGENT)
    return f"{sys.executable} '{program}' {key_file}"


def environment(command, key_id):
    return {
        "PATH": os.defpath,
        "FXG_SIGNING_COMMAND": command,
        "FXG_SIGNING_KEY_ID": key_id,
    }


def refusal(given, root, message=b"x"):
    """Why an agent is refused, before or when it signs."""
    with pytest.raises(BadKey, match="the signing key cannot be used") as caught:
        find_signer(given, root).sign(message)
    assert caught.value.hint
    return caught.value.facts["cause"]


@pytest.mark.parametrize("form", ["hex", "base64"])
def test_an_agent_signs_an_envelope(command, key_file, tmp_path, form):
    known = signer_of(key_file.read_bytes(), key_file)
    given = environment(f"{command} {form}", known.id)
    signer = find_signer(given, tmp_path / "ws")
    sealed = seal(b"a payload" * 100_000, "text/plain", signer)
    assert sealed == seal(b"a payload" * 100_000, "text/plain", known)
    assert signed_by(read_envelope(sealed), {known.id}) == known.id


def test_an_agent_with_another_key_is_not_believed(command, tmp_path):
    other = signer_of(new_key(), "").id
    given = environment(f"{command} hex", other)
    assert "not of the key that FXG_SIGNING_KEY_ID names" in refusal(given, tmp_path / "ws")


def test_an_agent_that_gives_no_signature_is_refused(tmp_path):
    zero = "ed25519:" + "0" * 64
    for words, why in {
        "cat": "it printed no ed25519 signature",
        "true": "it printed no ed25519 signature",
        "false": "it ended with 1",
        "yes": "it did not answer within",
        "sleep 60": "it did not answer within",
        "no-such-agent-here": "is no program that is found",
        "'": "cannot be split into words",
        "/dev/null": "is no program that is found",
    }.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(agent, "DEADLINE_S", 0.2)
            assert why in refusal(environment(words, zero), tmp_path / "ws")


def test_an_agent_in_the_workspace_is_refused(tmp_path):
    root = tmp_path / "ws"
    program = root / "agent"
    root.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "link").symlink_to(program)
    (root / "link").symlink_to("/bin/cat")
    for words in (program, tmp_path / "link", root / "link"):
        given = environment(str(words), "ed25519:" + "0" * 64)
        assert refusal(given, root) == "it lies in the workspace"


@pytest.mark.parametrize("key_id", ["", "ed25519:", "0" * 64, "ed25519:" + "A" * 64])
def test_an_agent_needs_its_public_key_named(key_id, tmp_path):
    assert "FXG_SIGNING_KEY_ID" in refusal(environment("cat", key_id), tmp_path / "ws")


@pytest.mark.parametrize("answer", [b"", b"ab" * 63, b"ab" * 65, b"\xff" * 64, b"!" * 88])
def test_a_signature_is_64_bytes_in_hexadecimal_digits_or_base64(answer):
    with pytest.raises(AgentFailed):
        signature_of(answer)
    assert signature_of(b" " + b"ab" * 64 + b"\n") == b"\xab" * 64
