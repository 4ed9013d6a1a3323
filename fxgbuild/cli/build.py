"""`fxgbuild build`: generate what is missing, validate, integrate, emit."""

import json
from collections.abc import Sequence
from typing import Any

import click

from fxgbuild import quick
from fxgbuild.build.build import build
from fxgbuild.build.result import Result, not_built
from fxgbuild.build.stores import Stores
from fxgbuild.cli.app import App, Common, common, echo_json, say
from fxgbuild.cli.check import plan_must_be_empty
from fxgbuild.cli.duration import SECONDS
from fxgbuild.cli.invocation import invocation, questions
from fxgbuild.cli.outputs import Outputs, outputs, sinks, sources
from fxgbuild.cli.plan import planned
from fxgbuild.cli.remember import remember
from fxgbuild.cli.since import changed_since
from fxgbuild.digest import Digest, Json
from fxgbuild.errors import AttemptsExhausted, GenerationNeeded
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Graph
from fxgbuild.machine import runtime_files
from fxgbuild.plan.plan import Selection
from fxgbuild.report.failures import Places
from fxgbuild.report.words import MOST_FAILURES, outcome_lines, summary_line, table

UNDONE = ("failed", "skipped")

MOST_FIGURE = 30  # characters in a cell of the table of figures


@click.command("build")
@click.argument("patterns", nargs=-1)
@click.option("--frozen", is_flag=True, help="Never ask a model and never write `cache/`.")
@click.option("--no-record", is_flag=True, help="Keep new pins private; do not write `cache/`.")
@click.option("-k", "--keep-going", is_flag=True, help="Go on with targets a failure leaves whole.")
@click.option("--check", is_flag=True, help="Run nothing; fail unless there is nothing to run.")
@click.option("--defer", metavar="DIR", default="", help="Take what this lacks from a workspace.")
@click.option("--require-remote", is_flag=True, help="Fail where the remote cache cannot be used.")
@click.option("--watch", is_flag=True, expose_value=False, help="Build again at every save.")
@click.option(
    "--watch-generate", is_flag=True, expose_value=False, help="Watch, and let a model be asked."
)
@click.option("-j", "--jobs", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--block-for-lock",
    type=SECONDS,
    help="How long to wait for what another build holds, as 30s; without it, as long as it takes.",
)
@changed_since
@outputs
@common
def command(options: Common, outputs: Outputs, patterns: tuple[str, ...], **flags: Any) -> int:
    """Build targets: generate what is missing, validate, integrate, emit.

    PATTERNS are labels such as //eeg:all, //eeg:welch, //prep/... or -//eeg:svm; default //...
    """
    app = App(
        options,
        frozen=flags["frozen"],
        commit=not flags["no_record"],
        jobs=flags["jobs"],
        wait_s=flags["block_for_lock"],
        defer=flags["defer"],
        require_remote=flags["require_remote"],
        changed_since=flags["changed_since"],
    )
    if flags["check"]:
        return plan_must_be_empty(planned(app, patterns), as_json=options.json)
    app.sinks = sinks(outputs, app)
    return build_and_print(app, patterns, flags["keep_going"])


def build_and_print(app: App, patterns: tuple[str, ...], keep_going: bool) -> int:
    """Build, and say what came out."""
    selection, outside = app.narrow(patterns)
    try:
        with invocation(app, patterns) as run:
            app.check_environment(selection)
            context = app.context(remembered=outside)
            result = build(context, selection, runtime_files(), keep_going=keep_going)
            recall(app, result, outside)
            run.end(result.exit_code, result)
    except (GenerationNeeded, AttemptsExhausted) as error:
        if not app.options.json:
            raise
        say(error.lines())
        result = not_built(app.context().plan(selection), error)
        recall(app, result, outside)
        echo_json(result.to_json())
        return result.exit_code
    shown = figures_of(app, selection, result, outside)
    remember(app, result, own_figures(app, result), answers(app, result, shown))
    if app.options.json:
        echo_json(result.to_json())
    else:
        tell(result, shown, sources(app))
    return result.exit_code


def tell(result: Result, figures: Sequence[str], places: Places) -> None:
    """Failures on stderr, the worst twenty; what was computed and the summary on stdout."""
    failed = result.failed()
    for outcome in failed[:MOST_FAILURES]:
        for line in outcome_lines(outcome, places):
            click.echo(line, err=True)
    if len(failed) > MOST_FAILURES:
        click.echo(f"and {len(failed) - MOST_FAILURES} more; `--json` lists all", err=True)
    if not result.exit_code:
        for line in figures:
            click.echo(line)
    click.echo(summary_line(result))


def recall(app: App, result: Result, outside: Sequence[Label]) -> None:
    """Add the targets that were not loaded: clean, as they were."""
    names: dict[str, list[str]] = {}
    for label in outside:
        names.setdefault(label.package, []).append(label.name)
    remembered = app.scope.remembered
    result.standing = [(remembered[package], own) for package, own in names.items()]


def answers(app: App, result: Result, shown: Sequence[str]) -> dict[str, str]:
    """What the same command will say while nothing moves, if there is nothing left to do."""
    if result.exit_code or any(o.outcome in UNDONE for o in result.outcomes.values()):
        return {}
    count = sum(result.totals().values())
    null = f"{count} clean; 0 actions run in {quick.SECONDS} s"
    built = "".join(f"{line}\n" for line in [*shown, null])
    planned = f"{count} targets, {count} clean: nothing to run\n"
    return questions(app, {"build": built, "plan": planned})


def own_figures(app: App, result: Result) -> dict[str, list[str]]:
    return {
        name: figures(app.stores, graph, result) for name, graph in app.workspace.graphs.items()
    }


def figures_of(
    app: App, selection: Selection, result: Result, outside: Sequence[Label]
) -> list[str]:
    """What the selected graphs computed, those that were not loaded too, by label."""
    found = {graph.label: figures(app.stores, graph, result) for graph in selection.graphs}
    for label in outside:
        package = app.scope.remembered[label.package]
        if package.targets[label.name].kind == "graph":
            found[label] = list(package.figures)
    return [line for _, lines in sorted(found.items()) for line in lines]


def figures(stores: Stores, graph: Graph, result: Result) -> list[str]:
    """What a graph computed on its example data: every record of numbers, by case."""
    target = result.plan.get(graph.label)
    record = stores.record("integrate", target.key) if target and target.key else None
    if not record:
        return []
    data = {name: stores.blobs.get(Digest(d)) for name, d in record["outputs"].items()}
    return figure_table(graph, {name: blob for name, blob in data.items() if blob})


def figure_table(graph: Graph, outputs: dict[str, bytes]) -> list[str]:
    """A short table: one row a case, one column a figure."""
    rows: dict[str, dict[str, Json]] = {}
    for name, blob in outputs.items():
        case, _, port = name.rpartition("/")
        label, source = graph.outputs[port]
        node = graph.nodes.get(label.name)
        schema = node.outputs[source] if node else {}
        if schema.get("type") == "object":
            fields = {k: v for k, v in json.loads(blob).items() if _is_figure(v)}
            rows.setdefault(case, {}).update(fields)
    if not rows:
        return []
    columns = list(next(iter(rows.values())))
    body = [(case, *[_figure(row.get(name)) for name in columns]) for case, row in rows.items()]
    return table(body, (str(graph.label), *columns))


def _is_figure(value: Json) -> bool:
    return isinstance(value, int | float | str) and len(str(value)) <= MOST_FIGURE


def _figure(value: Json) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
