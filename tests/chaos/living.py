"""A living workspace: its files kept in step with a state, commands typed in it, its log read."""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fxgbuild import quick
from tests.chaos import graphs
from tests.chaos.command import enter
from tests.chaos.scripted import Log, digest
from tests.typed import Typed


@dataclass
class Living:
    """One folder; `type` runs the command line in this process, or with a starter in its own."""

    root: Path
    starter: Any = None
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def log(self):
        return Log(self.root.parent / f"{self.root.name}.log")

    @property
    def store(self):
        return self.root / ".fxgbuild"

    def write(self, state):
        """Make the files those of a state: what is equal is not touched, what is gone goes."""
        wanted = {self.root / path: data for path, data in graphs.files(state).items()}
        kept = {self.root / "cache", self.store}
        for path in [p for p in self.root.rglob("*") if p.is_file()]:
            if path not in wanted and not kept & set(path.parents):
                path.unlink()
        for path, data in wanted.items():
            if not path.exists() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)

    def type(self, *words):
        if self.starter is not None:
            return self.starter.run(self, *words, env=self.env, limit_s=200)
        out, err = io.StringIO(), io.StringIO()
        quick.LOOKS.clear()  # what one command remembers ends with its process
        shown = (contextlib.redirect_stdout(out), contextlib.redirect_stderr(err))
        with contextlib.chdir(self.root), shown[0], shown[1]:
            code = enter(list(words))
        assert code != 37, err.getvalue()
        return Typed(code, out.getvalue(), err.getvalue())

    def plan(self):
        """Label -> the actions that will run; what is clean is left out."""
        done = self.type("plan", "//...", "--json")
        assert done.code == 0, done.err
        return {t["label"]: set(t["actions"]) for t in done.json["targets"] if t["actions"]}

    def is_clean(self):
        """What the command says to people, who have null builds answered from the state file."""
        said = self.type("plan", "//...")
        assert said.code == 0, said.err
        return "nothing to run" in said.out

    def build(self, *words):
        done = self.type("build", "//...", "--json", *words)
        assert done.code == 0, done.err + done.out
        return done.json

    def rendered(self, label):
        """The readable copy of a node's module."""
        package, _, name = label[2:].partition(":")
        return self.store / "out" / package / f"{name}.py"

    def copy(self, target, *, pins):
        """The same files elsewhere with empty stores; with or without the pins."""
        gone = shutil.ignore_patterns(".fxgbuild", *([] if pins else ["cache"]))
        shutil.copytree(self.root, target, ignore=gone)
        return Living(target, self.starter, self.env)

    def result(self, built):
        """All that must be equal: keys, digests, artifacts' bytes, pinned code."""
        targets = {t["label"]: (t["key"], t["digest"]) for t in built["targets"]}
        homes = [self.root / "cache" / label[2:].replace(":", "/") for label in targets]
        holes = [home / "code.py" for home in homes if (home / "code.py").exists()]
        pins = {str(p.relative_to(self.root)): digest(p.read_bytes()) for p in holes}
        named = [d for _, d in targets.values() if d and self.blob(d).exists()]
        return {
            "targets": targets,
            "pins": pins,
            "blobs": {d: digest(self.blob(d).read_bytes()) for d in sorted(named)},
        }

    def whole(self, built):
        """The same, and how each pin says it was come by."""
        pins = {path.parent.name: json.loads(path.read_text("utf-8"))
                for path in self.root.glob("cache/*/*/pin.json")}  # fmt: skip
        tries = {n: [(a["attempt"], a["stage"]) for a in p["attempts"]] for n, p in pins.items()}
        return self.result(built) | {"tries": tries}

    def blob(self, name):
        return self.store / "cas/sha256" / name[:2] / name

    def record_of(self, label, action):
        """The record that a label's action last passed under."""
        key = self.records(f"last:{label}:{action}")[f"last:{label}:{action}"]
        return self.records(f"{action}:{key}")[f"{action}:{key}"]

    def records(self, prefix):
        """Rows of the index by key, read with nothing of the program's own."""
        path = self.store / "index/cache.db"
        if not path.exists():
            return {}
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            query = "SELECT key, value FROM Cache WHERE key >= ? AND key < ?"
            made = "SELECT 1 FROM sqlite_schema WHERE name = 'Cache'"
            if database.execute(made).fetchone() is None:  # killed while it was being made
                return {}
            found = database.execute(query, (prefix, prefix + "\x7f")).fetchall()
        return {key: json.loads(value) for key, value in found}


def memory(name):
    """A folder in memory where there is one: a thousand builds wait for no disk."""
    home = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix=f"fxg-{name}-", dir=home))
