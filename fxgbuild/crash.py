"""Named points at which a test may end this process as a kill would.

`FXG_CRASH_AT=blob.renamed` ends the process at the first time that point is passed,
`blob.renamed:3` at the third. Unset, a point costs one comparison.
"""

import os
import signal

# Every point, in the order a build meets them, with what is on disk when it is passed.
POINTS = {
    "reply.received": "a paid reply is in memory only",
    "reply.noted": "the raw reply is found by its key and attempt, its blob is not there",
    "reply.stored": "the raw reply is a blob too",
    "attempt.kept": "an attempt that failed is recorded, nothing was asked again",
    "pin.code": "new code lies beside the old, the old pin stands",
    "pin.record": "the new record stands, its code still lies beside",
    "blob.written": "a blob's bytes are in a temporary file",
    "blob.synced": "the temporary file is on disk, not yet renamed",
    "blob.renamed": "the blob has its name, its folder is not synced",
    "record.preimage": "an action's preimage is a blob, its record is not there",
    "record.put": "the record is there, the label's last key is the old one",
    "render.written": "the readable copy is there, no verdict is",
    "emit.blobs": "an artifact's files are blobs, its record is not there",
    "gc.marked": "a collection knows what it will take, nothing is taken",
    "gc.record": "a record is gone, its blobs are still there",
    "gc.blob": "a blob is gone",
    "state.written": "the state file is written, the run is not closed",
    "promote.blobs": "a channel's place has a release's blobs, and no manifest of it",
    "promote.release": "the release and its statements are in the channel's place, unrecorded",
    "promote.entry": "the ledger's place has the new entry, its tag is at the one before",
    "promote.ledger": "the ledger has the entry, the channel's tag is the old one",
    "promote.tag": "one of the channel's tags is the new one",
    "promote.index": "the package index offers what the channel has, nothing was said",
}

_WANTED, _, _COUNT = os.environ.get("FXG_CRASH_AT", "").partition(":")
_left = int(_COUNT) if _COUNT.isdigit() else 1


def point(name: str) -> None:
    """End the process here if a test asked for it."""
    global _left  # noqa: PLW0603 - counts how often the point is passed
    if name == _WANTED:
        _left -= 1
        if not _left:
            os.kill(os.getpid(), signal.SIGKILL)
