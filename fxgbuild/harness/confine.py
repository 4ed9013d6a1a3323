"""Confinement of a process by itself: what code under test may touch, and level B's outer wall.

Landlock and seccomp hold for the thread that calls and all it starts, so both are applied before
any thread exists. What is open stays open: callers close first.
"""

import contextlib
import mmap
import os
import resource
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fxgbuild.harness import kernel, landlock, seccomp

NOBODY = 65534
_SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives",
    "/dev/urandom", "/dev/random", "/dev/zero",
)  # fmt: skip
# Each process gets a folder of its own in /proc, unknown when the outer wall goes up.
_OF_THE_OUTER_ONLY = ("/proc", "/sys/devices/system/cpu")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_OPEN_FILES, _FILE_BYTES, _THREADS = 256, 256 << 20, 1024


@dataclass(frozen=True, slots=True)
class Walls:
    """What a sandbox has: the level, the interpreter's folders, whether Landlock is there."""

    level: str
    binds: tuple[str, ...]
    landlock: int

    @staticmethod
    def of(config: Mapping[str, Any]) -> "Walls":
        return Walls(str(config["level"]), tuple(config["binds"]), landlock.abi())


def _limit(name: int, soft: int, hard: int | None = None) -> None:
    _, ceiling = resource.getrlimit(name)
    hard = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(name, (soft, hard))


def limit_everything() -> None:
    """Limits of every process of a sandbox."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 4 << 30)


def _address_space() -> int:
    """How much is mapped now, found by asking the limit itself: /proc may be out of sight."""
    _, ceiling = resource.getrlimit(resource.RLIMIT_AS)
    low, high = 0, 1 << 42
    while high - low > _PAGE:
        middle = (low + high) // 2
        resource.setrlimit(resource.RLIMIT_AS, (middle, ceiling))
        try:
            mmap.mmap(-1, _PAGE).close()
            high = middle
        except (OSError, MemoryError):
            low = middle
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    return high


def _limit_code(limits: Mapping[str, Any], private_user: bool) -> None:
    loaded = _address_space()
    cpu = max(1, int(limits.get("cpu_s", 60)))
    _limit(resource.RLIMIT_AS, loaded + (int(limits.get("memory_mb", 4096)) << 20))
    _limit(resource.RLIMIT_CPU, cpu, cpu + 1)
    _limit(resource.RLIMIT_FSIZE, _FILE_BYTES)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if private_user:
        _limit(resource.RLIMIT_NPROC, _THREADS)


def _die_first() -> None:
    """When the machine is out of memory, let the kernel take code under test before all else."""
    with contextlib.suppress(OSError):
        kernel.set_dumpable(True)
        try:
            with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
                file.write("1000")
        finally:
            kernel.set_dumpable(False)


def _drop_capabilities(needed: Sequence[str]) -> None:
    """Keep the right to read everywhere only where the interpreter could not be read without it.

    Landlock bounds that right in any case. access(2) asks as the plain user, without it.
    """
    if os.getuid() == 0:
        return
    if all(os.access(path, os.R_OK) for path in needed if os.path.lexists(path)):
        with contextlib.suppress(OSError):
            kernel.set_capabilities(0)


def confine_code(walls: Walls, code: str, tmp: str, limits: Mapping[str, Any]) -> None:
    """Shut this process in with its code, the interpreter and its own temporary folder."""
    _die_first()
    _limit_code(limits, private_user=walls.level == "A" or os.getuid() == NOBODY)
    if walls.level != "A":
        _drop_capabilities((*walls.binds, code))
    kernel.set_dumpable(False)
    kernel.no_new_privileges()
    landlock.restrict(_rules((*walls.binds, code, *_own_process()), (tmp,)))
    seccomp.install(seccomp.inner_program())


def confine_judge(walls: Walls, root: str, writable: Iterable[str]) -> None:
    """Let a judge see its own target and the interpreter, and write where it reports."""
    kernel.no_new_privileges()
    landlock.restrict(_rules((*walls.binds, root, *_own_process()), writable))


def _own_process() -> tuple[str, ...]:
    """The process's own folder in /proc, where numerical libraries look up what is loaded.

    A rule holds for the folder as the kernel has it in mind now, so it is kept open on purpose.
    """
    with contextlib.suppress(OSError):
        os.open("/proc/self", os.O_PATH | os.O_CLOEXEC)
        return ("/proc/self",)
    return ()


def _rules(readable: Iterable[str], writable: Iterable[str]) -> list[tuple[str, int]]:
    return [
        *((path, landlock.READ) for path in (*_SYSTEM, *readable)),
        ("/dev/null", landlock.READ | landlock.WRITE_FILE),
        *((path, landlock.WRITE) for path in writable),
    ]


def become_nobody() -> None:
    """From root to an unprivileged user that may still read files, and do nothing else.

    Where root itself has no right to give (a container), only what others may read stays readable.
    """
    try:
        kernel.keep_capabilities()
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError as error:
        raise OSError(
            "root cannot become another user here (CAP_SETUID and CAP_SETGID are missing);"
            " start fxgbuild as an ordinary user"
        ) from error
    try:
        kernel.set_capabilities(kernel.CAP_DAC_READ_SEARCH)
    except OSError:
        kernel.set_capabilities(0)


def confine_outer(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Level B's wall around parent, judges and code: no network, these files, no new privileges."""
    if not landlock.abi():
        raise OSError("this kernel has no Landlock")
    if os.getuid() == 0:
        become_nobody()
    kernel.no_new_privileges()
    landlock.restrict(_rules((*readable, *_OF_THE_OUTER_ONLY), writable))
    seccomp.install(seccomp.outer_program())
