"""`fxgbuild graph`: a drawing of a package's graph, as files to look at or as text."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import click

from fxgbuild.build.attempt import all_attempts
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.digest import digest_bytes
from fxgbuild.errors import UsageError
from fxgbuild.event import ActionEnded, Event, TargetEnded
from fxgbuild.files import write_atomic
from fxgbuild.journal.reader import read, run_names
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Graph, Node
from fxgbuild.lang.template import render
from fxgbuild.plan.plan import Plan, TargetPlan
from fxgbuild.plan.select import select
from fxgbuild.report.dossier import Past, Portrait, portrait
from fxgbuild.report.drawing import dot, mermaid
from fxgbuild.report.page import page
from fxgbuild.report.picture import picture
from fxgbuild.report.svg import document

MOST_RUNS = 50  # how far back in the journal a failure is looked for
FILES: dict[str, Callable[[Portrait], str]] = {
    "svg": lambda found: document(found, picture(found)),
    "html": lambda found: page(found, picture(found)),
}


@click.command("graph")
@click.argument("label")
@click.option(
    "--output",
    type=click.Choice(["svg", "html", "mermaid", "dot"]),
    help="One of the two files alone, or text on stdout.",
)
@click.option(
    "--to", "folder", default="", help="Folder of the files.  [default: graph/ in the store]"
)
@common
def command(options: Common, label: str, output: str | None, folder: str) -> int:
    """Draw a graph: an SVG and a page to open in a browser, both whole in one file.

    `--output mermaid` and `--output dot` print text instead.
    """
    app = App(options)
    found = app.labels([label])
    graph = app.workspace.graphs[found[0].package]
    if len(found) != 1 or found[0] != graph.label:
        raise UsageError(
            f"`{label}` is not one graph", hint=f"`fxgbuild graph //{graph.label.package}`"
        )
    if output in ("mermaid", "dot"):
        click.echo(mermaid(graph) if output == "mermaid" else dot(graph), nl=False)
        return 0
    home = Path(folder) if folder else app.store / "graph"
    known = _portrait(app, graph)
    written = []
    for kind in [output] if output else list(FILES):
        path = home / f"{graph.label.package}.{kind}"
        data = FILES[kind](known).encode()
        write_atomic(path, data)
        written.append({"path": _shown(path), "sha256": digest_bytes(data).hex})
    if options.json:
        echo_json(written)
    else:
        for item in written:
            click.echo(item["path"])
    return 0


def _shown(path: Path) -> str:
    """As short as it can be typed from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _portrait(app: App, graph: Graph) -> Portrait:
    targets: list[Label] = [node.label for node in graph.nodes.values()]
    targets += [graph.label, *(artifact.label for artifact in graph.artifacts.values())]
    plan = app.context().plan(select(app.workspace, targets))
    failed = _failures(app, plan, targets)
    pasts = {label: _past(app, plan.target(label), failed.get(label)) for label in targets}
    return portrait(app.workspace, graph, plan, pasts)


def _past(app: App, target: TargetPlan, failed: TargetEnded | None) -> Past:
    findings = failed.findings if failed else ()
    node = app.workspace.node(target.label)
    if node is None or not node.is_generated():
        origin = "" if node is None else "source" if node.source else "template"
        return Past(origin, failed=failed is not None, findings=findings)
    pin = app.stores.committed(node.label)
    stands = pin is not None and pin.key == target.key
    if not stands and target.code is not None and target.key is not None:
        pin = app.stores.private(target.key) or pin
    if target.code is None:
        origin = "missing"
    elif not stands:
        origin = "generated"
    else:
        origin = "carried" if pin and pin.carried else "pinned"
    tried = all_attempts(app.stores, node.label)
    attempts = (*(pin.attempts if pin else ()), *(attempt.to_json() for attempt in tried))
    past = Past(
        origin=origin,
        provenance=pin.provenance if pin else None,
        attempts=attempts,
        carried=pin.carried if pin else (),
        failed=failed is not None,
        findings=findings,
    )
    return past if target.code is not None else _without_code(app, node, target, past)


def _without_code(app: App, node: Node, target: TargetPlan, past: Past) -> Past:
    """What was rejected last for this very key, or else the pin that stood before."""
    tried = [one for one in all_attempts(app.stores, node.label) if one.key == target.key]
    if tried:
        last = tried[-1]
        hole = app.stores.blobs.get(last.code) if last.code else None
        code = _rendered(node, hole.decode()) if hole else ""
        title = f"Rejected code of attempt {last.number}"
        return replace(past, failed=True, findings=last.findings, code=code, code_title=title)
    pin = app.stores.committed(node.label)
    if pin is None:
        return past
    return replace(past, code=_rendered(node, pin.hole), code_title="Pinned code of an earlier key")


def _rendered(node: Node, hole: str) -> str:
    return render(node.template, hole) if node.template else ""


def _failures(app: App, plan: Plan, labels: Iterable[Label]) -> dict[Label, TargetEnded]:
    """The targets that failed when a run last came to them, by actions that would run again."""
    runs = app.store / "runs"
    open_labels = {str(label): label for label in labels if plan.target(label).actions}
    found: dict[Label, TargetEnded] = {}
    for run in run_names(runs)[:MOST_RUNS]:
        if not open_labels:
            break
        events = read(runs, run)
        for event in events:
            if not isinstance(event, TargetEnded) or event.outcome == "skipped":
                continue
            label = open_labels.pop(event.label, None)
            if label and event.outcome == "failed" and _stands(plan.target(label), event, events):
                found[label] = event
    return found


def _stands(target: TargetPlan, ended: TargetEnded, events: Iterable[Event]) -> bool:
    """Would what failed be the same action today? If not, it is just to be run."""
    failed = [
        (event.action, event.key)
        for event in events
        if isinstance(event, ActionEnded) and event.label == ended.label
        if event.outcome == "failed"
    ]
    today = [(step.action, step.key.hex) for step in target.steps if step.key and not step.cached]
    return any(action in today for action in failed)
