"""`fxgbuild show`: a target's code, tests, record or findings."""

import json

import click

from fxgbuild.build.attempt import all_attempts
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.errors import UsageError
from fxgbuild.lang.model import Node
from fxgbuild.lang.schema import show


@click.command("show")
@click.argument("label")
@click.option("--code", "part", flag_value="code", help="The rendered module.")
@click.option("--tests", "part", flag_value="tests", help="The properties that judge it.")
@click.option("--record", "part", flag_value="record", help="The pin's record.")
@click.option("--findings", "part", flag_value="findings", help="What its failed attempts met.")
@common
def command(options: Common, label: str, part: str | None) -> int:
    """Show a target: by default its task, ports, parameters and provenance."""
    app = App(options)
    found = app.labels([label])
    node = app.workspace.node(found[0])
    if node is None:
        raise UsageError(f"`{found[0]}` is not a node", hint="`fxgbuild ls -v //...`")
    if part == "code":
        target = app.context().plan(app.selection([label])).get(node.label)
        if target is None or target.code is None:
            raise UsageError(f"`{node.label}` has no code yet", hint=f"`fxgbuild why {node.label}`")
        click.echo(target.code, nl=False)
    elif part == "tests":
        if node.task.properties:
            click.echo(node.task.properties.data.decode(), nl=False)
    elif part == "record":
        pin = app.stores.committed(node.label)
        echo_json(pin.to_json() if pin else None)
    elif part == "findings":
        _findings(app, node)
    elif options.json:
        echo_json(_facts(app, node))
    else:
        for name, value in _facts(app, node).items():
            click.echo(f"{name:<11}{value if isinstance(value, str) else json.dumps(value)}")
    return 0


def _facts(app: App, node: Node) -> dict[str, object]:
    pin = app.stores.committed(node.label) if node.is_generated() else None
    return {
        "label": str(node.label),
        "task": node.task.name,
        "doc": node.task.doc,
        "spec": node.spec,
        "inputs": {name: show(schema) for name, schema in node.inputs.items()},
        "outputs": {name: show(schema) for name, schema in node.outputs.items()},
        "params": dict(node.params),
        "imports": list(node.imports),
        "provenance": pin.provenance if pin else None,
        "where": str(node.where),
    }


def _findings(app: App, node: Node) -> None:
    made = all_attempts(app.stores, node.label)
    if app.options.json:
        echo_json([attempt.to_json() for attempt in made])
        return
    if not made:
        click.echo("no failed attempts since the last pin", err=True)
    for attempt in made:
        click.echo(f"attempt {attempt.number}: {'passed' if not attempt.stage else attempt.stage}")
        for finding in attempt.findings:
            where = f"{finding.line}:{finding.column}: " if finding.line else ""
            click.echo(f"  {where}{finding.rule}: {finding.message}")
