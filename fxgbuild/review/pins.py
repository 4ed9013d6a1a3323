"""A pin as a review sees it: read from two files of a tree, and doubted like any other text."""

import json
from dataclasses import dataclass

from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.lang.label import Label
from fxgbuild.plan.key import key_version


@dataclass(frozen=True, slots=True)
class PinView:
    """What a pin says, and what is wrong with it: a sound one has no `broken`."""

    label: Label
    key: Digest | None
    code: str
    digest: str
    preimage: Json
    provenance: Json
    attempts: tuple[Json, ...]
    carried: tuple[Json, ...]
    broken: str = ""

    @property
    def series(self) -> tuple[Json, ...]:
        """The attempts at the key that the code was generated under; earlier specs had others."""
        last = self.attempts[-1].get("key") if self.attempts else None
        return tuple(attempt for attempt in self.attempts if attempt.get("key") == last)

    @property
    def usage(self) -> Json:
        """Tokens and cost of the series, where its attempts say them."""
        found: dict[str, float] = {}
        for attempt in self.series:
            usage = attempt.get("usage")
            for name, value in usage.items() if isinstance(usage, dict) else ():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    found[name] = found.get(name, 0) + value
        return found or None


def read_pin(label: Label, record: bytes | None, code: bytes | None) -> PinView | None:
    """The pin of a label, sound or not; None where there is none."""
    if record is None and code is None:
        return None
    text = (code or b"").decode("utf-8", "replace")
    digest = digest_bytes(code).hex if code is not None else ""
    try:
        found = json.loads(record) if record is not None else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        broken = "its `pin.json` is missing" if record is None else "its `pin.json` is not a record"
        return PinView(label, None, text, digest, None, {}, (), (), broken)
    broken, key = _checked(label, found, code, digest)
    return PinView(
        label,
        key,
        text,
        digest,
        found.get("preimage"),
        found["provenance"] if isinstance(found.get("provenance"), dict) else {},
        _records(found.get("attempts")),
        _records(found.get("carried")),
        broken,
    )


def _checked(
    label: Label, record: Json, code: bytes | None, digest: str
) -> tuple[str, Digest | None]:
    """What is wrong, if anything, and the key that the pin has."""
    try:
        key = Digest(record["key"])
        sound = key_version("generate", record["preimage"], key) is not None
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return "its `pin.json` names no key", None
    if not sound:
        return "its preimage is not its key's: the record was edited by hand", key
    if record.get("label") != str(label):
        return "its record is of another label", key
    if code is None:
        return "its `code.py` is missing", key
    if record.get("code") != digest:
        return "its code is not the code that passed: it was edited by hand", key
    return "", key


def _records(value: Json) -> tuple[Json, ...]:
    return tuple(x for x in value if isinstance(x, dict)) if isinstance(value, list) else ()
