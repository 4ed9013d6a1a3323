"""Signing keys: ed25519, the secret half in a file that only its owner can read.

The library is imported when a signature is made or checked: most commands need neither.
"""

import importlib.util
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fxgbuild.errors import BadRemote
from fxgbuild.remote.names import covers

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

VARIABLE = "FXG_SIGNING_KEY"
PREFIX = "ed25519:"
MAX_KEY = 16 * 1024


@dataclass(frozen=True, slots=True)
class Trusted:
    """A public key whose records count, in the namespaces that its pattern covers."""

    id: str
    pattern: str = ""

    def covers(self, namespace: str) -> bool:
        return covers(self.pattern, namespace)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

        try:
            public = ed25519.Ed25519PublicKey.from_public_bytes(
                bytes.fromhex(self.id.removeprefix(PREFIX))
            )
            public.verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret key and the id of its public half; never shown."""

    id: str
    _secret: "Ed25519PrivateKey"

    def __repr__(self) -> str:
        return f"Signer({self.id})"

    def sign(self, message: bytes) -> bytes:
        return self._secret.sign(message)


def trusted(entries: tuple[str, ...]) -> tuple[Trusted, ...]:
    """Read `ed25519:HEX` and `ed25519:HEX@pattern` from the settings."""
    return tuple(Trusted(*entry.split("@", 1)) for entry in entries)


def need_library() -> None:
    """Stop when signatures cannot be checked here; raises BadRemote."""
    if importlib.util.find_spec("cryptography") is None:
        raise BadRemote(
            "a remote cache is configured, and what checks its signatures is not installed",
            facts={"extra": "signing"},
            hint="`pip install 'fxgbuild[signing]'`, or leave `[remote] url` empty",
        )


def key_path(environment: Mapping[str, str]) -> Path | None:
    """Where the secret key is: the variable, else the user's configuration; None for nowhere."""
    named = environment.get(VARIABLE)
    if named:
        return Path(named)
    home = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "/")) / ".config")
    usual = Path(home) / "fxgbuild" / "signing.key"
    return usual if usual.exists() else None


def load_signer(path: Path, root: Path) -> Signer:
    """Read a secret key; raises BadRemote where others could read it, or commit it."""
    if path.resolve().is_relative_to(root.resolve()):
        raise _refused(path, "it lies in the workspace", "move it out, and make a new key")
    try:
        data = _private(path)
    except OSError as error:
        raise _refused(path, error.strerror or str(error), f"set {VARIABLE} to its path") from None
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


def _refused(path: Path, cause: str, hint: str) -> BadRemote:
    return BadRemote(
        "the signing key cannot be used", facts={"key": str(path), "cause": cause}, hint=hint
    )


def signer_of(data: bytes, path: Path) -> Signer:
    """The signer in a PEM file's bytes, as `openssl genpkey -algorithm ed25519` writes it."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        secret = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        secret = None
    if not isinstance(secret, ed25519.Ed25519PrivateKey):
        raise _refused(
            path, "it is no ed25519 key in PEM", "`fxgbuild cache keygen FILE` makes one"
        )
    return Signer(PREFIX + secret.public_key().public_bytes_raw().hex(), secret)


def new_key() -> bytes:
    """A new secret key as PEM."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    return ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
