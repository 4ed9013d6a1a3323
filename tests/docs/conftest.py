"""The README's session, typed once into a copy of the repository; tests look at what it left."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from .console import Step, copy_repository, steps, type_into
from .pages import blocks, read


@dataclass(frozen=True)
class Session:
    """The copy, and every step with the lines it printed."""

    folder: Path
    steps: tuple[tuple[Step, list[str]], ...]

    def type(self, command):
        return type_into(self.folder, command)


@pytest.fixture(scope="session")
def session(tmp_path_factory):
    """What the README shows, done."""
    folder = copy_repository(tmp_path_factory.mktemp("readme") / "repository")
    (block,) = blocks(read("README.md"), "console")
    done = [(step, type_into(folder, step.command).splitlines()) for step in steps(block)]
    return Session(folder, tuple(done))
