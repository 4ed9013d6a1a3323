"""Keys: the digest of all that determines an action.

A preimage is a nested JSON value; its key is the hash of the tagged, versioned, canonical bytes of
that very value. So what explains a key and what makes it cannot disagree.
"""

from fxgbuild.digest import Digest, Json, canonical_json, canonical_value, digest_bytes

# Moves when equal preimages should have other keys. What older versions made stays verifiable: the
# way that each of them encoded a preimage stays in `preimage_bytes`.
KEY_VERSION = 1

_ABSENT = object()  # a part that one side does not have, where null is a value


def preimage_bytes(action: str, preimage: Json, version: int = KEY_VERSION) -> bytes:
    """The bytes a key is the hash of; stored as a blob, they are found by the key itself."""
    return canonical_json([f"fxg.{action}.v{version}", preimage])


def key_of(action: str, preimage: Json, version: int = KEY_VERSION) -> Digest:
    return digest_bytes(preimage_bytes(action, preimage, version))


def key_version(action: str, preimage: Json, key: Digest) -> int | None:
    """The version under which a preimage has this key; None where it is not its key at all."""
    versions = range(KEY_VERSION, 0, -1)
    return next((v for v in versions if key_of(action, preimage, v) == key), None)


def differences(old: Json, new: Json) -> list[tuple[str, Json, Json]]:
    """What differs between two preimages: (path, old or None, new or None), sorted by path.

    Field by field where both sides have the part; a part that only one side has is one difference.
    """
    found: list[tuple[str, Json, Json]] = []
    todo = [("", canonical_value(old), canonical_value(new))]
    while todo:
        path, before, after = todo.pop()
        pairs = _paired(before, after)
        if pairs is None and (type(before) is not type(after) or before != after):
            was, now = (None if side is _ABSENT else side for side in (before, after))
            found.append((path, was, now))
        elif pairs is not None:
            todo += [(f"{path}.{n}" if path else n, one, other) for n, one, other in pairs]
    return sorted(found, key=lambda item: item[0])


def _paired(before: Json, after: Json) -> list[tuple[str, Json, Json]] | None:
    """The parts of two collections of one kind, side by side; None for anything else."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = before.keys() | after.keys()
        return [(n, before.get(n, _ABSENT), after.get(n, _ABSENT)) for n in names]
    if isinstance(before, list) and isinstance(after, list):
        size = max(len(before), len(after))
        padded = [side + [_ABSENT] * (size - len(side)) for side in (before, after)]
        return [(str(i), *pair) for i, pair in enumerate(zip(*padded, strict=True))]
    return None
