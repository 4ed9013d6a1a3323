"""The README's session, typed once into a copy of the repository; tests look at what it left."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from .console import Step, readme_steps, type_into


@dataclass(frozen=True)
class Session:
    """The copy, and every step with the lines it printed."""

    folder: Path
    steps: tuple[tuple[Step, list[str]], ...]

    def type(self, command):
        return type_into(self.folder, command)


@pytest.fixture(scope="session")
def session(cold, tmp_path_factory):
    """What the README shows, done; its first build is the one that other suites start from."""
    folder = tmp_path_factory.mktemp("readme") / "repository"
    shutil.copytree(cold.folder, folder, symlinks=True)
    (first, *later) = readme_steps()
    done = [(first, cold.printed.splitlines())]
    done += [(step, type_into(folder, step.command).splitlines()) for step in later]
    return Session(folder, tuple(done))
