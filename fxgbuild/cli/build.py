"""`fxgbuild build`: generate what is missing, validate, integrate, emit."""

import json

import click

from fxgbuild.build.build import Result, build, not_built
from fxgbuild.build.stores import Stores
from fxgbuild.cli.app import App, Common, common, echo_json, say
from fxgbuild.digest import Digest, Json
from fxgbuild.errors import AttemptsExhausted, GenerationNeeded
from fxgbuild.lang.model import Graph
from fxgbuild.machine import runtime_files
from fxgbuild.plan.plan import Selection
from fxgbuild.report.words import outcome_lines, summary_line, table


@click.command("build")
@click.argument("patterns", nargs=-1)
@click.option("--frozen", is_flag=True, help="Never ask a model and never write `cache/`.")
@click.option("--no-record", is_flag=True, help="Keep new pins private; do not write `cache/`.")
@click.option("-k", "--keep-going", is_flag=True, help="Go on with targets a failure leaves whole.")
@click.option("-j", "--jobs", default=2, show_default=True, type=click.IntRange(1, 64))
@common
def command(
    options: Common,
    patterns: tuple[str, ...],
    frozen: bool,
    no_record: bool,
    keep_going: bool,
    jobs: int,
) -> int:
    """Build targets: generate what is missing, validate, integrate, emit.

    PATTERNS are labels such as //eeg:all, //eeg:welch, //prep/... or -//eeg:svm; default //...
    """
    app = App(options, frozen=frozen, commit=not no_record, jobs=jobs)
    return build_and_print(app, patterns, keep_going)


def build_and_print(app: App, patterns: tuple[str, ...], keep_going: bool) -> int:
    """Build, and say what came out."""
    selection = app.selection(patterns)
    app.check_environment(selection)
    try:
        result = build(app.context(), selection, runtime_files(), keep_going=keep_going)
    except (GenerationNeeded, AttemptsExhausted) as error:
        if not app.options.json:
            raise
        say(error.lines())
        result = not_built(app.context().plan(selection), error)
    finally:
        app.report.close()
    if app.options.json:
        echo_json(result.to_json())
        return result.exit_code
    for outcome in result.failed():
        for line in outcome_lines(outcome):
            click.echo(line, err=True)
    if not result.exit_code:
        for line in figures(app.stores, selection, result):
            click.echo(line)
    click.echo(summary_line(result))
    return result.exit_code


def figures(stores: Stores, selection: Selection, result: Result) -> list[str]:
    """What the graphs computed on their example data: every record of numbers, by case."""
    lines = []
    for graph in selection.graphs:
        target = result.plan.get(graph.label)
        record = stores.record("integrate", target.key) if target and target.key else None
        if record:
            data = {name: stores.blobs.get(Digest(d)) for name, d in record["outputs"].items()}
            lines += figure_table(graph, {name: blob for name, blob in data.items() if blob})
    return lines


def figure_table(graph: Graph, outputs: dict[str, bytes]) -> list[str]:
    """A short table: one row a case, one column a figure."""
    rows: dict[str, dict[str, Json]] = {}
    for name, blob in outputs.items():
        case, _, port = name.rpartition("/")
        label, source = graph.outputs[port]
        node = graph.nodes.get(label.name)
        schema = node.outputs[source] if node else {}
        if schema.get("type") == "object":
            rows.setdefault(case, {}).update(json.loads(blob))
    if not rows:
        return []
    columns = list(next(iter(rows.values())))
    body = [(case, *[_figure(row.get(name)) for name in columns]) for case, row in rows.items()]
    return table(body, (str(graph.label), *columns))


def _figure(value: Json) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
