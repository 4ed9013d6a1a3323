"""`fxgbuild clean`: hardly ever needed."""

import shutil

import click

from fxgbuild.cli.app import App, Common, common


@click.command("clean")
@common
def command(options: Common) -> int:
    """Remove the private store: verdicts, candidates and runs. Pins in `cache/` stay."""
    app = App(options)
    store = app.store
    if store.exists():
        if not any((store / name).exists() for name in ("cas", "index", "out", "mypy", "tmp")):
            click.echo(f"{store} holds no store of ours; nothing was removed", err=True)
            return 1
        shutil.rmtree(store)
    click.echo(f"removed {store}", err=True)
    return 0
