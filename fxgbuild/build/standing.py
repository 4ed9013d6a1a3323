"""What a failing target passed under before: "validated under X, fails under Y"."""

from collections.abc import Iterable, Mapping

from fxgbuild.build.context import Context
from fxgbuild.digest import Json, is_digest
from fxgbuild.lang.label import Label
from fxgbuild.plan.key import differences
from fxgbuild.plan.plan import Step

CODE = ("code", "nodes", "deps", "function")  # where these differ, it is other code that fails
VERSIONED = ("distributions", "tools")
CALLED = {"python": "Python", "sandbox": "sandbox level", "stage": "stage"}


def stood_under(context: Context, label: Label, step: Step) -> Mapping[str, str] | None:
    """What the same code passed under here or in its pin, and what it fails under now."""
    before = context.stores.last(label, step.action) or _pinned(context, label, step.action)
    if not isinstance(before, dict) or any(before.get(n) != step.preimage.get(n) for n in CODE):
        return None
    moved = differences(before, step.preimage)
    if not moved:
        return None
    return {
        "under": _told((path, old) for path, old, _ in moved),
        "fails": _told((path, new) for path, _, new in moved),
    }


def _pinned(context: Context, label: Label, action: str) -> Json:
    pin = context.stores.committed(label)
    return (pin.validated or {}).get(action) if pin else None


def _told(fields: Iterable[tuple[str, Json]]) -> str:
    """Fields of a preimage in words: `numpy 2.1.0, Python 3.12.1`."""
    return ", ".join(dict.fromkeys(_field(path, value) for path, value in fields))


def _field(path: str, value: Json) -> str:
    part, _, name = path.partition(".")
    called = name if part in VERSIONED and name else CALLED.get(part, path)
    if value is None:
        return f"no {called}"
    text = value[:12] if is_digest(value) else str(value)
    return f"{called} {text[:60]}"
