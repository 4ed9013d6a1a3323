"""Describes a project's interpreter: its version, what is installed, which folders it needs.

The interpreter is run once. Only its own prefixes and the standard places of packages are ever made
visible; a home folder, `/`, or the folder of an editable install never is.
"""

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fxgbuild.errors import ToolFailed
from fxgbuild.sandbox.environment import ENVIRONMENT
from fxgbuild.sandbox.kind import kind_of

_TIMEOUT_S = 60
LEAST = (3, 11)
_PROBE = """
import importlib.metadata, json, os, platform, sys, sysconfig
found, needs = {}, {}
for d in importlib.metadata.distributions():
    name = d.metadata["Name"]
    if name: name = name.lower().replace("_", "-")
    if name and name not in found:
        found[name] = d.version or ""
        needs[name] = d.requires or []
try:  # a copied interpreter goes on loading the library of the one it was copied from
    with open("/proc/self/maps") as maps:
        mapped = [line.split(None, 5)[-1].strip() for line in maps if "/libpython" in line]
except OSError:
    mapped = []
markers = dict(os_name=os.name, sys_platform=sys.platform, platform_machine=platform.machine(),
    platform_python_implementation=platform.python_implementation(),
    platform_system=platform.system(), implementation_name=sys.implementation.name,
    implementation_version=platform.python_version(),
    python_version=".".join(platform.python_version_tuple()[:2]),
    python_full_version=platform.python_version())
print(json.dumps({
    "version": platform.python_version(), "implementation": sys.implementation.name,
    "platform": sysconfig.get_platform(), "prefix": sys.prefix, "exec_prefix": sys.exec_prefix,
    "base_prefix": sys.base_prefix, "base_exec_prefix": sys.base_exec_prefix,
    "stdlib": sorted({sysconfig.get_path(n) for n in ("stdlib", "platstdlib")}),
    "library": sorted({os.path.dirname(path) for path in mapped}),
    "path": [os.path.abspath(p) for p in sys.path if p and os.path.exists(p)],
    "distributions": sorted(found.items()), "requirements": sorted(needs.items()),
    "markers": sorted(markers.items()),
}))
"""
# Everything below these is visible anyway.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_PACKAGES = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that tests and runs use.

    `binds` are the folders it needs that lie outside /usr and /lib; `links` the symbolic links on
    the way to the executable; `hidden` the entries of its path that a sandbox does not show.
    """

    executable: str
    version: str
    implementation: str
    platform: str
    prefix: str
    base_prefix: str
    binds: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    path: tuple[str, ...]
    hidden: tuple[str, ...]
    distributions: tuple[tuple[str, str], ...]
    requirements: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of each distribution
    markers: tuple[tuple[str, str], ...] = ()  # what lock files ask of an interpreter
    kind: str = "venv"

    def installed(self, distribution: str) -> str:
        """The installed version of a distribution; empty when there is none."""
        wanted = distribution.lower().replace("_", "-").replace(".", "-")
        known = {name.replace(".", "-"): version for name, version in self.distributions}
        return known.get(wanted, "")


def describe_interpreter(executable: str | os.PathLike[str]) -> Interpreter:
    """Run an interpreter once and describe it; ToolFailed says why it cannot be used."""
    path = os.path.abspath(executable)  # noqa: PTH100  (links are kept: a venv is found by them)
    facts = _probe(path)
    links, hops = _chain(path)
    prefixes = {
        str(facts[name]) for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix")
    }
    shown, hidden = _path_entries(facts["path"], prefixes)
    wanted = [*prefixes, *facts["stdlib"], *facts["library"], *shown, *hops]
    binds = _outermost(p for name in wanted for p in (name, os.path.realpath(name)))
    _refuse_homes(binds, path)
    return Interpreter(
        executable=path,
        version=facts["version"],
        implementation=facts["implementation"],
        platform=facts["platform"],
        prefix=facts["prefix"],
        base_prefix=facts["base_prefix"],
        binds=binds,
        links=tuple(link for link in links if not _within(link[0], (*binds, *_SYSTEM))),
        path=tuple(facts["path"]),
        hidden=hidden,
        distributions=tuple((name, version) for name, version in facts["distributions"]),
        requirements=tuple((name, tuple(needs)) for name, needs in facts["requirements"]),
        markers=tuple((name, text) for name, text in facts["markers"]),
        kind=kind_of(facts["prefix"], facts["base_prefix"], facts["stdlib"]),
    )


def _probe(path: str) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(_ask(path, "-P", "-s", "-c", _PROBE))
    except subprocess.CalledProcessError as error:
        raise _unusable(path, _too_old(path) or _last_line(error.stderr)) from None
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise _unusable(path, str(error)) from None
    return facts


def _ask(path: str, *words: str) -> bytes:
    """What an interpreter prints; raises OSError and subprocess's errors."""
    done = subprocess.run(
        (path, *words),
        env=dict(ENVIRONMENT),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=True,
        cwd="/",
    )
    return done.stdout


def _too_old(path: str) -> str:
    """The version of an interpreter that does not even know `-P`, if that is what is wrong."""
    try:
        told = _ask(path, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])").decode()
        version = tuple(map(int, told.split(".")))
    except (OSError, subprocess.SubprocessError, ValueError):
        return ""
    return f"Python {told.strip()} is older than 3.11" if version < LEAST else ""


def _last_line(output: bytes) -> str:
    return "".join(output.decode(errors="replace").strip().splitlines()[-1:]) or "it failed"


def _unusable(path: str, why: str) -> ToolFailed:
    return ToolFailed(
        "the project's interpreter cannot be used",
        facts={"interpreter": path, "because": why},
        hint="set [python] env to an environment with Python 3.11 or newer",
    )


def _chain(path: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Follow the executable's links: each link with its text, and the file at the end."""
    links: list[tuple[str, str]] = []
    while Path(path).is_symlink() and len(links) < 40:
        text = os.readlink(path)  # noqa: PTH115
        links.append((path, text))
        path = os.path.normpath(Path(path).parent / text)
    return links, [path] if links else []


def _path_entries(entries: list[str], prefixes: set[str]) -> tuple[list[str], tuple[str, ...]]:
    """Split the path: what lies in a prefix or is a folder of packages, and what stays hidden."""
    shown: list[str] = []
    hidden: list[str] = []
    for entry in entries:
        inside = _within(entry, (*prefixes, *_SYSTEM)) or Path(entry).name in _PACKAGES
        (shown if inside else hidden).append(entry)
    return shown, tuple(hidden)


def _within(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Sort, and leave out what does not exist or lies within another or within the system."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if os.path.exists(path) and not _within(path, (*_SYSTEM, *kept)):  # noqa: PTH110
            kept.append("/nix/store" if path.startswith("/nix/store/") else path)
    return tuple(sorted(set(kept)))


def _refuse_homes(binds: tuple[str, ...], executable: str) -> None:
    homes = {os.path.realpath(Path.home()), "/root", "/home", "/", "/tmp", "/etc", "/var"}  # noqa: S108
    for bind in binds:
        real = os.path.realpath(bind)
        parent_is_home = str(Path(real).parent) == "/home"
        if parent_is_home or any(_within(home, (real,)) for home in homes):
            raise ToolFailed(
                "the interpreter's prefix is a home folder or a system folder, which a sandbox"
                " must not show",
                facts={"interpreter": executable, "prefix": bind},
                hint="make an environment of its own: python -m venv .venv",
            )
