"""The composition root: the one place that builds rim objects and hands them to the engine."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fxgbuild import machine, quick, state
from fxgbuild.build.context import Context
from fxgbuild.build.stores import Stores, open_stores
from fxgbuild.cli.scope import Scope, narrow_scope, whole_scope
from fxgbuild.digest import Digest, Json, digest_bytes
from fxgbuild.errors import BuildFailed, IntegrityError, UsageError
from fxgbuild.event import Noted
from fxgbuild.files import DiskTree, find_root, is_writable, read_regular, scratch_home
from fxgbuild.journal.writer import JournalWriter
from fxgbuild.lang.drafts import data_places
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Workspace
from fxgbuild.lang.settings import SettingsDoc
from fxgbuild.parsed import ParsedFiles
from fxgbuild.plan.facts import Facts
from fxgbuild.plan.plan import Selection
from fxgbuild.plan.select import match, select
from fxgbuild.ports import Model, Reporter, Sandbox
from fxgbuild.process import run as run_tool
from fxgbuild.sandbox.interpreter import Interpreter
from fxgbuild.sandbox.stamp import stamp
from fxgbuild.store.lock import KeyLocks

if TYPE_CHECKING:
    from fxgbuild.remote.client import Remote


INTERPRETER = "interpreter"  # among the answers of the state file: whose verdicts it remembers


@dataclass(frozen=True, slots=True)
class Common:
    """The options that every verb has."""

    store: str = ""
    json: bool = False
    color: str = "auto"
    verbose: int = 0


def common(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every verb has; the verb gets them as one `options` argument."""

    @click.option("--store", default="", envvar="FXG_STORE", help="Folder of the private store.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    @click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
    )
    @click.option("-v", "--verbose", count=True, help="Say more; -vv prints the whole plan.")
    @click.option("--config", expose_value=False, help="Add the rc files' lines of this name.")
    @click.option("--no-rc", is_flag=True, expose_value=False, help="Do without rc files.")
    def wrapped(store: str, as_json: bool, color: str, verbose: int, **rest: Any) -> Any:
        return function(options=Common(store, as_json, color, verbose), **rest)

    wrapped.__doc__ = function.__doc__
    return wrapped


