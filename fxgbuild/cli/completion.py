"""`fxgbuild completion`: a script for the shell, and what it asks for: verbs, options, labels."""

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
)

from fxgbuild.errors import FxgError

VARIABLE = "_FXGBUILD_COMPLETE"
STARTS = ("//", ":", "-//", "-:")
TAKE_RULE_SETS = ("test", "ls", "show")


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print a completion script, for example for ~/.bashrc."""
    made = get_completion_class(shell)
    if made is None:
        ctx.fail(f"no completion for {shell}")
    root = ctx.find_root().command
    click.echo(made(root, {}, "fxgbuild", VARIABLE).source())
    return 0


class _Labels(ShellComplete):
    """Completes what begins as a label does with the targets of the workspace."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        if incomplete.startswith(STARTS):
            return [CompletionItem(label) for label in _labels(incomplete, args[:1])]
        return super().get_completions(args, incomplete)


class _Bash(_Labels, BashComplete):
    """Bash breaks words at colons and wants the part after the last one."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        before, whole = "", incomplete
        if args and incomplete == ":":
            before, whole = f"{args[-1]}:", f"{args[-1]}:"
        elif len(args) > 1 and args[-1] == ":":
            before, whole = f"{args[-2]}:", f"{args[-2]}:{incomplete}"
        if not before.startswith(STARTS):
            return super().get_completions(args, incomplete)
        return [CompletionItem(x.removeprefix(before)) for x in _labels(whole, args[:1])]


class _Zsh(_Labels, ZshComplete):
    pass


class _Fish(_Labels, FishComplete):
    pass


def register() -> None:
    """Let click answer the shell with labels too; called when a shell asks."""
    for kind in (_Bash, _Zsh, _Fish):
        add_completion_class(kind)


def _labels(begun: str, verb: list[str]) -> list[str]:
    """Labels that go on as begun; none where the workspace cannot be read."""
    from fxgbuild.cli.app import App, Common  # noqa: PLC0415 - only when labels are asked for
    from fxgbuild.cli.rule_sets import task_labels  # noqa: PLC0415

    sign = "-" if begun.startswith("-") else ""
    app = App(Common())
    try:
        labels = [str(label) for label in app.labels(("//...",))]
        labels += task_labels(app) if verb and verb[0] in TAKE_RULE_SETS else []
        package = app.package
    except FxgError:
        return []
    wanted = begun.removeprefix(sign)
    if wanted.startswith(":"):
        own = f"//{package}:"
        return [f"{sign}:{x.removeprefix(own)}" for x in labels if x.startswith(own + wanted[1:])]
    return [f"{sign}{label}" for label in labels if label.startswith(wanted)]
