"""A workspace to type commands in: a copy of this repository's, built once and handed out anew."""

import atexit
import itertools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.chaos.processes import Starter
from tests.typed import Typed

REPOSITORY = Path(__file__).parents[2]
PARTS = ("fxgbuild.toml", "requirements.lock", "rules", "examples", "cache")


@dataclass
class Workspace:
    root: Path

    def type(self, *words, env=None, cwd=None):
        """Type a command as a user would, in the workspace's folder.

        Where nothing of the environment is special, it runs in a process that was forked: half
        of a short command's time goes into starting an interpreter.
        """
        if not env:
            done = next(parents()).plain(cwd or self.root, words, clean_environment()).wait(300)
            assert "Traceback" not in done.err, done.err
            return done
        done = subprocess.run(
            [sys.executable, "-m", "fxgbuild", *words],
            cwd=cwd or self.root,
            env={**clean_environment(), **env},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Typed(done.returncode, done.stdout, done.stderr)

    def path(self, name):
        return self.root / name

    def edit(self, name, old, new):
        """Replace text that must be there."""
        path = self.path(name)
        text = path.read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new), "utf-8")

    def plan(self, *patterns):
        """The plan as label -> its entry, clean targets left out."""
        done = self.type("plan", *(patterns or ("//eeg:all",)), "--json")
        assert done.code == 0, done.err
        return {t["label"]: t for t in done.json["targets"] if t["state"] != "clean"}

    def actions(self, *patterns):
        return {label: target["actions"] for label, target in self.plan(*patterns).items()}

    def fields(self, label, *patterns):
        return [reason["field"] for reason in self.plan(*patterns)[label]["reasons"]]

    def build(self, *words):
        done = self.type("build", *(words or ("//eeg:all",)), "--json")
        return done.code, (done.json if done.out else {})


@cache
def parents():
    """Two warm parents in turn: what hangs on the order of a set differs from one to the other."""
    found = [Starter(PYTHONHASHSEED=seed) for seed in ("1", "2")]
    for starter in found:
        atexit.register(starter.close)
    return itertools.cycle(found)


def clean_environment():
    """No key, no provider, no store of the caller's; Python keeps compiled modules, as it does."""
    dropped = ("OPENAI_API_KEY", "FXG_STORE", "OPENAI_BASE_URL", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if name not in dropped}


def copy_repository(target):
    """The parts of the repository that make it a workspace."""
    for part in PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target / part, ignore=ignore)
        else:
            shutil.copy(source, target / part)
    return Workspace(target)


@pytest.fixture(scope="session")
def built(cold, tmp_path_factory):
    """The repository's workspace after `build //eeg:all`; read only by convention."""
    assert " built; " in cold.printed, cold.printed
    root = tmp_path_factory.mktemp("built") / "ws"
    shutil.copytree(cold.folder, root, symlinks=True)
    shutil.rmtree(root / "fxgbuild")  # the copy of the program would be run in place of this one
    return Workspace(root)


@pytest.fixture
def workspace(built, tmp_path):
    """A fresh copy of the built workspace, stores included."""
    shutil.copytree(built.root, tmp_path / "ws", symlinks=True)
    return Workspace(tmp_path / "ws")
