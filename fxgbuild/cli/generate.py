"""`fxgbuild generate`: requests out and replies in, as batch files."""

import sys
from pathlib import Path

import click

from fxgbuild.build.context import Context
from fxgbuild.build.generation import (
    asked,
    exhausted,
    export,
    import_answers,
    lease,
    limit,
    open_requests,
)
from fxgbuild.build.verdict import first_line
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.errors import UsageError
from fxgbuild.event import Noted
from fxgbuild.files import write_atomic
from fxgbuild.generate.batch import Answer, read_answers, whole_answer
from fxgbuild.lang.model import Node
from fxgbuild.plan.key import key_of
from fxgbuild.plan.preimage import generate_preimage


@click.group("generate")
def command() -> None:
    """Export requests, and import replies: batch files (OpenAI's JSONL), or one reply as text."""


@command.command("export")
@click.argument("patterns", nargs=-1)
@click.option("--to", "target", required=True, help="The JSONL file to write; `-` is stdout.")
@click.option("--renew", is_flag=True, help="Ask anew for nodes that are pinned already.")
@common
def export_command(options: Common, patterns: tuple[str, ...], target: str, renew: bool) -> int:
    """Write one request for each node whose code is missing; a repair round where one is due."""
    app = App(options)
    context = app.context()
    nodes = wanted_nodes(app, context, patterns, renew=renew)
    requests, spent = open_requests(context, nodes)
    if spent:
        raise exhausted(spent)
    for request in requests:
        date = lease(context, request)
        if date:
            app.report.tell(Noted(f"{request.node.label} was exported on {date} already"))
    text = export(context, requests)
    if target == "-":
        sys.stdout.write(text)
    else:
        write_atomic(Path(target), text.encode())
    facts = [{"label": str(r.node.label), "key": r.key.hex, "attempt": r.attempt} for r in requests]
    if options.json and target != "-":
        echo_json(facts)
    for request in requests:
        click.echo(f"{request.node.label}  attempt {request.attempt}", err=True)
    if not requests:
        click.echo("every node has its code; nothing to ask", err=True)
    return 0


def wanted_nodes(
    app: App, context: Context, patterns: tuple[str, ...], *, renew: bool
) -> list[Node]:
    """Nodes that wait for code; with `renew`, all that a model writes, marked to be asked anew."""
    selection = app.selection(patterns)
    if not renew:
        plan = context.plan(selection)
        found = [app.workspace.node(target.label) for target in plan.generations]
        return [node for node in found if node]
    nodes = [node for node in selection.nodes if node.is_generated()]
    for node in nodes:
        key = key_of("generate", generate_preimage(app.workspace, node))
        context.stores.index.put(f"renew:{key.hex}", {"date": context.today})
    return nodes


def pasted(app: App, context: Context, label: str, text: str, model: str) -> Answer:
    """One reply as text: the answer to the node's open request."""
    labels = app.labels([label])
    node = app.workspace.node(labels[0]) if len(labels) == 1 else None
    if node is None or not node.is_generated():
        raise UsageError(f"`{label}` is no node that a model writes", hint="`fxgbuild ls -v //...`")
    if not text.strip():
        raise UsageError("the reply is empty", hint=f"`fxgbuild prompt {node.label}` asks for it")
    return whole_answer(text, *asked(context, node), model)


@command.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--for", "label", default="", help="FILE is one reply as text, to this node.")
@click.option("--model", default="", help="With --for: the model that gave the reply.")
@click.option("--no-record", is_flag=True, help="Keep new pins private; do not write `cache/`.")
@common
def import_command(options: Common, file: str, label: str, model: str, no_record: bool) -> int:
    """Judge the replies of a batch file; pin those that pass all four stages.

    With --for the file is the whole reply to one node, as a model gave it: the answer to what
    `fxgbuild prompt` prints. Exits 0 when every reply was pinned, 1 when one needs a repair round,
    22 when attempts ran out.
    """
    if model and not label:
        raise UsageError("`--model` goes with `--for`; a batch file says it line by line")
    app = App(options, commit=not no_record)
    context = app.context()
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"`{file}` cannot be read", facts={"cause": str(error)}) from None
    nodes = [n for g in app.workspace.graphs.values() for n in g.nodes.values() if n.is_generated()]
    answers = [pasted(app, context, label, text, model)] if label else list(read_answers(text))
    try:
        results = import_answers(context, answers, nodes)
    finally:
        app.report.close()
    if options.json:
        echo_json([result.to_json() for result in results])
    else:
        for result in results:
            tail = f" at {result.stage}" if result.stage else ""
            click.echo(f"{result.outcome:<9}{result.label}  attempt {result.attempt}{tail}")
            for finding in result.findings[:5]:
                click.echo(f"           {finding.rule}: {first_line(finding.message)}")
    missed = [result for result in results if result.outcome != "pinned"]
    if not missed:
        return 0
    spent = any(r.outcome == "rejected" and r.attempt >= limit(context) for r in missed)
    return 22 if spent and all(r.outcome == "rejected" for r in missed) else 1
