"""Remember a build: the inputs it saw, what became of each package, what a null build would say."""

import contextlib
import os
import shutil
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import fxgbuild
from fxgbuild import crash, machine, state
from fxgbuild.build.memory import Package, remembered_package
from fxgbuild.build.result import Result
from fxgbuild.cli import rc
from fxgbuild.cli.app import INTERPRETER, App
from fxgbuild.digest import Digest
from fxgbuild.inputs import Inputs, program_inputs
from fxgbuild.state import FILE, FOLDER, INODE, TREE, Input

RC = ".fxgbuildrc"
COLLECTED = "collected"  # rewritten whenever something is taken out of the store


def remember(
    app: App, result: Result, figures: Mapping[str, Sequence[str]], answers: Mapping[str, str]
) -> None:
    """Write the state file; a store that cannot be written only costs the next build time."""
    if not app.store.is_dir():
        return
    packages = dict(app.scope.remembered)
    plans = {target.label: target for target in result.plan.targets}
    for name, graph in app.workspace.graphs.items():
        own = remembered_package(
            graph, app.workspace.interfaces[name], plans, result.outcomes, figures.get(name, ())
        )
        packages[name] = own
    names = sorted(packages)
    inputs = _Inputs(app, packages, {name: place for place, name in enumerate(names)})
    lines = [packages[name].to_line() for name in names]
    known = {INTERPRETER: app.chosen.executable, **answers}
    made = state.make(list(inputs.all(result)), known, names, lines)
    try:
        state.write(str(app.store), made, app.began_ns)
    except OSError:
        return
    crash.point("state.written")


def add_answers(app: App, answers: Mapping[str, str]) -> None:
    """Nothing has moved since the state was written; more questions are answered from now on."""
    memory = app.scope.memory
    if memory is None or memory.moved or not answers:
        return
    memory.state.answers.update(answers)
    with contextlib.suppress(OSError):
        state.write(str(app.store), memory.state, app.began_ns)


class _Inputs:
    """All inputs, each with the number of the package that depends on it."""

    def __init__(
        self, app: App, packages: Mapping[str, Package], numbers: Mapping[str, int]
    ) -> None:
        self.app = app
        self.numbers = numbers
        self.seen: Inputs = app.scope.tree.inputs
        self.folders = {str(Path(p.file).parent): name for name, p in packages.items()}
        self.cache = str(Path(app.scope.workspace.settings.cache))
        self.out = self.seen.name(app.stores.out)

    def all(self, result: Result) -> Iterator[Input]:
        self._look(result)
        seen = {one.path: one._replace(owner=self._owner(one)) for one in self.seen.all()}
        yield from (one for one in self._kept() if one.path not in seen)
        yield from seen.values()

    def _kept(self) -> Iterator[Input]:
        """What an earlier build saw of packages that were not loaded now, and of no package."""
        memory = self.app.scope.memory
        if memory is None:
            return
        known, remembered = memory.state, self.app.scope.remembered
        numbers = [self.numbers[n] if n in remembered else None for n in known.packages]
        numbers.append(-1)  # of no package: its number is -1
        for place, owner in enumerate(known.owners):
            number = numbers[owner]
            if number is not None:
                yield known.input(place, number)

    def _look(self, result: Result) -> None:
        """What was not read as a file of the workspace: pins, the readable tree, outputs."""
        app, stores = self.app, self.app.stores
        for target in result.plan.targets:
            if target.step("generate"):
                stores.committed(target.label)  # anew where this build has written it
            for action in ("integrate", "emit"):
                step = target.step(action)
                record = stores.record(action, step.key) if step and step.key else None
                for text in record["outputs"].values() if record else ():
                    path = stores.blobs.path(Digest(text))
                    self.seen.add(path, FILE, state.look(str(path)), bytes.fromhex(text))
        for package in app.workspace.graphs:
            self.seen.look(stores.out / package, FOLDER)
        if app.scope.memory is None:
            self._machine()

    def _machine(self) -> None:
        """What every package depends on: the program, the interpreter, the store, rc files."""
        app = self.app
        program_inputs(self.seen, Path(fxgbuild.__path__[0]))
        self.seen.look(os.path.realpath(app.interpreter.executable), INODE)
        for _, place in machine.candidates(app.root, app.workspace.settings, os.environ):
            self.seen.look(place / "bin" / "python", INODE)  # another may come to stand there
        tools = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
        for folder in {*app.interpreter.path, *tools}:
            self.seen.look(folder, FOLDER)
        bwrap = shutil.which("bwrap")
        if bwrap:
            self.seen.look(bwrap, INODE)
        self.seen.look(app.store / "index" / "cache.db", INODE)
        self.seen.look(app.store / "cas" / "sha256", INODE)
        self.seen.look(app.store / COLLECTED)
        for name in (RC, f"~/{RC}", *rc.read_all(str(app.root)).files):
            self.seen.look(app.root / Path(name).expanduser())

    def _owner(self, one: Input) -> int:
        """Whose input it is; a new graph file or a rule set concerns everybody."""
        path = one.path
        name: str | None = None
        if one.kind == TREE:
            return -1
        if path.startswith(f"{self.cache}/"):
            name = path[len(self.cache) + 1 :].rpartition("/")[0].rpartition("/")[0]
        elif path.startswith(f"{self.out}/"):
            name = path[len(self.out) + 1 :]
        else:
            parts = path.split("/")
            folders = ("/".join(parts[:size]) for size in range(len(parts) - 1, 0, -1))
            name = next((self.folders[x] for x in folders if x in self.folders), None)
        return self.numbers.get(name, -1) if name is not None else -1
