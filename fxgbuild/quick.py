"""Null builds: answered from the state file, before anything that costs time is imported."""

import os
import sys
import time
from collections.abc import Sequence

from fxgbuild import state
from fxgbuild.state import State, hashed

ALONE = {
    "--frozen",
    "--no-record",
    "--no_record",
    "-k",
    "--keep-going",
    "--keep_going",
    "--check",
}
VALUED = {"-j", "--jobs", "--color", "--block-for-lock", "--block_for_lock", "--store"}
ENVIRONMENT = ("FXG_STORE", "VIRTUAL_ENV", "CONDA_PREFIX", "PATH", "HOME")
SECONDS = "{seconds}"
VERBS = ("build", "plan")

LOOKS: dict[str, tuple[State, list[int]]] = {}  # by store: a look is taken once in a command


def question(words: Sequence[str], root: str) -> str:
    """One name for all that an answer depends on beside the inputs; "" for what is never null."""
    if not is_plain(words):
        return ""
    parts = [*words, os.path.relpath(os.getcwd(), root), sys.executable, os.uname().release]
    parts += [f"{name}={os.environ.get(name)}" for name in ENVIRONMENT]
    return hashed(os.fsencode("\0".join(parts))).hex()


def is_plain(words: Sequence[str]) -> bool:
    """Does a command say nothing but patterns and what cannot change a null build?"""
    return bool(words) and words[0] in VERBS and not _odd(words[1:])


def are_patterns(words: Sequence[str]) -> bool:
    return all(not word.startswith("-") or word.startswith(("-//", "-:")) for word in words)


def _odd(words: Sequence[str]) -> bool:
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word.startswith(("-//", "-:")) or word in ALONE:
            continue
        name, equals, _ = word.partition("=")
        if name in VALUED or (name[:2] == "-j" and name[2:].isdigit()):
            if name in VALUED and not equals:
                next(rest, "")
            continue
        return True
    return False


def root_of(folder: str) -> str:
    """The nearest folder upwards that holds a workspace file; "" where there is none."""
    while not os.path.isfile(f"{folder}/fxgbuild.toml"):
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent
    return folder


def store_of(words: list[str], root: str) -> str:
    """Where the store is: said on the command line, in the environment, in the settings."""
    for place, word in enumerate(words):
        name, _, value = word.partition("=")
        if name == "--store":
            return os.path.join(root, value or (words[place + 1 : place + 2] or [""])[0])
    named = os.environ.get("FXG_STORE") or ".fxgbuild"
    if named == ".fxgbuild":
        with open(f"{root}/fxgbuild.toml", "rb") as file:
            for line in file:
                if line.startswith(b"store"):
                    named = os.fsdecode(line.partition(b"=")[2].strip().strip(b"\"'"))
    return os.path.join(root, named)


def answer(words: list[str]) -> bool:
    """Print what a null build says, if this is one; nothing is done otherwise."""
    began, here = time.monotonic(), os.getcwd()
    root = root_of(here)
    asked = question(words, root) if root else ""
    if not asked:
        return False
    store = store_of(words, root)
    known = state.read(store)
    if known is None or asked not in known.answers:
        return False
    moved = looked(known, root, store)
    if moved:
        return False
    text = known.answers[asked].replace(SECONDS, f"{time.monotonic() - began:.1f}")
    sys.stdout.write(text)
    return True


def looked(known: State, root: str, store: str) -> list[int]:
    """Which inputs have moved; where times alone have, the state learns them."""
    here = os.getcwd()
    os.chdir(root)
    try:
        began = state.now_ns(store) if any(kind & state.DOUBT for kind in known.kinds) else 0
        moved, stale = known.moved()
        if stale and not moved:
            try:
                state.write(store, known, began or state.now_ns(store))
            except OSError:
                pass  # a read-only store is looked at anew each time
    finally:
        os.chdir(here)
    LOOKS[store] = (known, moved)
    return moved
