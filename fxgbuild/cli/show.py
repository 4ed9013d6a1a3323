"""`fxgbuild show`: a target's code, tests, record or findings."""

import json
from collections.abc import Iterable, Sequence

import click

from fxgbuild.build.attempt import all_attempts
from fxgbuild.build.figure import figures_of
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.outputs import sources
from fxgbuild.cli.rule_sets import name_rule_sets, show_task_types
from fxgbuild.digest import Json
from fxgbuild.errors import UsageError
from fxgbuild.finding import Finding
from fxgbuild.journal.reader import last_findings
from fxgbuild.lang.model import File, Node
from fxgbuild.lang.schema import show
from fxgbuild.report.figure import figure_line, missed_lines


@click.command("show")
@click.argument("label")
@click.option("--code", "part", flag_value="code", help="The rendered module.")
@click.option("--tests", "part", flag_value="tests", help="All that judges it: laws, cases, tests.")
@click.option("--record", "part", flag_value="record", help="The pin's record.")
@click.option("--findings", "part", flag_value="findings", help="What failed, in full.")
@common
def command(options: Common, label: str, part: str | None) -> int:
    """Show a target: by default its task, ports, parameters and provenance."""
    app = App(options)
    if name_rule_sets(app, [label]):
        return show_task_types(app, [label], part)
    found = app.labels([label])
    node = app.workspace.node(found[0])
    if node is None and part == "findings":
        return _findings_of(app, str(found[0]), None)
    if node is None:
        raise UsageError(f"`{found[0]}` is not a node", hint="`fxgbuild ls -v //...`")
    if part == "code":
        _code(app, node)
    elif part == "tests":
        _tests(app, node)
    elif part == "record":
        pin = app.stores.committed(node.label)
        echo_json(pin.to_json() if pin else None)
    elif part == "findings":
        return _findings_of(app, str(node.label), node)
    elif options.json:
        echo_json(_facts(app, node))
    else:
        for name, value in _facts(app, node).items():
            click.echo(f"{name:<11}{value if isinstance(value, str) else json.dumps(value)}")
    return 0


def _code(app: App, node: Node) -> None:
    target = app.context().plan(app.selection([str(node.label)])).get(node.label)
    if target is None or target.code is None:
        raise UsageError(f"`{node.label}` has no code yet", hint=f"`fxgbuild why {node.label}`")
    click.echo(target.code, nl=False)


def _tests(app: App, node: Node) -> None:
    """People see everything; what a model may see of it is another matter."""
    acceptance = node.acceptance
    files: dict[str, Sequence[File]] = {
        "properties": [node.task.properties] if node.task.properties else [],
        "acceptance cases": [acceptance.cases] if acceptance and acceptance.cases else [],
        "acceptance tests": acceptance.tests if acceptance else [],
    }
    if app.options.json:
        parts: dict[str, object] = {
            name: {file.path: file.data.decode() for file in own} for name, own in files.items()
        }
        echo_json({"label": str(node.label), "examples": list(node.examples)} | parts)
        return
    texts = [
        f"# {name}: {file.path}\n{file.data.decode()}" for name in files for file in files[name]
    ]
    if node.examples:
        lines = "".join(f"{json.dumps(example)}\n" for example in node.examples)
        texts.insert(0, f"# examples, shown to the model\n{lines}")
    click.echo("\n".join(texts), nl=False)


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


def _findings_of(app: App, label: str, node: Node | None) -> int:
    """Rejected replies since the last pin, and what the last run that touched it said."""
    made = all_attempts(app.stores, node.label) if node else []
    run, found = last_findings(app.store / "runs", label)
    if app.options.json:
        findings = [finding.to_json() for finding in found]
        attempts = [attempt.to_json() for attempt in made]
        told = {"label": label, "run": run, "findings": findings, "attempts": attempts}
        echo_json(told | {"figure": _figure(app, node)})
        return 0
    for attempt in made:
        click.echo(f"attempt {attempt.number}: {'passed' if not attempt.stage else attempt.stage}")
        for line in _lines(attempt.findings):
            click.echo(line)
    if found:
        click.echo(f"run {run}:")
        places = sources(app)
        for finding in found:
            place = places(label, finding)
            where = f"{place.path}:{place.line}:{place.column}: " if place.line else ""
            for line in _lines([finding], where):
                click.echo(line)
    figure = _figure(app, node)
    for line in [figure_line(label, figure), *missed_lines(figure)] if figure else ():
        click.echo(line)
    if not made and not found:
        click.echo(
            "no failed attempts since the last pin, and the last run found nothing", err=True
        )
    return 0


def _figure(app: App, node: Node | None) -> Json:
    """What the hidden cases reached when the test passed; None without a threshold."""
    if node is None or node.acceptance is None or node.acceptance.metric is None:
        return None
    plan = app.context().plan(app.selection([str(node.label)]))
    return figures_of(app.stores, plan, [node]).get(str(node.label))


def _lines(findings: Iterable[Finding], where: str = "") -> list[str]:
    lines = []
    for finding in findings:
        own = finding.line and finding.stage != "test"  # that line is the test's
        at = where or (f"{finding.line}:{finding.column}: " if own else "")
        first, *rest = finding.message.splitlines() or [""]
        lines += [f"  {at}{finding.rule}: {first}", *(f"    {line}" for line in rest)]
    return lines
