"""The canary: tries to break out, as a judge and as code under test, and tells what worked.

Runs before any job, so that a sandbox is believed for what it stops, not for its version.
"""

import contextlib
import ctypes
import errno
import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from fxgbuild.harness.confine import Walls, confine_code, confine_judge
from fxgbuild.harness.syscalls import KERNEL
from fxgbuild.harness.zygote import arrange

Json: TypeAlias = Any
Attack: TypeAlias = Callable[[], bool]

_STOPPED = (errno.EPERM, errno.EACCES, errno.ENOSYS)
_KERNEL_DOORS = (
    "ptrace", "process_vm_readv", "io_uring_setup", "keyctl", "bpf", "perf_event_open",
    "userfaultfd", "mount", "setns", "open_by_handle_at", "chroot",
)  # fmt: skip
_SET_BY_LAUNCHERS = ("PWD", "LC_CTYPE")
_CLONE_NEWUSER = 0x10000000


def _connects(family: int, kind: int, address: Any) -> bool:
    with socket.socket(family, kind) as client:
        client.settimeout(0.2)
        client.connect(address)
        client.send(b"x")
    return True


def _reads(path: str, marker: str = "") -> bool:
    with open(path, "rb") as file:  # noqa: PTH123
        return marker.encode() in file.read(1 << 16)


def _reads_environment(path: str, names: set[str]) -> bool:
    with open(path, "rb") as file:  # noqa: PTH123
        found = {line.split(b"=")[0].decode() for line in file.read().split(b"\0") if line}
    return bool(found - names)


def _writes(folder: str) -> bool:
    path = Path(folder) / f"fxg-canary-{os.getpid()}"
    path.write_text("x", encoding="ascii")
    with contextlib.suppress(OSError):
        path.unlink()
    return True


def _signals(pid: int) -> bool:
    if pid in (os.getpid(), os.getppid()):
        return False  # another process of the same number
    os.kill(pid, 0)
    return True


def _enters(name: str) -> bool:
    """Whether the kernel looked at the arguments (all wrong) instead of refusing the call."""
    number = KERNEL[name][0 if os.uname().machine == "x86_64" else 1]
    libc = ctypes.CDLL(None, use_errno=True)
    ctypes.set_errno(0)
    wrong = ctypes.c_long(-1)
    result = libc.syscall(ctypes.c_long(number or -1), wrong, wrong, wrong, wrong, wrong, wrong)
    return bool(result != -1 or ctypes.get_errno() not in _STOPPED)


def _new_user_namespace() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(_CLONE_NEWUSER) == 0)


def _holds(allowed: set[int]) -> bool:
    for fd in range(3, 256):
        with contextlib.suppress(OSError):
            os.fstat(fd)
            if fd not in allowed:
                return True
    return False


def _forks() -> bool:
    if os.fork() == 0:
        os._exit(0)
    return True


def _executes() -> bool:
    os.execv("/bin/true", ["true"])  # noqa: S606  (it must not succeed)
    return True


def _done(call: Callable[..., None], *arguments: int) -> bool:
    call(*arguments)
    return True


def _changes_mode(folder: str) -> bool:
    Path(folder).chmod(0o777)
    return True


