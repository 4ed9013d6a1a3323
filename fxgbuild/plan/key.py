"""Keys: the digest of all that determines an action.

A preimage is a nested JSON value; its key is the hash of the tagged, versioned, canonical bytes of
that very value. So what explains a key and what makes it cannot disagree.
"""

from collections.abc import Iterator

from fxgbuild.digest import Digest, Json, canonical_json, canonical_value, digest_bytes

KEY_VERSION = 1


def preimage_bytes(action: str, preimage: Json) -> bytes:
    """The bytes a key is the hash of; stored as a blob, they are found by the key itself."""
    return canonical_json([f"fxg.{action}.v{KEY_VERSION}", preimage])


def key_of(action: str, preimage: Json) -> Digest:
    return digest_bytes(preimage_bytes(action, preimage))


def fields(preimage: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Every leaf of a preimage with its dotted path; empty collections are leaves."""
    if isinstance(preimage, dict) and preimage:
        for name in sorted(preimage):
            yield from fields(preimage[name], f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(preimage, list) and preimage:
        for index, item in enumerate(preimage):
            yield from fields(item, f"{prefix}.{index}")
    else:
        yield prefix, preimage


def differences(old: Json, new: Json) -> list[tuple[str, Json, Json]]:
    """What differs between two preimages, field by field: (path, old or None, new or None)."""
    before = dict(fields(canonical_value(old)))
    after = dict(fields(canonical_value(new)))
    return [
        (path, before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) or (path in before) != (path in after)
    ]
