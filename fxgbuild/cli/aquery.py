"""`fxgbuild aquery`: the actions of targets, as the plan has them."""

import json
from collections.abc import Iterable

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.query import world
from fxgbuild.digest import Json
from fxgbuild.errors import UsageError
from fxgbuild.plan.plan import Step, TargetPlan
from fxgbuild.plan.query_answer import answer
from fxgbuild.plan.select import select
from fxgbuild.problem import closest

ACTIONS = ("render", "generate", "lint", "type", "security", "test", "integrate", "emit")


@click.command("aquery")
@click.argument("expression")
@click.option(
    "--output", type=click.Choice(["text", "json", "jsonl"]), default="text", show_default=True
)
@click.option("--actions", default="", help="Only these, for example `lint,test`.")
@click.option(
    "--preimages",
    "--include-preimages",
    is_flag=True,
    help="With all that each key is the hash of.",
)
@common
def command(options: Common, expression: str, output: str, actions: str, *, preimages: bool) -> int:
    """Print the actions of the targets that a query finds: keys, and what will run."""
    wanted = _wanted(actions)
    app = App(options)
    found = answer(expression, world(app))
    plan = app.context().plan(select(app.workspace, found))
    targets = (plan.get(label) for label in found)
    entries = _entries((t for t in targets if t), wanted, preimages=preimages)
    match "json" if options.json else output:
        case "json":
            echo_json(list(entries))
        case "jsonl":
            for entry in entries:
                click.echo(json.dumps(entry, ensure_ascii=False))
        case _:
            for entry in entries:
                click.echo(_text(entry))
    return 0


def _wanted(actions: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in actions.split(",") if name.strip())
    for name in names:
        if name not in ACTIONS:
            facts = {"closest": closest(name, ACTIONS)}
            hint = f"actions: {', '.join(ACTIONS)}"
            raise UsageError(f"there is no action `{name[:80]}`", facts=facts, hint=hint)
    return names or ACTIONS


def _entries(
    targets: Iterable[TargetPlan], wanted: tuple[str, ...], *, preimages: bool
) -> Iterable[Json]:
    for target in targets:
        for step in target.steps:
            if step.action in wanted:
                found = {
                    "target": str(target.label),
                    "action": step.action,
                    "mnemonic": step.action.capitalize(),
                    "key": str(step.key) if step.key else None,
                    "state": _state(step),
                }
                yield found | ({"preimage": step.preimage} if preimages else {})


def _state(step: Step) -> str:
    """The readable copy has no key and waits for nothing; the rest without a key waits for code."""
    if step.cached:
        return "cached"
    return "to run" if step.key or step.action == "render" else "waiting"


def _text(entry: Json) -> str:
    lines = [f"action '{entry['mnemonic']} {entry['target']}'"]
    named = {"Mnemonic": "mnemonic", "Target": "target", "ActionKey": "key", "State": "state"}
    lines += [f"  {name}: {entry[field] or '(none)'}" for name, field in named.items()]
    if "preimage" in entry:
        text = json.dumps(entry["preimage"], indent=2, ensure_ascii=False)
        lines.append("  Preimage: " + text.replace("\n", "\n  "))
    return "\n".join([*lines, ""])
