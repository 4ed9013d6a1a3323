"""The few calls to the kernel that Python's standard library does not have, by ctypes."""

import ctypes
import os
import struct

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_SET_NO_NEW_PRIVS = 1, 4, 8, 38
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAP_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 1 << 2


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} was refused")


def set_dumpable(dumpable: bool) -> None:
    """Closed (False): /proc/PID/mem and /proc/PID/fd are shut to processes of the same user."""
    _prctl(_PR_SET_DUMPABLE, int(dumpable))


def die_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, 9)


def no_new_privileges() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def keep_capabilities() -> None:
    """Let the permitted capabilities live through the next change of user."""
    _prctl(_PR_SET_KEEPCAPS, 1)


def set_capabilities(mask: int) -> None:
    """Give up every capability outside the mask, for good."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("<Ii", _CAP_VERSION_3, 0)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    data = struct.pack("<6I", low, low, 0, high, high, 0)
    if libc.syscall(_CAPSET[os.uname().machine], header, data) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refused the set of capabilities")
