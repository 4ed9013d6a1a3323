"""The state file: what the last build read, and what it would answer while nothing has moved.

A null build reads this one file and stats its inputs, so nothing beyond the interpreter's built-in
modules is imported here. An input stands when size, times and inode do; it is hashed where times
cannot tell, because they are too close to the moment of the look. A file that cannot be believed
(torn, of another version, in a folder of another owner) is no state, and everything is done.
"""

import os
import stat as modes
from array import array
from binascii import crc32
from collections.abc import Iterable, Sequence
from struct import Struct
from typing import NamedTuple

try:  # hashlib would load OpenSSL; the module has another name from 3.12 on
    from _sha256 import sha256 as _sha256  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha256 as _sha256

FORMAT = b"fxg state 1\n"
NAME = "state"
RACY_NS = 2_100_000_000  # some file systems keep times in steps of two seconds
ABSENT = (-1, -1, -1, -1)
NOTHING = bytes(32)

FILE, FOLDER, TREE, INODE = range(4)  # compared by content, names, graph files and folders, inode
DOUBT = 0x80  # beside the kind: the times are too young to be believed
GRAPH_FILES = ("fxg.yaml", "fxg.json")

Stamp = tuple[int, int, int, int]  # modification, change (both ns), size, inode

_LENGTHS = Struct("<I8Q")


class Input(NamedTuple):
    """One thing a build looked at; `owner` numbers its package, -1 where all depend on it."""

    path: str
    kind: int
    stamp: Stamp
    digest: bytes
    owner: int


class State:
    """A state file's content; inputs lie in columns, because there are ten thousands of them."""

    def __init__(self, columns: Sequence[bytes]) -> None:
        paths, stamps, digests, kinds, owners, answers, packages, lines = columns
        self.paths = os.fsdecode(paths).split("\n") if paths else []
        self.stamps = array("q", stamps)
        self.digests = digests
        self.kinds = bytearray(kinds)
        self.owners = array("i", owners)
        self.answers = dict(_pairs(answers.decode()))
        self.packages = packages.decode().split("\n") if packages else []
        self._lines = lines
        count = len(self.paths)
        if not (
            len(self.stamps) == 4 * count
            and len(digests) == 32 * count
            and len(kinds) == len(self.owners) == count
        ):
            raise ValueError("columns of unequal length")

    @property
    def lines(self) -> list[str]:
        """One line of JSON a package, in the order of `packages`."""
        return self._lines.decode().split("\n") if self._lines else []

    def input(self, place: int, owner: int) -> Input:
        a, b, c, d = self.stamps[4 * place : 4 * place + 4]
        digest = self.digests[32 * place : 32 * place + 32]
        return Input(self.paths[place], self.kinds[place] & ~DOUBT, (a, b, c, d), digest, owner)

    def moved(self) -> tuple[list[int], bool]:
        """Places of inputs that are not what they were, and whether times alone have moved.

        Paths are looked up from the current folder, which is the workspace's.
        """
        found, stale = [], False
        stat, stamps, at = os.stat, self.stamps, 0
        for place, kind in enumerate(self.kinds):
            try:
                s = stat(self.paths[place])
                same = (
                    s.st_mtime_ns == stamps[at]
                    and s.st_ctime_ns == stamps[at + 1]
                    and s.st_size == stamps[at + 2]
                    and s.st_ino == stamps[at + 3]
                )
            except OSError:
                s, same = None, stamps[at] == -1
            at += 4
            if same and kind < DOUBT:
                continue
            kept = self._stands(place, kind & ~DOUBT, s)
            if not kept:
                found.append(place)
            elif kind & ~DOUBT != INODE:
                stale = True
                stamps[at - 4 : at] = array("q", stamp_of(s))
        return found, stale

    def _stands(self, place: int, kind: int, s: os.stat_result | None) -> bool:
        """Is an input what it was, though its times say otherwise or cannot tell?"""
        if s is None:
            return self.stamps[4 * place] == -1
        if kind == INODE:
            return s.st_ino == self.stamps[4 * place + 3]
        path = self.paths[place]
        return digest(path, kind) == self.digests[32 * place : 32 * place + 32]

    def columns(self) -> list[bytes]:
        return [
            os.fsencode("\n".join(self.paths)),
            self.stamps.tobytes(),
            self.digests,
            bytes(self.kinds),
            self.owners.tobytes(),
            _lines(self.answers).encode(),
            "\n".join(self.packages).encode(),
            self._lines,
        ]


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    for line in text.split("\n"):
        name, tab, value = line.partition("\t")
        if tab:
            yield name, value.replace("\\n", "\n").replace("\\\\", "\\")


