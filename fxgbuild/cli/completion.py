"""`fxgbuild completion`: a script for the shell."""

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print a completion script, for example for ~/.bashrc."""
    made = get_completion_class(shell)
    if made is None:
        ctx.fail(f"no completion for {shell}")
    root = ctx.find_root().command
    click.echo(made(root, {}, "fxgbuild", "_FXGBUILD_COMPLETE").source())
    return 0
