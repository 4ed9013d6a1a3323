"""Signing keys: ed25519, in a file that only its owner can read, the environment, or an agent.

The library is imported when a signature is made or checked: most commands need neither.
"""

import importlib.util
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fxgbuild.errors import BadKey
from fxgbuild.signing import agent

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.signer import SSlibKey

FILE = "FXG_SIGNING_KEY"
PEM = "FXG_SIGNING_KEY_PEM"
COMMAND = "FXG_SIGNING_COMMAND"
KEY_ID = "FXG_SIGNING_KEY_ID"
VARIABLES = (FILE, PEM, COMMAND)  # the first that is set names the key
PREFIX = "ed25519:"
ID = re.compile(rf"{PREFIX}[0-9a-f]{{64}}")
MAX_KEY = 16 * 1024
MAKES_ONE = "`fxgbuild cache keygen FILE` makes one"


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs under a public key's id; the secret is never shown."""

    id: str
    _sign: Callable[[bytes], bytes]

    def __repr__(self) -> str:
        return f"Signer({self.id})"

    def sign(self, message: bytes) -> bytes:
        """Sign; raises BadKey where an agent does not."""
        return self._sign(message)


def need_library() -> None:
    """Stop when signatures can be neither made nor checked here; raises BadKey."""
    if not all(map(importlib.util.find_spec, ("cryptography", "securesystemslib"))):
        raise BadKey(
            "signatures are needed, and what makes and checks them is not installed",
            facts={"extra": "signing"},
            hint="`pip install 'fxgbuild[signing]'`",
        )


def need_signer(environment: Mapping[str, str], root: Path) -> Signer:
    """The signer that the environment names; raises BadKey where there is none."""
    found = find_signer(environment, root)
    if found is None:
        usual = usual_path(environment)
        raise BadKey(
            "the signing key cannot be used",
            facts={"key": str(usual), "cause": "there is none, and no variable names another"},
            hint=f"`fxgbuild cache keygen {usual}` makes one; {FILE} names one elsewhere",
        )
    return found


def find_signer(environment: Mapping[str, str], root: Path) -> Signer | None:
    """The signer of a file, the environment or an agent, or None; raises BadKey.

    A key in the workspace is refused: it would be committed, and everybody's code reads it.
    """
    if environment.get(FILE):
        return _of_file(Path(environment[FILE]), root)
    if environment.get(PEM):
        return signer_of(environment[PEM].encode(), PEM)
    if environment.get(COMMAND):
        return _of_agent(environment, root)
    usual = usual_path(environment)
    return _of_file(usual, root) if usual.exists() else None


def usual_path(environment: Mapping[str, str]) -> Path:
    """Where a user's key lies when nothing else is said."""
    home = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "/")) / ".config")
    return Path(home) / "fxgbuild" / "signing.key"


def _of_file(path: Path, root: Path) -> Signer:
    if path.resolve().is_relative_to(root.resolve()):
        raise _refused(path, "it lies in the workspace", "move it out, and make a new key")
    try:
        data = _private(path)
    except OSError as error:
        raise _refused(path, error.strerror or str(error), f"set {FILE} to its path") from None
    return signer_of(data, path)


def _private(path: Path) -> bytes:
    """The bytes of a file of ours that nobody else may read; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("it is no regular file")
        if facts.st_mode & 0o077:
            raise _refused(path, "others can read it", f"`chmod 600 {path}`")
        if facts.st_uid not in (os.geteuid(), 0):
            raise _refused(path, "it belongs to somebody else", "use a key of your own")
        return file.read(MAX_KEY)


def _refused(key: Path | str, cause: str, hint: str) -> BadKey:
    return BadKey(
        "the signing key cannot be used", facts={"key": str(key), "cause": cause}, hint=hint
    )


def signer_of(data: bytes, named: Path | str) -> Signer:
    """The signer in a PEM file's bytes, as `openssl genpkey -algorithm ed25519` writes it."""
    need_library()
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        secret = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        secret = None
    if not isinstance(secret, ed25519.Ed25519PrivateKey):
        raise _refused(named, "it is no ed25519 key in PEM without a password", MAKES_ONE)
    return _of_secret(secret)


def _of_secret(secret: "Ed25519PrivateKey") -> Signer:
    from securesystemslib.signer import CryptoSigner  # noqa: PLC0415

    key_id = PREFIX + secret.public_key().public_bytes_raw().hex()
    signer = CryptoSigner(secret, public_key(key_id))
    return Signer(key_id, lambda message: bytes.fromhex(signer.sign(message).signature))


def _of_agent(environment: Mapping[str, str], root: Path) -> Signer:
    need_library()
    key_id = environment.get(KEY_ID, "")
    if not ID.fullmatch(key_id):
        cause = f"{KEY_ID} names no public key" if key_id else f"{KEY_ID} is not set"
        raise _refused(COMMAND, cause, f"set {KEY_ID} to `ed25519:HEX`, the agent's public key")
    hint = f"mend {COMMAND}: it gets the bytes to sign on its standard input"
    try:
        words = agent.words_of(environment[COMMAND], root, environment.get("PATH", os.defpath))
    except agent.AgentFailed as trouble:
        raise _refused(COMMAND, str(trouble), hint) from None

    def sign(message: bytes) -> bytes:
        try:
            signature = agent.ask(words, message, environment)
        except agent.AgentFailed as trouble:
            raise _refused(words[0], str(trouble), hint) from None
        if not verifies(key_id, signature, message):
            other = f"its signature is not of the key that {KEY_ID} names"
            raise _refused(words[0], other, f"set {KEY_ID} to the agent's own public key")
        return signature

    return Signer(key_id, sign)


def public_key(key_id: str) -> "SSlibKey":
    """The public key that an id spells out, as the library holds it."""
    from securesystemslib.signer import SSlibKey  # noqa: PLC0415

    return SSlibKey(key_id, "ed25519", "ed25519", {"public": key_id.removeprefix(PREFIX)})


def verifies(key_id: str, signature: bytes, message: bytes) -> bool:
    """Is this the key's signature of exactly this message?"""
    from securesystemslib.exceptions import UnverifiedSignatureError  # noqa: PLC0415
    from securesystemslib.signer import Signature  # noqa: PLC0415

    try:
        public_key(key_id).verify_signature(Signature(key_id, signature.hex()), message)
    except UnverifiedSignatureError:
        return False
    return True


def new_key() -> bytes:
    """A new secret key as PEM."""
    need_library()
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    return ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
