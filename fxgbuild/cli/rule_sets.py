"""Rule sets on the command line: tested, listed, shown."""

import json
from collections.abc import Sequence

import click

from fxgbuild.build.laws import Judged, judge_laws
from fxgbuild.cli.app import App, echo_json, pattern_of, say
from fxgbuild.cli.invocation import invocation
from fxgbuild.cli.outputs import Outputs, sinks
from fxgbuild.cli.scope import Scope
from fxgbuild.digest import Json
from fxgbuild.errors import BadWorkspace, NoTests, UsageError
from fxgbuild.event import TargetEnded
from fxgbuild.finding import Finding
from fxgbuild.inputs import SeenTree
from fxgbuild.lang.laws import REFERENCE, Laws, Shelf, domains, find_laws
from fxgbuild.lang.load import Part, load_settings, load_workspace
from fxgbuild.lang.model import TaskType, Workspace
from fxgbuild.lang.rule_label import is_rule_label
from fxgbuild.lang.schema import show
from fxgbuild.plan.laws import Remark, stand_in
from fxgbuild.plan.plan import Selection
from fxgbuild.report.words import table


def name_rule_sets(app: App, words: Sequence[str]) -> bool:
    """Are rule sets meant, and nothing else?"""
    rules = load_settings(app.tree)[0].rules.strip("/")
    named = [is_rule_label(pattern_of(word), rules) for word in words]
    if any(named) and not all(named):
        raise UsageError(
            "rule sets and targets are asked for apart",
            facts={"rule set": pattern_of(words[named.index(True)])},
            hint="type one command for each",
        )
    return any(named)


def find(app: App, words: Sequence[str]) -> Shelf:
    """Load what is named, and nothing else of the workspace."""
    tree = SeenTree(app.root)
    workspace, problems = load_workspace(tree, Part({}, frozenset(), frozenset()), app.parse)
    shelf = find_laws(tree, workspace.settings, [pattern_of(word) for word in words])
    if shelf.refused:
        facts = {"closest": shelf.near} if shelf.near else {}
        hint = f"`fxgbuild ls //{workspace.settings.rules.strip('/')}/...` names every task type"
        raise UsageError(shelf.refused, facts=facts, hint=hint)
    if problems or shelf.problems:
        raise BadWorkspace([*problems, *shelf.problems])
    tasks = {laws.task.label: laws.task for laws in shelf.chosen}
    seen = Workspace(workspace.settings, {}, tasks, lock=workspace.lock)
    app.restrict(Scope(seen, tree, None, {}))
    return shelf


def test_rule_sets(app: App, outputs: Outputs, words: tuple[str, ...], shown: str) -> int:
    """Show that properties are laws: the reference has them, and planted faults do not."""
    if app.changed_since:
        raise UsageError("`--changed-since` narrows targets, not rule sets")
    shelf = find(app, words)
    wanted = [laws for laws in shelf.chosen if not laws.says_nothing]
    if not wanted:
        raise NoTests(
            "no task type of these rule sets has properties",
            hint="write `properties/test_<task>.py` and `faults/<task>.py`",
        )
    app.sinks = sinks(outputs, app)
    with invocation(app, words) as run:
        nodes = tuple(stand_in(laws) for laws in shelf.chosen)
        app.check_environment(Selection(nodes, (), ()))
        context = app.context()
        judged = judge_laws(context, shelf.chosen)
        readmes = _readmes(shelf)
        for label, found in readmes.items():
            findings = tuple(remark.finding for remark in found)
            context.report.tell(TargetEnded(label, "rules", "failed", None, None, findings))
        code = 3 if readmes or any(one.remarks for one in judged) else 0
        run.end(code)
    if app.options.json:
        echo_json(_document(code, judged, readmes))
        return code
    _print(judged, readmes, shown, exact=any(":" in word.split("//")[-1] for word in words))
    return code


test_rule_sets.__test__ = False  # type: ignore[attr-defined]


def _readmes(shelf: Shelf) -> dict[str, list[Remark]]:
    """What is wrong with the example nodes of READMEs, by rule set."""
    return {
        label: [
            Remark(p.where.path, Finding("laws", p.id, p.message, p.where.line, p.where.column))
            for p in problems
        ]
        for label, problems in shelf.examples.items()
        if problems
    }


