"""`fxgbuild explain`: what an error id means, what provokes it, what to do."""

import textwrap

import click

from fxgbuild.errors import UsageError
from fxgbuild.explanations import EXPLANATIONS, page
from fxgbuild.problem import closest

WIDTH = 110


@click.command("explain")
@click.argument("id", required=False)
@click.option("--list", "listed", is_flag=True, help="List every id with its first sentence.")
def command(id: str | None, listed: bool) -> int:
    """Explain an error id such as FXG1108."""
    if listed:
        for known, text in sorted(EXPLANATIONS.items()):
            click.echo(f"{known}  {textwrap.shorten(text.split('. ')[0], WIDTH, placeholder='…')}")
        return 0
    if id is None:
        raise UsageError("which error?", hint="`fxgbuild explain FXG1108`, or `--list` for all")
    name = id.upper().strip("[]")
    if name not in EXPLANATIONS:
        hint = "`fxgbuild explain --list` lists every id"
        facts = {"closest": closest(name, EXPLANATIONS)}
        raise UsageError(f"there is no error `{id}`", facts=facts, hint=hint)
    for line in page(name):
        click.echo(line)
    return 0
