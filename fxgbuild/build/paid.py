"""Paid replies: written down raw before anything else, and found again by the next build."""

from typing import Protocol

from fxgbuild import crash
from fxgbuild.build.context import Context
from fxgbuild.digest import Digest
from fxgbuild.generate.reply import Reply

FACTS = ("provider", "model", "finish_reason", "usage", "request_id")


class Asked(Protocol):
    """What a reply answers: an attempt at a key."""

    @property
    def key(self) -> Digest: ...

    @property
    def attempt(self) -> int: ...


def keep_reply(context: Context, item: Asked, reply: Reply) -> None:
    """Write a raw reply down before anything else: it was paid for."""
    crash.point("reply.received")
    raw = context.stores.blobs.put(reply.text.encode())
    crash.point("reply.stored")
    facts = {name: getattr(reply, name) for name in FACTS}
    context.stores.index.put(f"reply:{item.key.hex}:{item.attempt}", facts | {"reply": raw.hex})
    crash.point("reply.noted")


def kept_reply(context: Context, item: Asked) -> Reply | None:
    """A reply that was written down and never judged, because its build died."""
    row = context.stores.index.get(f"reply:{item.key.hex}:{item.attempt}")
    if not isinstance(row, dict) or not {*FACTS, "reply"} <= row.keys():
        return None
    text = context.stores.blobs.get(Digest(row["reply"]))
    return Reply(text.decode(), **{name: row[name] for name in FACTS}) if text else None