def _shared_attacks(bait: Mapping[str, Any]) -> dict[str, Attack]:
    """What nobody in a sandbox may do."""
    secret, names = str(bait["secret"]), {*bait["environment"], *_SET_BY_LAUNCHERS}
    inet, unix = socket.AF_INET, socket.AF_UNIX
    stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
    attacks: dict[str, Attack] = {
        "connect by TCP": lambda: _connects(inet, stream, ("127.0.0.1", bait["tcp"])),
        "send by UDP": lambda: _connects(inet, datagram, ("127.0.0.1", bait["udp"])),
        "connect to an abstract socket": lambda: _connects(unix, stream, "\0" + bait["abstract"]),
        "connect to a socket by its path": lambda: _connects(unix, stream, bait["socket"]),
        "read a file of the home folder": lambda: _reads(bait["file"], secret),
        "see the launcher's environment": lambda: bool(set(os.environ) - names),
        "read process 1's environment": lambda: _reads_environment("/proc/1/environ", names),
        "read its own first environment": lambda: _reads_environment("/proc/self/environ", names),
        "write beside the home folder": lambda: _writes(bait["folder"]),
        "write into the job": lambda: _writes(bait["job"]),
        "write into /usr": lambda: _writes("/usr"),
        "write into the interpreter": lambda: _writes(bait["prefix"]),
        "see a process of the host": lambda: _reads(
            f"/proc/{bait['pid']}/cmdline", bait["cmdline"]
        ),
        "signal a process of the host": lambda: _signals(bait["pid"]),
        "make a user namespace": _new_user_namespace,
    }
    for name in _KERNEL_DOORS:
        attacks[f"call {name}"] = lambda name=name: _enters(name)  # type: ignore[misc]
    return attacks


def _code_attacks(bait: Mapping[str, Any], landlock: int, other: str) -> dict[str, Attack]:
    """What code under test may not do besides."""
    parent = os.getppid()
    attacks: dict[str, Attack] = {
        "keep a descriptor": lambda: _holds({3, 4}),  # its channel, its folder in /proc
        "fork": _forks,
        "signal its judge": lambda: _done(os.kill, parent, 0),
        "open its judge's memory": lambda: _reads(f"/proc/{parent}/mem"),
        "list its judge's descriptors": lambda: bool(os.listdir(f"/proc/{parent}/fd")),  # noqa: PTH208
        "leave its session": lambda: _done(os.setsid),
        "change a file's mode": lambda: _changes_mode(bait["tmp"]),
        "execute a program": _executes,
    }
    if landlock:
        attacks["read the job's description"] = lambda: _reads(f"{bait['job']}/job.json")
        attacks["write a sibling's folder"] = lambda: _writes(other)
    return attacks


def _breaches(attacks: Mapping[str, Attack]) -> list[str]:
    through = []
    for name, attack in attacks.items():
        try:
            if attack():
                through.append(name)
        except (OSError, ValueError):
            continue
    return through


def run_canary(job: Json, walls: Walls, tmp: str) -> Json:
    """Attack from both positions; gives the names of what got through, and how many were tried."""
    mine, other = str(Path(tmp) / "c0"), str(Path(tmp) / "c1")
    for folder in (mine, other):
        Path(folder).mkdir(mode=0o700, exist_ok=True)
    bait = {**job["bait"], "tmp": mine}
    shared = _shared_attacks(bait)
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        _attack_as_code(walls, bait, tell, other)
    os.close(tell)
    with os.fdopen(told, "rb") as stream:
        as_code = stream.read()
    os.waitpid(pid, 0)
    confine_judge(walls, str(Path(bait["code"]).parent), (mine,))
    as_parent = _breaches(shared)
    died: Json = {"breaches": ["(the code position died)"], "tried": 0}
    report = json.loads(as_code) if as_code else died
    found = [f"{name} (as a judge)" for name in as_parent]
    found += [f"{name} (as code)" for name in report["breaches"]]
    return {"breaches": found, "tried": len(shared) + int(report["tried"])}


def _attack_as_code(walls: Walls, bait: Mapping[str, Any], tell: int, other: str) -> None:
    """The child's whole life: confined as code under test is, with one pipe more."""
    try:
        arrange([tell])
        confine_code(walls, str(bait["code"]), str(bait["tmp"]), {"cpu_s": 5, "memory_mb": 512})
        attacks = {**_shared_attacks(bait), **_code_attacks(bait, walls.landlock, other)}
        result = {"breaches": _breaches(attacks), "tried": len(attacks)}
        os.write(3, json.dumps(result).encode())
    finally:
        os._exit(0)
