"""An agent: a command of the user's that holds a secret key and signs what it is handed."""

import base64
import binascii
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

DEADLINE_S = 60.0  # somebody may have to touch a device
SIGNATURE = 64  # bytes of an ed25519 signature
MAX_ANSWER = 4096


class AgentFailed(Exception):
    """The agent gave no signature; the text says why."""


def words_of(command: str, root: Path, path: str) -> tuple[str, ...]:
    """The program and its arguments, found in `path`; raises AgentFailed.

    A program in the workspace could come with anybody's change to it.
    """
    try:
        name, *rest = shlex.split(command)
    except ValueError:
        raise AgentFailed("the command cannot be split into words") from None
    found = shutil.which(name, path=path)
    if found is None:
        raise AgentFailed(f"`{name}` is no program that is found")
    program = Path(found).absolute()
    inside = root.resolve()
    if program.is_relative_to(inside) or program.resolve().is_relative_to(inside):
        raise AgentFailed("it lies in the workspace")
    return (str(program), *rest)


def ask(words: tuple[str, ...], message: bytes, environment: Mapping[str, str]) -> bytes:
    """Hand a message to the agent and take a signature, yet unverified; raises AgentFailed.

    What it says on its standard error goes to the terminal: it may ask for something.
    """
    try:
        done = subprocess.run(
            words,
            input=message,
            stdout=subprocess.PIPE,
            env=dict(environment),
            cwd="/",
            timeout=DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AgentFailed(f"it did not answer within {DEADLINE_S:g} s") from None
    except OSError as error:
        raise AgentFailed(f"it cannot be started: {error.strerror or error}") from None
    if done.returncode != 0:
        raise AgentFailed(f"it ended with {done.returncode}")
    return signature_of(done.stdout)


def signature_of(answer: bytes) -> bytes:
    """The signature in an answer, as hexadecimal digits or base64; raises AgentFailed."""
    text = answer.strip() if len(answer) <= MAX_ANSWER else b""
    try:
        found = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        try:
            found = base64.b64decode(text, validate=True)
        except binascii.Error:
            found = b""
    if len(found) != SIGNATURE:
        raise AgentFailed("it printed no ed25519 signature in hexadecimal digits or base64")
    return found
