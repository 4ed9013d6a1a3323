"""Landlock by its three system calls: which files this process may open from now on.

Covers opening, creating and removing files, TCP (ABI 4), device ioctls (5), abstract sockets and
signals (6). It does not hide metadata (`stat` works), does not cover UDP or pathname sockets, and
does not touch files that are open already.
"""

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_TRUNCATE = 1 << 14
READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _TRUNCATE
_OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE

_ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}


def _syscall(*arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return int(libc.syscall(*arguments))


def abi() -> int:
    """The kernel's Landlock version; 0 when it has none."""
    return max(0, _syscall(_CREATE, None, ctypes.c_size_t(0), 1))


def _ruleset(version: int) -> tuple[bytes, int]:
    handled = _ALL_BY_ABI[max(known for known in _ALL_BY_ABI if known <= version)]
    if version >= 6:
        return struct.pack("<QQQ", handled, 0b11, 0b11), handled
    if version >= 4:
        return struct.pack("<QQ", handled, 0b11), handled
    return struct.pack("<Q", handled), handled


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what does not exist needs no permission
    try:
        allowed = access if os.path.isdir(path) else access & _OF_A_FILE  # noqa: PTH112
        rule = ctypes.create_string_buffer(struct.pack("<Qi", allowed, fd), 12)
        if _syscall(_ADD_RULE, ruleset, 1, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), "the kernel refused a Landlock rule", path)
    finally:
        os.close(fd)


def restrict(rules: Iterable[tuple[str, int]]) -> int:
    """Confine this thread, and all it starts, to the rules; the ABI used, 0 when there is none.

    The caller has set no_new_privs. Layers add up: a second call can only take away.
    """
    version = abi()
    if not version:
        return 0
    attributes, handled = _ruleset(version)
    ruleset = _syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "the kernel refused the Landlock rule set")
    try:
        for path, access in rules:
            _allow(ruleset, path, access & handled)
        if _syscall(_RESTRICT, ruleset, 0) != 0:
            raise OSError(ctypes.get_errno(), "the kernel refused to apply Landlock")
    finally:
        os.close(ruleset)
    return version
