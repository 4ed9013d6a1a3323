"""This machine: the project's interpreter, the tools, and the facts that keys cover of them.

Describing an interpreter means running it, so a description is kept until its folders change.
"""

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from fxgbuild import harness, runtime
from fxgbuild.digest import Json
from fxgbuild.emit import PACKAGER_VERSION
from fxgbuild.errors import ToolFailed
from fxgbuild.lang.lockfile import Lock, normalised
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.plan.facts import Facts
from fxgbuild.plan.preimage import STATIC_STAGES
from fxgbuild.sandbox.interpreter import Interpreter, describe_interpreter
from fxgbuild.store.index import Index
from fxgbuild.validate.static import stage_configuration, stage_tool, stage_version

FIELDS = {field.name for field in fields(Interpreter)}
LEAST = {"pytest": "8", "hypothesis": "6.100"}  # what the harness is written for
TEST_TOOLS = tuple(LEAST)
OWN = "fxgbuild's own"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The interpreter that tests and runs use, and who named it."""

    executable: str
    origin: str  # `[python] env`, `VIRTUAL_ENV`, `.venv`, `CONDA_PREFIX`, `fxgbuild's own`


def candidates(
    root: Path, settings: SettingsDoc, environ: Mapping[str, str]
) -> list[tuple[str, Path]]:
    """Where an interpreter is looked for, in this order, and who says so."""
    named = settings.python.env
    if named:
        return [("[python] env", root / Path(named).expanduser())]
    active, conda = environ.get("VIRTUAL_ENV"), environ.get("CONDA_PREFIX")
    found = [("VIRTUAL_ENV", Path(active))] if active else []
    found.append((".venv", root / ".venv"))
    return [*found, ("CONDA_PREFIX", Path(conda))] if conda else found


def find_interpreter(root: Path, settings: SettingsDoc, environ: Mapping[str, str]) -> Chosen:
    """`[python] env`, else VIRTUAL_ENV, `.venv`, CONDA_PREFIX, else fxgbuild's own."""
    for origin, folder in candidates(root, settings, environ):
        for path in (folder / "bin" / "python", folder):
            if path.is_file():
                return Chosen(str(path), origin)
    named = settings.python.env
    if named:
        raise ToolFailed(
            "the project's environment does not exist",
            facts={"[python] env": named, "looked in": str(root / named)},
            hint=f"`python3 -m venv {named}`, or name another in fxgbuild.toml",
        )
    return Chosen(sys.executable, OWN)


def interpreter(executable: str, index: Index) -> Interpreter:
    """Describe an interpreter, from the index while nothing about it has moved."""
    known = index.get(f"interpreter:{executable}") if index.exists() else None
    if known and set(known["interpreter"]) == FIELDS:
        kept = _from_json(known["interpreter"])
        if known["stamp"] == _stamp(executable, kept.path):
            return kept
    found = describe_interpreter(executable)
    value = asdict(found)
    stamp = _stamp(executable, found.path)
    index.put(f"interpreter:{executable}", {"stamp": stamp, "interpreter": value})
    return found


def _stamp(executable: str, path: list[str] | tuple[str, ...]) -> Json:
    """Size and time of the executable and of every folder on its path."""
    stamp = []
    for name in (os.path.realpath(executable), *path):
        try:
            facts = Path(name).stat()
            stamp.append([name, facts.st_mtime_ns, facts.st_size, facts.st_ino])
        except OSError:
            stamp.append([name, 0, 0, 0])
    return stamp


def _from_json(value: Json) -> Interpreter:
    frozen: dict[str, Any] = {name: _frozen(field) for name, field in value.items()}
    return Interpreter(**frozen)


def _frozen(value: Json) -> Json:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def facts(found: Interpreter, settings: SettingsDoc, sandbox: str, lock: Lock) -> Facts:
    """Everything of this machine that keys cover."""
    installed = {normalised(name): version for name, version in found.distributions}
    tools = dict(stage_tool(stage) for stage in STATIC_STAGES)
    tools |= {name: installed.get(name, "missing") for name in TEST_TOOLS}
    python = ".".join(found.version.split(".")[:2])
    return Facts(
        tools=tools,
        python=found.version,
        platform=f"{found.implementation}-{found.platform}",
        sandbox=sandbox,
        harness=sources_digest(harness.__path__[0]),
        runtime=sources_digest(runtime.__path__[0]),
        packager=PACKAGER_VERSION,
        distributions=installed,
        requirements={normalised(name): needs for name, needs in found.requirements},
        lock=lock.versions(dict(found.markers)),
        limits={
            "cpu_s": settings.sandbox.cpu_s,
            "wall_s": settings.sandbox.wall_s,
            "memory_mb": settings.sandbox.memory_mb,
        },
        stages={
            stage: {"version": stage_version(stage), "config": stage_configuration(stage, python)}
            for stage in STATIC_STAGES
        },
    )


def sources_digest(folder: str) -> str:
    """One digest over a folder's modules; what runs in the sandbox is in the keys by this."""
    total = hashlib.sha256()
    for path in sorted(Path(folder).glob("*.py")):
        total.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def runtime_files() -> tuple[tuple[str, bytes], ...]:
    """The runtime as an artifact carries it."""
    folder = Path(runtime.__path__[0])
    return tuple((path.name, path.read_bytes()) for path in sorted(folder.glob("*.py")))
