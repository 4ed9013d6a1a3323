"""Seccomp filters, assembled by hand: no library is needed on any host.

Two programs. `outer_program` holds for everything in a sandbox; `inner_program` adds what code
under test is refused. Both are deny lists, one layer of several: namespaces or Landlock close
the file system, and the filter closes the kernel's other doors.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator

from fxgbuild.harness.syscalls import ARGUMENT, KERNEL, PROCESS, Row

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32_BIT = 0x40000000

_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCH, _ARGUMENT_0, _ARGUMENT_1 = 0, 4, 16, 24

_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020080  # NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWTIME
_PRCTL_REFUSED = (4, 0x59616D61, 36)  # PR_SET_DUMPABLE, PR_SET_PTRACER, PR_SET_CHILD_SUBREAPER
_FCNTL_REFUSED = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: a way to send signals
_IOCTL_REFUSED = (0x5412, 0x541C, 0x8901, 0x8902)  # TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("<HBBI", code, then, otherwise, value)


def _refuse(error: int = errno.EPERM) -> bytes:
    return _step(_RETURN, _ERRNO | error)


def _deny(numbers: list[int], error: int = errno.EPERM) -> Iterator[bytes]:
    for number in numbers:
        yield _step(_JUMP_EQUAL, number, 0, 1)
        yield _refuse(error)


def _on_argument(number: int, offset: int, tests: list[bytes]) -> Iterator[bytes]:
    """For one system call: load an argument's low half, run the tests, load the number again."""
    yield _step(_JUMP_EQUAL, number, 0, len(tests) + 2)
    yield _step(_LOAD, offset)
    yield from tests
    yield _step(_LOAD, _NUMBER)


def _values_refused(values: tuple[int, ...]) -> list[bytes]:
    return [step for value in values for step in (_step(_JUMP_EQUAL, value, 0, 1), _refuse())]


def _number(row: Row, column: int) -> int:
    number = row[column]
    assert number is not None, "every call that is filtered by argument exists everywhere"  # noqa: S101
    return number


def _program(column: int, inner: bool) -> Iterator[bytes]:
    call = {name: _number(row, column) for name, row in ARGUMENT.items()}
    refused = [*KERNEL.values(), *(PROCESS.values() if inner else ())]
    yield from _deny([row[column] for row in refused if row[column] is not None])
    yield from _deny([call["clone3"]], errno.ENOSYS)  # the C library then falls back to clone
    if inner:
        clone = [_step(_JUMP_ANY_BIT, _CLONE_THREAD, 1, 0), _refuse()]
        other = [_step(_JUMP_EQUAL, 0, 1, 0), _refuse()]  # only the own process, named as 0
        yield from _on_argument(call["clone"], _ARGUMENT_0, clone)
        yield from _on_argument(call["prlimit64"], _ARGUMENT_0, other)
        yield from _on_argument(call["sched_setaffinity"], _ARGUMENT_0, other)
        yield from _on_argument(call["prctl"], _ARGUMENT_0, _values_refused(_PRCTL_REFUSED))
        yield from _on_argument(call["fcntl"], _ARGUMENT_1, _values_refused(_FCNTL_REFUSED))
    else:
        clone = [_step(_JUMP_ANY_BIT, _CLONE_NEW, 0, 1), _refuse()]
        yield from _on_argument(call["clone"], _ARGUMENT_0, clone)
    yield from _on_argument(call["ioctl"], _ARGUMENT_1, _values_refused(_IOCTL_REFUSED))


def _assemble(machine: str, inner: bool) -> bytes:
    if machine not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no seccomp table for {machine}")
    audit, column = _ARCHITECTURES[machine]
    head = [
        _step(_LOAD, _ARCH),
        _step(_JUMP_EQUAL, audit, 1, 0),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD, _NUMBER),
    ]
    if column == 0:
        head += [_step(_JUMP_GREATER_EQUAL, _X32_BIT, 0, 1), _step(_RETURN, _KILL_PROCESS)]
    return b"".join([*head, *_program(column, inner), _step(_RETURN, _ALLOW)])


def outer_program(machine: str = "") -> bytes:
    """What holds for every process of a sandbox; also the bytes for bwrap's --seccomp."""
    return _assemble(machine or os.uname().machine, inner=False)


def inner_program(machine: str = "") -> bytes:
    """What holds for code under test: no new process, no signal, no socket, no file metadata."""
    return _assemble(machine or os.uname().machine, inner=True)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def install(program: bytes) -> None:
    """Put this thread, and all it starts from now on, under a filter; there is no way back."""
    libc = ctypes.CDLL(None, use_errno=True)
    record = _Filter(len(program) // 8, program)
    zero = ctypes.c_ulong(0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs was refused")
    if libc.prctl(
        _PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(record), zero, zero
    ):
        raise OSError(ctypes.get_errno(), "the kernel refused the seccomp filter")
