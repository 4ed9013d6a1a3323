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
    """What differs between two preimages: (path, old or None, new or None), sorted by path.

    Field by field where both sides have the part; a part that only one side has is one difference.
    """
    found: list[tuple[str, Json, Json]] = []
    todo = [("", canonical_value(old), canonical_value(new))]
    while todo:
        path, before, after = todo.pop()
        if before == after and type(before) is type(after):
            continue
        pairs = _paired(before, after)
        if pairs is None:
            found.append((path, before, after))
        else:
            todo += [(f"{path}.{n}" if path else n, one, other) for n, one, other in pairs]
    return sorted(found, key=lambda item: item[0])


def _paired(before: Json, after: Json) -> list[tuple[str, Json, Json]] | None:
    """The parts of two collections of one kind, side by side; None for anything else."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [(n, before.get(n), after.get(n)) for n in before.keys() | after.keys()]
    if isinstance(before, list) and isinstance(after, list):
        size = max(len(before), len(after))
        padded = [side + [None] * (size - len(side)) for side in (before, after)]
        return [(str(i), *pair) for i, pair in enumerate(zip(*padded, strict=True))]
    return None