def _lines(pairs: dict[str, str]) -> str:
    return "\n".join(
        f"{name}\t" + value.replace("\\", "\\\\").replace("\n", "\\n")
        for name, value in pairs.items()
    )


def stamp_of(s: os.stat_result | None) -> Stamp:
    return ABSENT if s is None else (s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino)


def look(path: str) -> Stamp:
    try:
        return stamp_of(os.stat(path))
    except OSError:
        return ABSENT


def hashed(data: bytes) -> bytes:
    return bytes(_sha256(data).digest())


def digest(path: str, kind: int) -> bytes:
    """What an input's content is compared by; zeros where there is nothing of its kind."""
    try:
        if kind == FILE:
            with open(path, "rb", buffering=0) as file:
                total = _sha256()
                while part := file.read(1 << 20):
                    total.update(part)
                return bytes(total.digest())
        if kind == FOLDER:
            return names_digest(os.listdir(path))
        if kind == TREE:
            with os.scandir(path) as entries:
                return names_digest(
                    entry.name for entry in entries if entry.name in GRAPH_FILES or _opens(entry)
                )
    except OSError:
        pass
    return NOTHING


def _opens(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith((".", "__")) and entry.is_dir()


def names_digest(names: Iterable[str]) -> bytes:
    return hashed(os.fsencode("\0".join(sorted(names))))


def make(
    inputs: Sequence[Input],
    answers: dict[str, str],
    packages: Sequence[str],
    lines: Sequence[str],
) -> State:
    stamps = array("q")
    for one in inputs:
        stamps.extend(one.stamp)
    return State(
        [
            os.fsencode("\n".join(one.path for one in inputs)),
            stamps.tobytes(),
            b"".join(one.digest for one in inputs),
            bytes(one.kind for one in inputs),
            array("i", [one.owner for one in inputs]).tobytes(),
            _lines(answers).encode(),
            "\n".join(packages).encode(),
            "\n".join(lines).encode(),
        ]
    )


def read(store: str) -> State | None:
    """The state of a store, or None where there is none that can be believed."""
    path = f"{store}/{NAME}"
    try:
        home = os.stat(store)
        if home.st_uid != os.getuid() or home.st_mode & (modes.S_IWGRP | modes.S_IWOTH):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read()
    except OSError:
        return None
    start = len(FORMAT) + _LENGTHS.size
    if len(data) < start or not data.startswith(FORMAT):
        return None
    check, *lengths = _LENGTHS.unpack(data[len(FORMAT) : start])
    if len(data) != start + sum(lengths) or crc32(memoryview(data)[start:]) != check:
        return None
    columns, at = [], start
    for length in lengths:
        columns.append(data[at : at + length])
        at += length
    try:
        return State(columns)
    except ValueError:
        return None


def write(store: str, state: State, began_ns: int) -> None:
    """Put a state in place; inputs changed shortly before `began_ns` are doubted."""
    young = began_ns - RACY_NS
    for place, kind in enumerate(state.kinds):
        times = state.stamps[4 * place], state.stamps[4 * place + 1]
        doubted = kind & ~DOUBT != INODE and max(times) > young
        state.kinds[place] = kind & ~DOUBT | (DOUBT if doubted else 0)
    columns = state.columns()
    body = b"".join(columns)
    head = FORMAT + _LENGTHS.pack(crc32(body), *map(len, columns))
    name = f"{store}/.fxg-{NAME}-{os.getpid()}"
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(head + body)
    os.rename(name, f"{store}/{NAME}")


def now_ns(store: str) -> int:
    """The file system's own time: clocks may differ from it, and may jump."""
    name = f"{store}/.fxg-now-{os.getpid()}"
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        found = os.fstat(descriptor).st_ctime_ns
        os.close(descriptor)
        os.unlink(name)
    except OSError:
        return 0  # unknown: everything is doubted
    return found
