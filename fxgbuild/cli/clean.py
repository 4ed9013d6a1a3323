"""`fxgbuild clean`: hardly ever needed, since every key says what its result depends on."""

import shutil
from pathlib import Path

import click

from fxgbuild.cli.app import App, Common, common, say
from fxgbuild.errors import BuildFailed, UsageError
from fxgbuild.store.bought import PREFIXES
from fxgbuild.store.index import Index
from fxgbuild.store.lease import Leases

# Beside verdicts: readable copies, a tool's cache, scratch, what was read of the files.
MADE_AGAIN = ("out", "graph", "ports", "mypy", "tmp", "parsed", "state")
MARKS = ("cas", "index", "runs", "running", "locks", *MADE_AGAIN)


@click.command("clean")
@click.option(
    "--expunge", is_flag=True, help="The whole store: raw replies, attempts and runs too."
)
@common
def command(options: Common, expunge: bool) -> int:
    """Remove verdicts and readable copies. Pins in `cache/` stay; so do raw replies and attempts.

    Hardly ever needed: keys cover all that a result depends on, so nothing stale is used. `fxgbuild
    cache gc` makes room, `fxgbuild cache verify` finds damage.
    """
    app = App(options)
    store = app.store
    if not store.exists():
        say([f"there is no store at {store}"])
        return 0
    _refuse(app, store)
    if not expunge:
        index = Index(store / "index")
        known = index.keys()
        index.remove_many(key for key in known if not key.startswith(PREFIXES))
        index.close()
    for path in [store] if expunge else [store / name for name in MADE_AGAIN]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    kept = "" if expunge else "; replies and attempts stay, `--expunge` takes them too"
    say([f"removed {'all' if expunge else 'what can be made again'} in {store}{kept}"])
    return 0


def _refuse(app: App, store: Path) -> None:
    """Nothing is removed that is in use, or that may not be ours."""
    if not any((store / name).exists() for name in MARKS) or store in (app.root, Path.home()):
        raise UsageError(f"{store} holds no store of ours; nothing was removed")
    inside = app.root.is_relative_to(store) or (app.root / "cache").is_relative_to(store)
    if inside:
        raise UsageError(f"the workspace lies in {store}; nothing was removed")
    living = Leases(store).living()
    if living:
        raise BuildFailed(
            "a build is using the store; nothing was removed",
            facts={"running": "; ".join(lease.text() for lease in living)},
            hint="wait for it to end, or end it",
        )
