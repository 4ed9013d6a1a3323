"""The program's defences, each to be taken away: a test that stays green without one is no test."""

import os
import signal
import time


def _locks():
    """Nobody waits for anybody."""
    from fxgbuild.store.lock import KeyLocks

    KeyLocks.acquire = lambda self, keys: set(keys)
    KeyLocks.wait = lambda self, key, **_: None
    KeyLocks.release = lambda self, keys: None


def _replies():
    """A paid reply is kept by nobody."""
    from fxgbuild.store.index import Index

    put, put_many = Index.put, Index.put_many

    def forgetful(self, key, value):
        if not key.startswith("reply:"):
            put(self, key, value)

    Index.put = forgetful
    Index.put_many = lambda self, items: put_many(
        self, {key: value for key, value in items.items() if not key.startswith("reply:")}
    )


def _renames():
    """A pin is written where it stands, and its writer dies half way."""
    from fxgbuild.store import pin

    def bare(path, data, mode=0o644, **_):
        del mode
        path.parent.mkdir(parents=True, exist_ok=True)
        torn = path.name == "pin.json"
        path.write_bytes(data[: len(data) // 2] if torn else data)
        if torn:
            os.kill(os.getpid(), signal.SIGKILL)

    pin.write_atomic = bare


def _haste():
    """Not a defence: time between the parts of a pin, so that two writers meet there."""
    from fxgbuild.store import pin

    write = pin.write_atomic

    def slow(path, data, *rest, **named):
        write(path, data, *rest, **named)
        time.sleep(0.03)

    pin.write_atomic = slow


TAKEN = {"locks": _locks, "replies": _replies, "renames": _renames, "haste": _haste}


def take_away(names):
    for name in names:
        TAKEN[name]()