@dataclass
class App:
    """One command's view of the workspace it runs in; what is not asked for is not made."""

    options: Common
    frozen: bool = False
    commit: bool = True
    jobs: int = 2
    wait_s: float | None = None
    defer: str = ""
    require_remote: bool = False
    changed_since: str = ""
    reporter: Reporter | None = None
    sinks: Sequence[Reporter] = ()
    began: float = field(default_factory=time.monotonic)
    _sandbox: Sandbox | None = field(default=None, repr=False)
    _scope: Scope | None = field(default=None, repr=False)
    _announced: bool = False

    @cached_property
    def root(self) -> Path:
        root = find_root(Path.cwd())
        if root is None:
            raise UsageError(
                "this folder is in no workspace",
                facts={"looked for": "fxgbuild.toml, here and above"},
                hint="`fxgbuild init` makes one",
            )
        return root

    @cached_property
    def tree(self) -> DiskTree:
        return DiskTree(self.root)

    @property
    def scope(self) -> Scope:
        """The whole workspace, unless `narrow` has found that less will do."""
        if self._scope is None:
            self._scope = whole_scope(self.root, self.parse)
        return self._scope

    def restrict(self, scope: Scope) -> None:
        """See no more of the workspace than this."""
        self._scope = scope

    def narrow(self, patterns: Sequence[str]) -> tuple[Selection, list[Label]]:
        """What to plan, loading no more than what may have changed; and what stands as it was."""
        if self.changed_since:  # a commit is no state that the store remembers
            return self.selection(patterns), []
        words = [pattern_of(p) for p in patterns]
        began = self.began_ns  # before anything is read
        scope = narrow_scope(self.root, self.store, self.parse) if began else None
        if scope is not None and self._is_the_interpreter_of(scope):
            found = scope.divide(scope.labels(words, self.package_in(scope.workspace.settings)))
            if found is not None:
                self._scope = scope
                return found
        return self.selection(patterns), []

    def _is_the_interpreter_of(self, scope: Scope) -> bool:
        """What is remembered was judged with an interpreter; another may be active now."""
        chosen = machine.find_interpreter(self.root, scope.workspace.settings, os.environ)
        memory = scope.memory
        return memory is not None and memory.state.answers.get(INTERPRETER) == chosen.executable

    @cached_property
    def began_ns(self) -> int:
        """The file system's time before the workspace is read."""
        return state.now_ns(str(self.store)) if self.store.is_dir() else 1

    @cached_property
    def parse(self) -> ParsedFiles:
        return ParsedFiles(self.store / "parsed")

    @property
    def workspace(self) -> Workspace:
        return self.scope.workspace

    @cached_property
    def settings(self) -> SettingsDoc:
        """The workspace's settings, checked against the program that reads them."""
        settings = self.workspace.settings
        if settings.requires:
            from fxgbuild.cli.environment import check_program  # noqa: PLC0415 - where it is stated

            check_program(settings.requires)
        return settings

    @cached_property
    def store(self) -> Path:
        words = ["--store", self.options.store] if self.options.store else []
        return Path(quick.store_of(words, str(self.root)))

    @cached_property
    def stores(self) -> Stores:
        cache = Path(self.workspace.settings.cache)
        looks = self.scope.tree.inputs
        stores = open_stores(self.root, self.store, cache, frozen=self.frozen, looks=looks)
        stores.pins.stated = self.scope.stated
        if self.defer:
            from fxgbuild.deferred import open_deferred  # noqa: PLC0415 - seldom

            stores.other = open_deferred(Path.cwd() / self.defer)
        if self.settings.remote.url:
            stores.open_remote = self._open_remote
        return stores

    def _open_remote(self) -> "Remote | None":
        from fxgbuild.remote.client import open_remote  # noqa: PLC0415 - only where there is one

        return open_remote(
            self.settings,
            self.root,
            os.environ,
            require=self.require_remote,
            seen=self.stores.outputs_seen,
        )

    @cached_property
    def interpreter(self) -> Interpreter:
        return machine.interpreter(self.chosen.executable, self.stores.index)

    @cached_property
    def chosen(self) -> machine.Chosen:
        return machine.find_interpreter(self.root, self.workspace.settings, os.environ)

    @cached_property
    def facts(self) -> Facts:
        workspace = self.workspace
        return machine.facts(
            self.interpreter, workspace.settings, self.sandbox_level, workspace.lock
        )

    @cached_property
    def sandbox_level(self) -> str:
        """The level that would open here: remembered, or found by opening it."""
        minimum = self.workspace.settings.sandbox.minimum
        name = f"sandbox:{stamp(self.interpreter, minimum)}"
        index = self.stores.index
        known = index.get(name) if index.exists() else None
        if not isinstance(known, str):
            known = self._open_sandbox().level
            index.put(name, known)
        return known

    def _open_sandbox(self) -> Sandbox:
        if self._sandbox is None:
            from fxgbuild.sandbox.laboratory import open_laboratory  # noqa: PLC0415 - to run code

            self._sandbox = open_laboratory(
                self.interpreter, self.workspace.settings.sandbox.minimum, scratch_home(self.store)
            )
        return self._sandbox

    @cached_property
    def report(self) -> Reporter:
        """The terminal, the journal of runs, and the files that were asked for."""
        if self.reporter is not None:
            return self.reporter
        from fxgbuild.report.many import ManyReporters  # noqa: PLC0415

        journal = JournalWriter(self.store / "runs")
        return ManyReporters([self._terminal(), journal, *self.sinks])

    def _terminal(self) -> Reporter:
        if sys.stderr.isatty() and not self.options.verbose and not self.options.json:
            from fxgbuild.report.fancy import FancyReporter  # noqa: PLC0415 - rich, terminals only

            return FancyReporter(sys.stderr, color=self.options.color)
        from fxgbuild.report.plain import PlainReporter  # noqa: PLC0415

        return PlainReporter(sys.stderr, verbose=self.options.verbose)

    def context(self, remembered: Sequence[Label] = ()) -> Context:
        return Context(
            remembered=tuple(remembered),
            workspace=self.workspace,
            stores=self.stores,
            facts=self.facts,
            tools=run_tool,
            laboratory=self.laboratory,
            data=self.data,
            report=self.report,
            model=self.model,
            python=self.interpreter.executable,
            mypy_cache=str(self.store / "mypy") if is_writable(self.store) else "/dev/null",
            today=time.strftime("%Y-%m-%d", time.gmtime()),
            jobs=self.jobs,
            commit=self.commit,
            locks=self.locks,
            began=self.began,
            wait_s=self.wait_s,
        )

    @cached_property
    def locks(self) -> KeyLocks:
        return KeyLocks(self.store)

    def laboratory(self) -> Sandbox:
        """Open the sandbox once; its canary attacks it first."""
        if not self._announced:
            sandbox = self._open_sandbox()
            self._announced = True
            self.report.tell(Noted(f"sandbox: {sandbox.description}"))
            if sandbox.level != self.facts.sandbox:
                self.stores.index.remove(
                    f"sandbox:{stamp(self.interpreter, self.workspace.settings.sandbox.minimum)}"
                )
                raise BuildFailed(
                    f"the sandbox opened at level {sandbox.level}, not {self.facts.sandbox}",
                    hint="type the command again; `fxgbuild doctor` says what opens here",
                )
        return self._open_sandbox()

    def model(self) -> Model | None:
        """The live model, if one is configured; under --frozen nobody asks."""
        from fxgbuild.llm.chat import open_model  # noqa: PLC0415 - never under --frozen

        return open_model(self.workspace.settings.generate)

    def data(self, folder: str, path: str, digest: Digest) -> bytes:
        """A data file's bytes, which must still be what its digest says."""
        name = path if folder == "." else f"{folder}/{path}"
        places = data_places(self.settings.data.root, name)
        there = [place for place in places if self.tree.digest(place) == digest]
        data = read_regular(self.root / (there or places)[0], limit=2**32)
        if digest_bytes(data) != digest:
            raise IntegrityError(
                f"the data file `{name}` changed while it was in use",
                facts={"declared": digest.hex, "found": digest_bytes(data).hex},
            )
        return data

    def labels(self, patterns: Sequence[str]) -> list[Label]:
        found = match(self.workspace, [pattern_of(p) for p in patterns], package=self.package)
        return self.since(self.workspace, found) if self.changed_since else found

    def since(self, workspace: Workspace, labels: Sequence[Label]) -> list[Label]:
        """Of some targets those that files changed since a commit can reach."""
        from fxgbuild.cli.since import note, targets_since  # noqa: PLC0415 - where it is asked

        reached, whole = targets_since(self.root, workspace, self.changed_since)
        found = [label for label in labels if label in reached]
        said = note(self.changed_since, found, whole)
        if said:
            say([said])
        return found

    @property
    def package(self) -> str:
        """The package of the folder the command was typed in, for `:name` labels."""
        return self.package_in(self.workspace.settings)

    def package_in(self, settings: SettingsDoc) -> str:
        packages = (self.root / settings.packages).resolve()
        here = Path.cwd().resolve()
        inside = here.is_relative_to(packages) and here != packages
        return here.relative_to(packages).as_posix() if inside else ""

    def selection(self, patterns: Sequence[str]) -> Selection:
        return select(self.workspace, self.labels(patterns))

    def check_environment(self, selection: Selection) -> None:
        """What the wanted code imports must be installed, as lock and `[toolchain]` say."""
        from fxgbuild.cli.environment import check_environment  # noqa: PLC0415 - before a run

        here = (self.interpreter, self.chosen.origin)
        check_environment(here, self.facts, self.workspace, selection)


def pattern_of(word: str) -> str:
    """A pattern as typed: `main` lets `^` stand for the `-` that takes away."""
    return "-" + word[1:] if word.startswith("^") else word


def say(lines: Sequence[str]) -> None:
    """Everything that is no result goes to stderr."""
    for line in lines:
        click.echo(line, err=True)


def echo_json(value: Json) -> None:
    """One document on stdout."""
    import json  # noqa: PLC0415

    click.echo(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False))


def parse_pairs(words: Sequence[str], option: str) -> Mapping[str, str]:
    """Read repeated `name=value` options."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"`{option} {word}`: expected name=value")
        found[name] = value
    return found
