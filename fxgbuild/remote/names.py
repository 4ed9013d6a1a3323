"""Names on the wire: actions, namespaces, paths; and which namespaces a pattern covers."""

import re

from fxgbuild.digest import Digest
from fxgbuild.lang.settings import NAMESPACE

ACTIONS = ("generate", "lint", "type", "security", "test", "laws", "integrate", "emit")
MAX_RECORD = 1 << 20  # a record is a page of JSON
MAX_BLOB = 256 << 20  # what both sides hold in memory

_HEX = "[0-9a-f]{64}"
_BLOB = re.compile(rf"/cas/(?P<digest>{_HEX})")
_RECORD = re.compile(
    rf"/ac/(?P<namespace>{NAMESPACE})/(?P<action>{'|'.join(ACTIONS)})/(?P<key>{_HEX})"
)


def blob_path(digest: Digest) -> str:
    return f"/cas/{digest.hex}"


def record_path(namespace: str, action: str, key: Digest) -> str:
    return f"/ac/{namespace}/{action}/{key.hex}"


def as_blob(path: str) -> Digest | None:
    """The blob that a path names; None for every other path."""
    found = _BLOB.fullmatch(path)
    return Digest(found["digest"]) if found else None


def as_record(path: str) -> tuple[str, str, Digest] | None:
    """Namespace, action and key that a path names; None for every other path."""
    found = _RECORD.fullmatch(path)
    return (found["namespace"], found["action"], Digest(found["key"])) if found else None


def covers(pattern: str, namespace: str) -> bool:
    """Whether a pattern (`main`, `pr/*`, empty for all) is about a namespace."""
    if pattern.endswith("/*"):
        return namespace.startswith(pattern[:-1])
    return pattern in ("", namespace)
