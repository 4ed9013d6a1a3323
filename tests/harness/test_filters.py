"""The filters are right for both processor families, and hold once they are installed."""

import errno
import os
import struct
import subprocess
import sys

import pytest

from fxgbuild.harness import landlock
from fxgbuild.harness.seccomp import inner_program, outer_program
from fxgbuild.harness.syscalls import ARGUMENT, KERNEL, PROCESS

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def _verdict(program: bytes, audit: int, number: int, *arguments: int) -> int:
    """Run a filter as the kernel does."""
    data = struct.pack("<IIQ6Q", number, audit, 0, *(*arguments, *[0] * (6 - len(arguments))))
    steps = list(struct.iter_unpack("<HBBI", program))
    at, value = 0, 0
    while True:
        code, then, otherwise, operand = steps[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
        elif code == 0x06:
            return operand
        else:
            test = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}
            at += then if test[code] else otherwise


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_listed_call_is_refused_and_ordinary_ones_are_not(machine: str) -> None:
    column, audit = (0, 1)[machine == "aarch64"], _AUDIT[machine]
    inner, outer = inner_program(machine), outer_program(machine)
    for name, row in {**KERNEL, **PROCESS}.items():
        number = row[column]
        if number is not None:
            assert _verdict(inner, audit, number) == _EPERM, name
            wanted = _EPERM if name in KERNEL else _ALLOW
            assert _verdict(outer, audit, number) == wanted, name
    read, write, mmap = {"x86_64": (0, 1, 9), "aarch64": (63, 64, 222)}[machine]
    for number in (read, write, mmap):
        assert _verdict(inner, audit, number) == _verdict(outer, audit, number) == _ALLOW


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_calls_are_refused_by_their_arguments(machine: str) -> None:
    column, audit = (0, 1)[machine == "aarch64"], _AUDIT[machine]
    inner, outer = inner_program(machine), outer_program(machine)
    number = {name: row[column] or 0 for name, row in ARGUMENT.items()}

    def both(name: str, *arguments: int) -> tuple[int, int]:
        pair = (inner, outer)
        one, two = (_verdict(p, audit, number[name], *arguments) for p in pair)
        return one, two

    assert both("clone", 17) == (_EPERM, _ALLOW)  # a fork
    assert both("clone", 0x3D0F00) == (_ALLOW, _ALLOW)  # a thread
    assert both("clone", 0x10000000) == (_EPERM, _EPERM)  # a user namespace
    assert both("clone3") == (_ENOSYS, _ENOSYS)
    assert both("prlimit64", 0) == (_ALLOW, _ALLOW)
    assert both("prlimit64", 7) == (_EPERM, _ALLOW)
    assert both("fcntl", 3, 8) == (_EPERM, _ALLOW)
    assert both("fcntl", 3, 3) == (_ALLOW, _ALLOW)
    assert both("ioctl", 0, 0x5412) == (_EPERM, _EPERM)
    assert both("ioctl", 0, 0x5401) == (_ALLOW, _ALLOW)
    assert both("prctl", 4) == (_EPERM, _ALLOW)


def test_another_architecture_is_killed() -> None:
    assert _verdict(inner_program("x86_64"), 0x40000003, 0) == _KILL  # i386
    assert _verdict(inner_program("x86_64"), _AUDIT["x86_64"], 0x40000000) == _KILL  # x32
    with pytest.raises(OSError, match="no seccomp table"):
        outer_program("sparc")


def test_a_program_fits_the_kernels_limit() -> None:
    assert len(inner_program("x86_64")) // 8 < 4096


@pytest.mark.skipif(not landlock.abi(), reason="the kernel has no Landlock")
def test_landlock_opens_only_what_it_is_told() -> None:
    script = (
        "import os, sys\nsys.path.insert(0, os.getcwd())\n"
        "from fxgbuild.harness import kernel, landlock\n"
        "kernel.no_new_privileges()\n"
        "landlock.restrict([('/usr', landlock.READ), ('/nowhere', landlock.READ)])\n"
        "os.listdir('/usr')\n"
        "for path in ('/etc', '/', '/proc/self'):\n"
        "    try:\n        os.listdir(path)\n    except PermissionError:\n        continue\n"
        "    sys.exit(path)\n"
    )
    done = subprocess.run((sys.executable, "-c", script), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert os.listdir("/etc")  # and nobody else is bound by it  # noqa: PTH208
