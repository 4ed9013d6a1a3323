"""One run of a build: its lease while it lives, its place in the journal, and what it leaves."""

import contextlib
import importlib.metadata
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import click

from fxgbuild import quick
from fxgbuild.build.result import Result
from fxgbuild.cli.app import App
from fxgbuild.errors import FxgError
from fxgbuild.event import Ended, Noted, Started
from fxgbuild.journal.words import told_words
from fxgbuild.journal.writer import new_run
from fxgbuild.plan.select import directory
from fxgbuild.store.lease import Leases

LAST = "last-collection"  # dated by `store/gc.py`, which decides; this only spares its loading
DAY_S = 86_400


@dataclass(slots=True)
class Invocation:
    """Begun when the plan is about to be made, ended when nothing will be told any more."""

    app: App
    leases: Leases = field(init=False)

    def __post_init__(self) -> None:
        self.leases = Leases(self.app.store)

    def begin(self, patterns: Sequence[str]) -> None:
        """Hold a lease, date what the build relies on, and tell that it begins."""
        lease = self.leases.take(["fxgbuild", *typed_words()])
        stores = self.app.stores
        stores.building = True
        stores.blobs.since_ns = lease.start_ns if lease else 0
        version = importlib.metadata.version("fxgbuild")
        date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        told = told_words(typed_words())
        self.app.report.tell(Started(new_run(), version, told, tuple(patterns), date))

    def end(self, code: int, result: Result | None = None, error: str = "") -> None:
        """Tell how it ended; keep the store within its bounds."""
        remote = self.app.stores.remote()
        for note in remote.notes() if remote else ():
            self.app.report.tell(Noted(note))
        wall = round(time.monotonic() - self.app.began, 4)
        totals = result.totals() if result else {}
        sandbox = result.sandbox if result else ""
        self.app.report.tell(Ended(code, wall, totals, sandbox, error))
        if result is not None:
            self._collect()
        self.leases.end()

    def _collect(self) -> None:
        """Once a day, and never for long."""
        app = self.app
        with contextlib.suppress(OSError):
            if time.time() - (app.store / LAST).stat().st_mtime < DAY_S:
                return
        from fxgbuild.store.gc import Room, collect_if_due  # noqa: PLC0415 - once a day
        from fxgbuild.store.keeping import bounds  # noqa: PLC0415

        names = {name: known.names() for name, known in app.scope.remembered.items()}
        names |= directory(app.workspace)
        labels = {f"//{package}:{name}" for package, own in names.items() for name in own}
        room = Room(app.store, app.stores.blobs, app.stores.index, app.stores.pins)
        allowed = bounds(app.settings.gc.max_size, app.settings.gc.max_age_days)
        collect_if_due(room, allowed, labels)
        app.parse.sweep(most=2 * len(names) + 100)


@contextmanager
def invocation(app: App, patterns: Sequence[str]) -> Iterator[Invocation]:
    """A run from its beginning to its end, whatever the end is."""
    run = Invocation(app)
    run.begin(patterns)
    try:
        yield run
    except FxgError as error:
        run.end(error.exit_code, error=error.id)
        raise
    except KeyboardInterrupt:
        run.end(8, error="interrupted")
        raise
    finally:
        app.report.close()


def typed_words() -> tuple[str, ...]:
    """The command as typed, without what rc files add."""
    typed = click.get_current_context().find_root().obj
    return typed.words if typed else ()


def questions(app: App, texts: Mapping[str, str]) -> dict[str, str]:
    """Answers by the questions that stand for this command, and for its twin verb."""
    typed = click.get_current_context().find_root().obj
    if typed is None or not quick.is_plain(typed.expanded):
        return {}
    verb, rest = typed.words[0], typed.words[1:]
    twins = quick.VERBS if typed.words == typed.expanded and quick.are_patterns(rest) else ()
    verbs = [name for name in texts if name == verb or name in twins]
    root = str(app.root)
    return {quick.question([name, *rest], root): texts[name] for name in verbs}
