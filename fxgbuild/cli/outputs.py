"""The files that `build` and `test` can write for other programs, as options and as sinks."""

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

from fxgbuild.cli.app import App
from fxgbuild.errors import FxgError, UsageError
from fxgbuild.finding import Finding
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Node
from fxgbuild.plan.laws import file_of
from fxgbuild.ports import Reporter
from fxgbuild.report.failures import Place, Places, rendered
from fxgbuild.report.sources import in_file, in_pin


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write what; nothing is written that is not asked for."""

    build_event_json_file: str = ""
    profile: str = ""
    summary: str = ""
    junit: str = ""
    sarif: str = ""
    annotations: str = ""

    def files(self) -> dict[str, str]:
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "annotations"}
        return {name: path for name, path in named.items() if path}


OPTIONS = (
    ("--build-event-json-file", "Stream Bazel's build event protocol into FILE, a line each."),
    ("--profile", "Write a Chrome trace to FILE."),
    ("--summary", "Write the run's summary to FILE, as JSON."),
    ("--junit", "Write JUnit XML to FILE."),
    ("--sarif", "Write the findings to FILE, as SARIF 2.1.0."),
)


def outputs(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the verb gets them as one `outputs` argument."""

    @functools.wraps(function)
    def wrapped(**given: Any) -> Any:
        chosen = {field.name: given.pop(field.name) for field in fields(Outputs)}
        return function(outputs=Outputs(**chosen), **given)

    said = "Print the worst ten findings as annotations."
    wrapped = click.option("--annotations", type=click.Choice(["github"]), help=said)(wrapped)
    for name, text in reversed(OPTIONS):
        wrapped = click.option(name, default="", metavar="FILE", help=text)(wrapped)
    return wrapped


def sinks(outputs: Outputs, app: App) -> list[Reporter]:
    """The sinks that were asked for; raises UsageError when one cannot be written."""
    paths = {name: Path(path).absolute() for name, path in outputs.files().items()}
    _check(paths)
    found: list[Reporter] = []
    if "build_event_json_file" in paths:
        from fxgbuild.report.stream import BuildEventReporter  # noqa: PLC0415 - only when asked for

        found.append(BuildEventReporter(paths["build_event_json_file"]))
    found += _accounts(paths, app)
    if outputs.annotations:
        from fxgbuild.report.annotations import AnnotationReporter  # noqa: PLC0415

        stream = sys.stderr if app.options.json else sys.stdout
        found.append(AnnotationReporter(stream, sources(app)))
    return found


def _accounts(paths: dict[str, Path], app: App) -> list[Reporter]:
    """Files that are made of the whole account when the run is over."""
    if not paths.keys() - {"build_event_json_file"}:
        return []
    from fxgbuild.report.account import AccountReporter  # noqa: PLC0415
    from fxgbuild.report.junit import junit_text  # noqa: PLC0415
    from fxgbuild.report.sarif import sarif_text  # noqa: PLC0415
    from fxgbuild.report.trace import trace_text  # noqa: PLC0415

    found: list[Reporter] = []
    if "profile" in paths:
        found.append(AccountReporter(paths["profile"], trace_text))
    if "summary" in paths:
        from fxgbuild.report.summary import summary_text  # noqa: PLC0415 - pydantic's models

        found.append(AccountReporter(paths["summary"], summary_text))
    if "junit" in paths:
        said = sources(app)
        found.append(AccountReporter(paths["junit"], lambda events: junit_text(events, said)))
    if "sarif" in paths:
        places = sources(app)
        found.append(AccountReporter(paths["sarif"], lambda events: sarif_text(events, places)))
    return found


def _check(paths: dict[str, Path]) -> None:
    """Say before the build what could not be written after it."""
    if len(set(paths.values())) != len(paths):
        raise UsageError("two reports would go into one file")
    for name, path in paths.items():
        option = "--" + name.replace("_", "-")
        why = "it is a folder" if path.is_dir() else ""
        if not path.parent.is_dir():
            why = "its folder does not exist"
        elif not why and not os.access(path.parent, os.W_OK):
            why = "its folder cannot be written"
        if why:
            raise UsageError(f"`{option}` cannot be written: {why}", facts={"file": str(path)})


def sources(app: App) -> Places:
    """Places in the files that people edit or review: pinned code, a template, a source."""
    store = app.store.relative_to(app.root).as_posix() if _inside(app) else app.store.name
    plain = rendered(store)

    def place(label: str, finding: Finding) -> Place:
        task = app.workspace.tasks.get(label)
        if task is not None:  # of a rule set that is tested
            return Place(file_of(task, finding), finding.line, finding.column)
        default = plain(label, finding)
        try:
            found = _author(app, label, finding)
            return found or _source(app, label, default, app.store / default.path[len(store) + 1 :])
        except (OSError, ValueError, FxgError):  # a report is made of whatever is there
            return default

    return place


def _inside(app: App) -> bool:
    return app.store.is_relative_to(app.root)


def _author(app: App, text: str, finding: Finding) -> Place | None:
    """The place in a file that a person wrote as a node, or for one, as it is now."""
    package, _, name = text.removeprefix("//").partition(":")
    graph, node = app.workspace.graphs.get(package), app.workspace.node(Label(package, name))
    if graph is None or node is None or node.source is None:
        return None
    path = finding.file or node.source.file.path
    exact = finding.file or finding.stage in ("lint", "type", "security")
    home = path if graph.folder == "." else f"{graph.folder}/{path}"
    return Place(home, finding.line, finding.column) if exact else Place(home)


def _source(app: App, text: str, default: Place, module: Path) -> Place:
    package, _, name = text.removeprefix("//").partition(":")
    label = Label(package, name)
    node = app.workspace.node(label)
    if node is None:  # a graph, or an artifact of one
        graph = app.workspace.graphs.get(package)
        return Place(graph.where.path) if graph else default
    if not module.exists():
        return _candidate(app, node, default)
    code = module.read_text("utf-8")
    if node.is_generated():
        pin = app.stores.committed(label)
        home = f"{app.workspace.settings.cache}/{package}/{name}/code.py"
        return in_pin(default, code, home, pin.hole) if pin else default
    path = node.template.path if node.template else ""
    if not path or Path(path).is_absolute():
        return default
    return in_file(default, code, path, (app.root / path).read_text("utf-8"))


def _candidate(app: App, node: Node, default: Place) -> Place:
    """A rejected attempt, where there is no code that stands."""
    label = node.label
    part = f"out/_failed/{label.package}/{label.name}"
    tries = sorted((app.store / part).glob("attempt_*.py"), key=lambda path: path.stat().st_mtime)
    if not tries:
        return Place(node.where.path, node.where.line, node.where.column)
    store = default.path.partition("/out/")[0]
    return Place(f"{store}/{part}/{tries[-1].name}", default.line, default.column)
