"""Paid replies: written down raw before anything else, and found again by the next build."""

from typing import Protocol

from fxgbuild import crash
from fxgbuild.build.context import Context
from fxgbuild.digest import Digest, digest_bytes
from fxgbuild.generate.reply import Reply

FACTS = ("provider", "model", "finish_reason", "usage", "request_id")


class Asked(Protocol):
    """What a reply answers: an attempt at a key."""

    @property
    def key(self) -> Digest: ...

    @property
    def attempt(self) -> int: ...


def keep_reply(context: Context, item: Asked, reply: Reply) -> None:
    """Write a raw reply down before anything else: it was paid for.

    The row has the text too: a row like it is on the disk when `put` returns, and is found again
    when the index is lost.
    """
    crash.point("reply.received")
    raw = reply.text.encode()
    facts = {name: getattr(reply, name) for name in FACTS}
    row = facts | {"text": reply.text, "reply": digest_bytes(raw).hex}
    context.stores.index.put(f"reply:{item.key.hex}:{item.attempt}", row)
    crash.point("reply.noted")
    context.stores.blobs.put(raw)
    crash.point("reply.stored")


def kept_reply(context: Context, item: Asked) -> Reply | None:
    """A reply that was written down and never judged, because its build died."""
    row = context.stores.index.get(f"reply:{item.key.hex}:{item.attempt}")
    if not isinstance(row, dict) or not {*FACTS, "text"} <= row.keys():
        return None
    return Reply(row["text"], **{name: row[name] for name in FACTS})
