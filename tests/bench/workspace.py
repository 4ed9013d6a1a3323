"""A synthetic workspace as a user finds it: made, built once, and settled; the command to type."""

import json
import sys
from dataclasses import replace
from pathlib import Path

from fxgbuild.lang.label import Label
from tests.bench import synthetic
from tests.bench.clock import settle, timed
from tests.bench.synthetic import hole, name, package, spec
from tests.e2e.conftest import clean_environment

ALL = "//..."
EVERYTHING = ("packages", "rules", "cache", "fxgbuild.toml")


def fxgbuild(*words):
    """The command as installed, which is what users type; as a module where it is not."""
    script = Path(sys.executable).with_name("fxgbuild")
    start = [str(script)] if script.exists() else [sys.executable, "-m", "fxgbuild"]
    return [*start, *words]


def typed(folder, *words):
    """Run a command, unmeasured by the caller."""
    return timed(fxgbuild(*words), folder, clean_environment())


def built(shape, n, folder, say):
    """Make a workspace and build it; then two null builds, once times are old enough to trust."""
    synthetic.make(shape, n, folder)
    first = typed(folder, "build", ALL, "--json")
    ran = json.loads(first.out)["actions"]["by_kind"]
    assert not ran.get("generate", {}).get("run"), ran
    say(f"{shape} {n}: first build {first.seconds:.1f} s")
    for _ in range(2):
        settle()
        typed(folder, "build", ALL)
    return first


def files(folder):
    """All that a build may read of a workspace, as paths from its folder."""
    found = []
    for part in EVERYTHING:
        path = folder / part
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [str(file.relative_to(folder)) for file in inside]
    return found


class Edit:
    """One node's spec with another factor, and the pin for it by the scripted generator.

    Nothing is written into the workspace before `apply`.
    """

    def __init__(self, workspace, folder, i, factor):
        self.i, self.factor = i, factor
        self.label = f"//{package(i)}:{name(i)}"
        self.path = folder / "packages" / package(i) / "fxg.yaml"
        self.pin = folder / "cache" / package(i) / name(i)
        node = workspace.graphs[package(i)].nodes[name(i)]
        assert node.label == Label(package(i), name(i)), node.label
        self.old = spec(i, synthetic.factor_of(i))
        self.new = spec(i, factor)
        staged = folder.parent / f"{folder.name}-edits"
        synthetic.write_pin(workspace, replace(node, spec=self.new), staged, hole(factor))
        self.staged = staged / package(i) / name(i)
        self.kept = {}

    def apply(self):
        self.kept = {path: path.read_bytes() for path in (self.path, *self.pin.iterdir())}
        text = self.path.read_text()
        assert self.old in text, self.label
        self.path.write_text(text.replace(self.old, self.new))
        for file in self.staged.iterdir():
            (self.pin / file.name).write_bytes(file.read_bytes())

    def undo(self):
        for path, data in self.kept.items():
            path.write_bytes(data)


def edits(folder, n, count):
    """As many edits of different nodes, spread over the workspace; no code was seen before."""
    if n < 2 * count:
        raise SystemExit(f"{n} nodes are too few for {count} edits of half of them")
    workspace = synthetic.load(folder)
    places = [2 * (k * (n // 2) // count) for k in range(count)]
    return [Edit(workspace, folder, i, 101 + 2 * k) for k, i in enumerate(places)]