def _document(code: int, judged: Sequence[Judged], readmes: dict[str, list[Remark]]) -> Json:
    states = [one.state for one in judged]
    return {
        "status": "failed" if code else "ok",
        "exit_code": code,
        "tasks": [one.to_json() for one in judged],
        "rule_sets": [
            {"label": label, "findings": [r.finding.to_json() | {"where": r.where} for r in found]}
            for label, found in readmes.items()
        ],
        "totals": {state: states.count(state) for state in dict.fromkeys(states)},
    }


def _print(
    judged: Sequence[Judged], readmes: dict[str, list[Remark]], shown: str, *, exact: bool
) -> None:
    for remark in [r for one in judged for r in one.remarks] + [
        remark for found in readmes.values() for remark in found
    ]:
        finding = remark.finding
        click.echo(f"{remark.where}: {finding.rule}: {finding.message}", err=True)
    for one in judged:
        wanted = exact or shown == "all" or (one.remarks and shown != "summary")
        if wanted and one.matrix.properties:
            for line in [one.label, *(f"  {line}" for line in _matrix(one)), ""]:
                click.echo(line)
    header = ("task type", "properties", "faults", "killed", "verdict")
    for line in table([_row(one) for one in judged], header):
        click.echo(line)
    if any(one.remarks for one in judged):
        say(["", "hint: a fault that survives wants a property, a property that kills nothing"])
        say(["      wants a fault; docs/tutorials/rule-sets.md goes through both"])


def _row(one: Judged) -> tuple[str, ...]:
    seen, planted = one.matrix, one.laws.planted
    killed = {fault for name in seen.properties for fault in seen.kills(name)}
    verdict = one.state + (" (cached)" if one.cached and one.state == "passed" else "")
    return one.label, str(len(seen.properties)), str(len(planted)), str(len(killed)), verdict


def _matrix(one: Judged) -> list[str]:
    """One row a property: whether the reference has it, and which faults it kills."""
    seen = one.matrix
    failed = seen.failed.get(REFERENCE, {})
    rows = [
        (name, "fails" if name in failed else "holds", ", ".join(seen.kills(name)) or "nothing")
        for name in seen.properties
    ]
    return table(rows, ("property", "reference", "kills"))


def list_task_types(app: App, words: Sequence[str]) -> int:
    """The task types that patterns name; with -v, what each is."""
    chosen = find(app, words).chosen
    if app.options.json:
        echo_json([{"label": laws.task.label, "kind": _kind(laws)} for laws in chosen])
        return 0
    for laws in chosen:
        label = laws.task.label
        click.echo(f"{label}  {_kind(laws)}" if app.options.verbose else label)
    return 0


def _kind(laws: Laws) -> str:
    return "task type (a model writes it)" if laws.is_written else "task type (template)"


def show_task_types(app: App, words: Sequence[str], part: str | None) -> int:
    """Ports, parameters and invocations of task types; or the template, or the properties."""
    chosen = find(app, words).chosen
    documents = []
    for laws in chosen:
        task = laws.task
        if part == "code":
            click.echo(task.template.text if task.template else "", nl=False)
        elif part == "tests":
            click.echo(task.properties.data.decode() if task.properties else "", nl=False)
        elif part is not None:
            raise UsageError(f"a task type has no {part}", hint="`--code` and `--tests` are there")
        else:
            documents.append(_facts(laws))
    if app.options.json and documents:
        echo_json(documents[0] if len(documents) == 1 else documents)
        return 0
    for number, document in enumerate(documents):
        for name, value in document.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            click.echo(f"{'' if name != 'label' or not number else chr(10)}{name:<11}{text}")
    return 0


def _facts(laws: Laws) -> dict[str, Json]:
    task = laws.task
    return {
        "label": task.label,
        "doc": task.doc,
        "inputs": {name: show(schema) for name, schema in task.inputs.items()},
        "outputs": {name: show(schema) for name, schema in task.outputs.items()},
        "params": {name: _parameter(task, name) for name in task.params},
        "imports": list(task.imports),
        "invokes": {name: list(calls) for name, calls in task.invokes},
        "hole": laws.is_written,
        "properties": list(laws.properties),
        "where": str(task.where),
    }


def _parameter(task: TaskType, name: str) -> Json:
    parameter = task.params[name]
    return parameter.schema() | {"default": parameter.default}


def task_labels(app: App) -> list[str]:
    """The workspace's own rule sets and their task types, for completion."""
    tree, settings = app.tree, load_settings(app.tree)[0]
    home = f"//{settings.rules.strip('/')}/"
    words = [f"{home}{name}" for name in domains(tree, settings, home)]
    return [*words, *(laws.task.label for laws in find_laws(tree, settings, words).chosen)]
