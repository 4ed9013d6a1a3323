"""Keys that are made otherwise than before: what a pin of an older version differs in."""

from fxgbuild.digest import Digest, Json
from fxgbuild.plan.key import KEY_VERSION, differences, key_version

KEY_FIELD = "key version"


def contract_changes(key: Digest, old: Json, new: Json) -> list[tuple[str, Json, Json]]:
    """What differs between a pin's preimage and today's, and between the ways of making keys."""
    found: list[tuple[str, Json, Json]] = []
    made = key_version("generate", old, key)
    if made not in (KEY_VERSION, None):
        found.append((KEY_FIELD, made, KEY_VERSION))
    for path, before, after in differences(old, new):
        found.append((KEY_FIELD if path == "version" else path, before, after))
    return found


def carry_hint(count: int) -> str:
    """What to type when keys are made otherwise than before, and nothing else has changed."""
    what = "one node" if count == 1 else f"{count} nodes"
    return (
        '`fxgbuild carry //... --because "new key version"` keeps the code of '
        f"{what} of which only the key version moved; nothing is generated"
    )
