"""`fxgbuild version`."""

import importlib.metadata

import click


@click.command("version")
def command() -> int:
    """Print the version."""
    click.echo(f"fxgbuild {importlib.metadata.version('fxgbuild')}")
    return 0
