"""Digests and the canonical encoding that every key is made from.

Knows nothing of nodes, files or stores: values in, bytes and digests out.
"""

import hashlib
import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

# A value made of what JSON has. Keys, preimages, records and canonical schemas are of this type.
Json: TypeAlias = Any


@dataclass(frozen=True, order=True, slots=True)
class Digest:
    """A SHA-256 in lower-case hex: the only identity fxgbuild trusts."""

    hex: str

    def __post_init__(self) -> None:
        if len(self.hex) != 64 or not set(self.hex) <= set("0123456789abcdef"):
            raise ValueError(f"not a sha256 digest: {self.hex!r}")

    def __str__(self) -> str:
        return self.hex

    @property
    def short(self) -> str:
        return self.hex[:12]


def digest_bytes(data: bytes) -> Digest:
    return Digest(hashlib.sha256(data).hexdigest())


def is_digest(text: object) -> bool:
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")


def canonical_text(text: str) -> str:
    """NFC, LF, no trailing blanks: what a reader cannot see is not hashed."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def canonical_value(value: Json) -> Json:
    """Bring a JSON value to the one form in which equal values are equal bytes.

    Numbers: the shortest text that reads back as the same number, so 1.0 is 1 and -0.0 is 0.
    Texts stay as they are: prose is brought to `canonical_text` where it is read.
    Raises ValueError on NaN and infinities, TypeError on what JSON does not have.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"not a finite number: {value!r}")
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, Mapping):
        return {str(name): canonical_value(item) for name, item in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [canonical_value(item) for item in value]
    raise TypeError(f"no canonical form for {type(value).__name__}")


def canonical_json(value: Json) -> bytes:
    """Encode a JSON value so that equal values, and only they, give equal bytes."""
    return json.dumps(
        canonical_value(value),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def tagged_digest(tag: str, value: Json) -> Digest:
    """Hash a tagged structure: two kinds of thing can never collide."""
    return digest_bytes(canonical_json([tag, value]))
