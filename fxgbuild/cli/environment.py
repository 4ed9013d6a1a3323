"""The project's environment and fxgbuild's tools, held against the lock and `[toolchain]`."""

import importlib.metadata
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.errors import BadEnvironment, FxgError, OtherTools
from fxgbuild.lang.lockfile import Lock, normalised
from fxgbuild.lang.model import Workspace
from fxgbuild.lang.ranges import as_range
from fxgbuild.machine import LEAST, OWN, TEST_TOOLS
from fxgbuild.plan.facts import Facts, distributions_of
from fxgbuild.plan.plan import Selection
from fxgbuild.sandbox.interpreter import Interpreter
from fxgbuild.sandbox.kind import KINDS, install_command, kind_of

UV_SYNC = {".venv": "uv sync --inexact", "VIRTUAL_ENV": "uv sync --inexact --active"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """A distribution that is missing, or here in another version than is wanted."""

    name: str
    here: str
    wanted: str  # a version or a range; empty where any will do
    said_by: str  # the lock file, `[toolchain]`, or nobody

    def __str__(self) -> str:
        if not self.here:
            return f"{self.name} is not installed"
        return f"{self.name} {self.here} is installed, {self.said_by} says {self.wanted}"

    @property
    def word(self) -> str:
        """As it is given to an installer."""
        return f"{self.name}{as_range(self.wanted)}"


def check_environment(
    here: tuple[Interpreter, str], facts: Facts, workspace: Workspace, selection: Selection
) -> None:
    """Raise where the environment is not what the wanted code, the lock or `[toolchain]` needs."""
    lock, (found, origin) = workspace.lock, here
    check_tools(workspace, facts)
    misfits = [*package_misfits(facts, lock, selection), *tool_misfits(workspace, facts)[1]]
    if misfits:
        raise _bad_environment(found, origin, lock, misfits)


def check_tools(workspace: Workspace, facts: Facts) -> None:
    """Raise where ruff, mypy or bandit are not as `[toolchain]` states."""
    ours, _ = tool_misfits(workspace, facts)
    if ours:
        raise _other_tools(ours)


def package_misfits(facts: Facts, lock: Lock, selection: Selection) -> list[Misfit]:
    """What generated code and its tests use, and that is missing or not as locked."""
    names = set(TEST_TOOLS)
    for node in selection.nodes:
        names |= {normalised(item.name) for item in distributions_of(node)}
    found = []
    for name in sorted(names):
        here, locked = facts.distributions.get(name, ""), facts.lock.get(name, "")
        if not here or (locked and here != locked):
            found.append(Misfit(name, here, locked, lock.path))
        elif name in LEAST and _numbers(here) < _numbers(LEAST[name]):
            found.append(Misfit(name, here, f">={LEAST[name]}", "fxgbuild"))
    return found


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")[:2] if part.isdigit()]


def tool_misfits(workspace: Workspace, facts: Facts) -> tuple[list[Misfit], list[Misfit]]:
    """Tools that are not as `[toolchain]` states: fxgbuild's own, and the project's."""
    ours: list[Misfit] = []
    theirs: list[Misfit] = []
    for tool, stated in workspace.settings.toolchain.items():
        here = facts.tools[tool]
        if here != "missing" and _is_within(here, stated):
            continue
        misfit = Misfit(tool, here.replace("missing", ""), stated, "[toolchain]")
        (theirs if tool in TEST_TOOLS else ours).append(misfit)
    return ours, theirs


def check_program(requires: str) -> None:
    """Raise where the workspace is for another fxgbuild than this."""
    here = program_version()
    if not _is_within(here, requires):
        misfit = Misfit("fxgbuild", here, requires, "`requires`")
        raise _other_tools([misfit])


def program_version() -> str:
    return importlib.metadata.version("fxgbuild")


def _is_within(version: str, stated: str) -> bool:
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - where something is stated

    return SpecifierSet(as_range(stated)).contains(version, prereleases=True)


def described(found: Interpreter, origin: str) -> str:
    """An environment in words: its folder, its kind, who named it."""
    return f"{found.prefix}, {KINDS[found.kind]} ({origin})"


def _bad_environment(
    found: Interpreter, origin: str, lock: Lock, misfits: Sequence[Misfit]
) -> FxgError:
    names = {misfit.name: misfit for misfit in reversed(misfits)}  # the lock's word counts first
    words = [names[name].word for name in sorted(names)]
    hint = f"`{_mend(found, origin, lock, words)}`"
    meant = [m for m in names.values() if m.here and m.said_by == lock.path]
    if meant:
        hint += f"; where the change is meant, lock it: `{_relock(found, lock, meant)}`"
    return BadEnvironment(
        "the project's environment is not what the code needs",
        facts={
            "environment": described(found, origin),
            "found": "; ".join(str(names[name]) for name in sorted(names)),
        },
        hint=hint,
    )


def _mend(found: Interpreter, origin: str, lock: Lock, words: Sequence[str]) -> str:
    if origin == OWN and found.kind in ("pipx", "uv tool"):  # what is the program's stays so
        return f"python3 -m venv .venv && .venv/bin/python -m pip install {' '.join(words)}"
    if lock.kind == "uv" and origin in UV_SYNC and all("==" in word for word in words):
        return UV_SYNC[origin]
    pip = any(name == "pip" for name, _ in found.distributions)
    return install_command(found.kind, short(found.executable), found.prefix, words, pip=pip)


def _relock(found: Interpreter, lock: Lock, misfits: Sequence[Misfit]) -> str:
    if lock.kind == "requirements":
        return f"{short(found.executable)} -m pip freeze > {lock.path}"
    words = " ".join(f"--upgrade-package {m.name}=={m.here}" for m in misfits)
    if lock.kind == "uv":
        return f"uv lock {words}"
    return f"uv export --format pylock.toml {words} -o {lock.path}"


def _other_tools(misfits: Sequence[Misfit]) -> FxgError:
    prefix = sys.prefix
    kind = kind_of(prefix, sys.base_prefix, ())
    words = [misfit.word for misfit in misfits]
    command = install_command(kind, short(sys.executable), prefix, words)
    if misfits[0].name == "fxgbuild" and kind in ("pipx", "uv tool"):
        word = f"'{words[0]}'"
        command = f"pipx install --force {word}" if kind == "pipx" else f"uv tool install {word}"
    return OtherTools(
        "this workspace is for other versions of fxgbuild or its tools",
        facts={"environment": prefix, "found": "; ".join(map(str, misfits))},
        hint=f"`{command}`; or state another range in fxgbuild.toml",
    )


def short(executable: str) -> str:
    """A path as one would type it here."""
    here = os.path.relpath(executable, Path.cwd())
    return executable if here.startswith("..") else here
