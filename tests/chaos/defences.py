"""The program's defences, each to be taken away: a test that stays green without one is no test."""

import time
from pathlib import Path


def _locks():
    """Nobody waits for anybody."""
    from fxgbuild.store.lock import KeyLocks

    KeyLocks.acquire = lambda self, names: set(names)
    KeyLocks.wait = lambda self, name, **_: None
    KeyLocks.release = lambda self, names: None


def _replies():
    """A paid reply is kept by nobody."""
    from fxgbuild.store.index import Index

    put = Index.put

    def forgetful(self, key, value):
        if not key.startswith("reply:"):
            put(self, key, value)

    Index.put = forgetful


def _renames():
    """A file is written where it stands, bit by bit."""
    from fxgbuild.store import cas, pin

    def bare(path, data, mode=0o644, **_):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with Path(path).open("wb") as file:
            for start in range(0, len(data), 1 + len(data) // 3):
                file.write(data[start : start + 1 + len(data) // 3])
                file.flush()
                time.sleep(0.002)
        path.chmod(mode)

    cas.write_atomic = bare
    pin.write_atomic = bare


def _signals():
    """An interrupt ends the process at once, with no word to its children."""
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


TAKEN = {"locks": _locks, "replies": _replies, "renames": _renames, "signals": _signals}


def take_away(names):
    for name in names:
        TAKEN[name]()
