"""Console sessions of the documents: parsed, typed into a copy of the repository, compared."""

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .pages import ROOT, blocks, read

PARTS = ("fxgbuild", "rules", "cache", "examples", "fxgbuild.toml", "requirements.lock")
ELSEWHERE = ("FXG_STORE", "VIRTUAL_ENV", "CONDA_PREFIX", "OPENAI_API_KEY", "OPENAI_BASE_URL")
LEFT_OUT = "..."


@dataclass(frozen=True)
class Step:
    """What is typed, and what the document says the terminal then shows."""

    command: str
    shown: tuple[str, ...]


def steps(block):
    """The steps of a console block."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return [Step(command, tuple(shown)) for command, shown in found]


def readme_steps():
    """What the README types in its session."""
    (block,) = blocks(read("README.md"), "console")
    return steps(block)


def copy_repository(target):
    """The program and its workspace, without stores and caches."""
    target.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / part)
    return target


@cache
def _commands():
    """A folder whose `fxgbuild` is the one under test."""
    folder = Path(tempfile.mkdtemp(prefix="fxgbuild-bin-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    script = folder / "fxgbuild"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fxgbuild "$@"\n', "utf-8")
    script.chmod(0o755)
    return folder


def type_into(folder, command):
    """Everything that a command prints, as a terminal shows it."""
    environment = {name: text for name, text in os.environ.items() if name not in ELSEWHERE}
    environment["PATH"] = f"{_commands()}:{environment.get('PATH', '/usr/bin:/bin')}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    return done.stdout


def masked(text):
    """A line without what differs from machine to machine: seconds and digests."""
    text = re.sub(r"\bin [0-9.]+ s\b", "in N s", text.rstrip())
    return re.sub(r"\b[0-9a-f]{12,64}\b", "DIGEST", text)


def agrees(shown, printed):
    """Whether lines are those shown; a line `...` stands for any lines, none too."""
    if not shown:
        return not printed
    if shown[0] == LEFT_OUT:
        return any(agrees(shown[1:], printed[at:]) for at in range(len(printed) + 1))
    return bool(printed) and _same(shown[0], printed[0]) and agrees(shown[1:], printed[1:])


def _same(shown, printed):
    """Compare one line; three dots at its end stand for its rest."""
    if shown.endswith(LEFT_OUT):
        return masked(printed).startswith(masked(shown.removesuffix(LEFT_OUT)))
    return masked(shown) == masked(printed)
