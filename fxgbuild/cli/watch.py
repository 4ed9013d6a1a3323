"""`--watch`: build, wait until an input changes, build again.

Each round is a process of its own with the same words, so nothing is carried from round to round.
No round asks a model unless `--watch-generate` says so; what needs one is named, and the rest of
the files are watched on.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from fxgbuild.cli.options import options
from fxgbuild.cli.rc import NAME, expanded
from fxgbuild.process import again
from fxgbuild.quick import root_of

VERBS = ("build", "test")
WATCH, GENERATE = "--watch", "--watch-generate"
LOOK_S = 0.3
SHARE = 10  # of the time that passes, at most one part in so many is spent on looking
SETTLE_S = 0.1
IGNORED = ("__pycache__", "dist", "build")
MOST_NAMES = 3

Look = dict[str, tuple[int, int, int]]


def is_watching(words: Sequence[str]) -> bool:
    """Does an expanded command line ask to go on?"""
    named = {word.replace("_", "-") for word in words}
    return bool(words) and words[0] in VERBS and bool(named & {WATCH, GENERATE})


def watch(typed: Sequence[str]) -> int:
    """Build round after round until interrupted; `typed` is the command line before rc files."""
    root = root_of(str(Path.cwd()))
    words = one_round(typed)
    signal.signal(signal.SIGTERM, _interrupted)
    seen, cause = look(root), ""
    try:
        for number in range(1, sys.maxsize):
            began = time.monotonic()
            code = again(words)
            if (code == 2 and number == 1) or not root:  # mistyped, or nothing to watch
                return code
            wall_s = time.monotonic() - began
            _say(f"{_meaning(code)} in {wall_s:.1f} s{cause}; watching {len(seen)} files")
            changed, seen = _changed(root, seen)
            cause = f", after {_names(changed)} changed"
    except KeyboardInterrupt:
        pass
    return 8


def one_round(typed: Sequence[str]) -> list[str]:
    """The command of one round: not watching, and asking no model unless that is wanted."""
    told = expanded(list(typed))
    generates = any(word.replace("_", "-") == GENERATE for word in told)
    own = options()[told[0]]
    added = [f"--no-{flag[2:]}" for flag in (WATCH, GENERATE) if flag in own]
    if told[0] == "build" and not generates:
        added.append("--frozen")
    end = list(typed).index("--") if "--" in typed else len(typed)
    return [*typed[:end], *added, *typed[end:]]


def look(root: str) -> Look:
    """Size, time and inode of every file that a build may read, by its path in the workspace."""
    return dict(_entries(root)) if root else {}


def _entries(root: str) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Everything but hidden files and folders; an rc file is both hidden and read."""
    for path in (Path(root, NAME), Path.home() / NAME):
        with contextlib.suppress(OSError):
            yield str(path), _stamp(path.stat())
    folders = [root]
    while folders:
        folder = folders.pop()
        entries: list[os.DirEntry[str]] = []
        with contextlib.suppress(OSError):
            entries = [entry for entry in os.scandir(folder) if not _is_ignored(entry.name)]
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.is_dir():
                    folders.append(entry.path)
                else:
                    yield entry.path, _stamp(entry.stat())


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name in IGNORED


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_mtime_ns, found.st_size, found.st_ino


def _changed(root: str, seen: Look) -> tuple[list[str], Look]:
    """Wait for a change, and until no more changes follow; what changed, and the last look."""
    now = seen
    while now == seen:
        began = time.monotonic()
        now = look(root)
        if now == seen:
            time.sleep(max(LOOK_S, SHARE * (time.monotonic() - began)))
    settled = False
    while not settled:
        time.sleep(SETTLE_S)
        last, now = now, look(root)
        settled = now == last
    names = sorted(path for path in seen.keys() | now.keys() if seen.get(path) != now.get(path))
    return [os.path.relpath(name, root) for name in names], now


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _names(changed: Sequence[str]) -> str:
    more = len(changed) - MOST_NAMES
    return ", ".join(changed[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _meaning(code: int) -> str:
    return "ok" if code == 0 else f"failed with exit code {code}"


def _say(text: str) -> None:
    sys.stderr.write(f"watch {time.strftime('%H:%M:%S')}: {text}\n")
    sys.stderr.flush()
