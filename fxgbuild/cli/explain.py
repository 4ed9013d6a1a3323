"""`fxgbuild explain`: what an error id means."""

import click

from fxgbuild.errors import UsageError
from fxgbuild.explanations import EXPLANATIONS
from fxgbuild.problem import closest


@click.command("explain")
@click.argument("id")
def command(id: str) -> int:
    """Explain an error id such as FXG1108."""
    text = EXPLANATIONS.get(id.upper())
    if text is None:
        near = closest(id.upper(), EXPLANATIONS)
        raise UsageError(f"there is no error `{id}`", facts={"closest": near})
    click.echo(f"{id.upper()}: {text}")
    return 0
