"""`fxgbuild prompt`: the prompt of a node, byte for byte."""

import click

from fxgbuild.build.generation import request
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.errors import UsageError
from fxgbuild.generate.prompt import render_messages


@click.command("prompt")
@click.argument("label")
@click.option("--first", is_flag=True, help="The first round, even when a repair is due.")
@common
def command(options: Common, label: str, first: bool) -> int:
    """Print a node's prompt byte for byte; after a failed attempt, the repair round's."""
    app = App(options)
    found = app.labels([label])
    node = app.workspace.node(found[0])
    if node is None or not node.is_generated():
        raise UsageError(f"`{found[0]}` is not written by a model", hint="`fxgbuild ls -v //...`")
    asked = request(app.context(), node)
    messages = asked.messages
    if first:
        from fxgbuild.generate.prompt import messages as first_messages  # noqa: PLC0415

        messages = tuple(first_messages(asked.preimage))
    if options.json:
        echo_json({"label": str(found[0]), "key": asked.key.hex, "messages": list(messages)})
    else:
        click.echo(render_messages(messages), nl=False)
    return 0
