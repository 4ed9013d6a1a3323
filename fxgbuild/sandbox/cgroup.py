"""A control group for one sandbox: memory and processes, where the host lets us make one.

It nests below the group we are in, so it can only tighten what holds for us already. cgroup v1 is
tried; v2 needs a delegated group (`cgroup.subtree_control` with memory and pids). Without either,
limits are each process's own (RLIMIT_AS and so on), and the sandbox's description says so.
"""

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_TRIES = 50


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """The folders of one group, one for v2, one per controller for v1."""

    folders: tuple[Path, ...]
    description: str

    def add(self, pid: int) -> None:
        """Move a process in; all that it starts from now on is in, too."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid), encoding="ascii")

    def close(self) -> None:
        """Kill what is left inside and remove the group."""
        for folder in self.folders:
            for _ in range(_TRIES):
                _kill_all(folder)
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.01)


def _kill_all(folder: Path) -> None:
    with contextlib.suppress(OSError, ValueError):
        for pid in (folder / "cgroup.procs").read_text(encoding="ascii").split():
            os.kill(int(pid), signal.SIGKILL)


def make_group(memory_bytes: int, processes: int) -> ControlGroup | None:
    """Make a group with these limits; None where that is not possible."""
    name = f"fxgbuild-{os.getpid()}-{secrets.token_hex(4)}"
    with contextlib.suppress(OSError):
        mine = _own_groups()
        if (_ROOT / "cgroup.controllers").exists():
            return _make_v2(mine.get("", "/"), name, memory_bytes, processes)
        return _make_v1(mine, name, memory_bytes, processes)
    return None


def _own_groups() -> dict[str, str]:
    """The path of our group by controller; "" is v2's."""
    lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    parts = [line.split(":", 2) for line in lines]
    return {name: path for _, controllers, path in parts for name in controllers.split(",")}


def _folder(base: Path, path: str, name: str) -> Path:
    inside = base / path.lstrip("/")
    chosen = inside if inside.is_dir() else base
    _sweep(chosen)
    return chosen / name


def _sweep(base: Path) -> None:
    """Remove the empty groups of builds that were killed before they could."""
    for folder in base.glob("fxgbuild-*"):
        owner = folder.name.split("-")[1]
        if not Path(f"/proc/{owner}").exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


def _make_v1(
    mine: Mapping[str, str], name: str, memory_bytes: int, processes: int
) -> ControlGroup | None:
    memory = _folder(_ROOT / "memory", mine["memory"], name) if "memory" in mine else None
    pids = _folder(_ROOT / "pids", mine["pids"], name) if "pids" in mine else None
    made: list[Path] = []
    parts: list[str] = []
    with contextlib.suppress(OSError):
        if memory is not None:
            memory.mkdir()
            made.append(memory)
            _write(memory / "memory.limit_in_bytes", memory_bytes)
            with contextlib.suppress(OSError):  # absent where swap is not accounted
                _write(memory / "memory.memsw.limit_in_bytes", memory_bytes)
            parts.append("memory")
    with contextlib.suppress(OSError):
        if pids is not None:
            pids.mkdir()
            made.append(pids)
            _write(pids / "pids.max", processes)
            parts.append("pids")
    if not parts:
        ControlGroup(tuple(made), "").close()
        return None
    return ControlGroup(tuple(made), f"cgroup v1 {'+'.join(parts)}")


def _make_v2(path: str, name: str, memory_bytes: int, processes: int) -> ControlGroup | None:
    own = _ROOT / path.lstrip("/")
    for base in (own, own.parent):
        with contextlib.suppress(OSError):
            if not base.is_relative_to(_ROOT):
                continue
            given = (base / "cgroup.subtree_control").read_text(encoding="ascii").split()
            if not {"memory", "pids"} <= set(given):
                continue
            _sweep(base)
            folder = base / name
            folder.mkdir()
            group = ControlGroup((folder,), "cgroup v2 memory+pids")
            try:
                _write(folder / "memory.max", memory_bytes)
                with contextlib.suppress(OSError):
                    _write(folder / "memory.swap.max", 0)
                _write(folder / "pids.max", processes)
            except OSError:
                group.close()
                raise
            return group
    return None


def _write(path: Path, value: int) -> None:
    path.write_text(str(value), encoding="ascii")
