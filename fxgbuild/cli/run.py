"""`fxgbuild run`: a graph or one node, in the sandbox."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from fxgbuild.build.build import build
from fxgbuild.build.integration import GraphRun, codes_of, run_graph
from fxgbuild.build.jobs import case_files, unavailable
from fxgbuild.cli.app import App, Common, common, echo_json, parse_pairs
from fxgbuild.cli.build import figure_table
from fxgbuild.cli.kept import keep_ports, kept_cases
from fxgbuild.cli.outputs import sources
from fxgbuild.digest import Json
from fxgbuild.errors import BuildFailed, TestsFailed, UsageError
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Graph, Node
from fxgbuild.lang.rulesets import value_problems
from fxgbuild.machine import runtime_files
from fxgbuild.plan.link import module_name
from fxgbuild.plan.order import closure
from fxgbuild.plan.plan import Selection
from fxgbuild.plan.preimage import run_schemas
from fxgbuild.plan.single import fed_node_graph, single_node_graph
from fxgbuild.problem import closest
from fxgbuild.report.words import outcome_lines, table

Inputs = dict[str, dict[str, bytes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be run on what, and what is to be left of it."""

    inputs: tuple[str, ...]
    params: tuple[str, ...]
    case: str
    out: str
    keep: bool


@click.command("run")
@click.argument("label")
@click.option("--input", "inputs", multiple=True, metavar="PORT=PATH", help="A port's file.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="For this run only.")
@click.option("--case", default="", help="Only this case of the example data.")
@click.option("--out", default="", type=click.Path(file_okay=False), help="Where outputs go.")
@click.option("--keep", is_flag=True, help="Keep every port, for later runs of single nodes.")
@common
def command(options: Common, label: str, **given: Any) -> int:
    """Run a graph on its example data or on files, in the sandbox; or one node.

    A node runs on files, or on what a run of its graph with --keep has left.
    """
    asked = Asked(**given)
    app = App(options, frozen=True)
    found = app.labels([label])
    node = app.workspace.node(found[0])
    whole = app.workspace.graphs[found[0].package]
    if len(found) != 1 or (node is None and found[0] != whole.label):
        raise UsageError(f"`{label}` is neither a graph nor a node", hint="`fxgbuild ls -v //...`")
    if node is None:
        graph, wiring = whole, closure(app.workspace, whole)
        data = _inputs(app, found[0], graph, parse_pairs(asked.inputs, "--input"), asked.case)
    else:
        graph, data = _alone(app, whole, node, parse_pairs(asked.inputs, "--input"), asked.case)
        wiring = ([node], list(graph.edges))
    run_params = _params(wiring[0], parse_pairs(asked.params, "--param"))
    folder = Path(asked.out) if asked.out else app.store / "runs" / time.strftime("%Y%m%d-%H%M%S")
    _check_out(folder)
    codes = _codes(app, wiring[0])
    try:
        with app.stores.scratch() as scratch:
            context = app.context()
            run = run_graph(
                context, graph, codes, data, scratch,
                run_params=run_params, wiring=wiring, names=parse_pairs(asked.inputs, "--input"),
            )  # fmt: skip
            if run.bad_input and asked.inputs:
                raise UsageError(run.bad_input)
            if not run.verdict.passed:
                raise TestsFailed(
                    f"{found[0]} did not run through", facts={"first": run.failure[:2000]}
                )
            result = _result(graph, run, scratch, folder, single=list(data) == ["inputs"])
            if asked.keep and node is None:
                result["kept"] = str(keep_ports(app.store, graph, data, run.ports, scratch))
    finally:
        app.report.close()
    if asked.params:
        result["params"] = _told(wiring[0], run_params)
    if options.json:
        echo_json(result)
    else:
        _print(graph, result, folder)
    return 0


def _alone(
    app: App, whole: Graph, node: Node, pairs: Mapping[str, str], case: str
) -> tuple[Graph, Inputs]:
    """One node on files, or without any on what a kept run of its graph has left."""
    fed = fed_node_graph(app.workspace, whole, node)
    cases = {} if pairs or not node.inputs else kept_cases(app.store, whole, fed)
    if case and cases:
        cases = {case: cases[case]} if case in cases else {}
    if cases:
        return fed.graph, cases
    graph = single_node_graph(whole, node)
    return graph, _inputs(app, node.label, graph, pairs, "")


def _codes(app: App, nodes: list[Node]) -> dict[str, str]:
    """Validate what will run, as `build` does; nothing unvalidated runs."""
    selection = Selection(tuple(nodes), (), ())
    app.check_environment(selection)
    result = build(app.context(), selection, runtime_files())
    if result.exit_code:
        places = sources(app)
        lines = [line for outcome in result.failed() for line in outcome_lines(outcome, places)]
        raise BuildFailed("what should run did not pass its stages", hint="\n".join(lines))
    return codes_of(result.plan)


def _inputs(app: App, what: Label, graph: Graph, pairs: Mapping[str, str], case: str) -> Inputs:
    for name in pairs:
        if name not in graph.inputs:
            near = closest(name, graph.inputs)
            known = ", ".join(graph.inputs)
            raise UsageError(
                f"there is no input `{name}`", facts={"inputs": known, "closest": near}
            )
    if pairs:
        missing = [name for name in graph.inputs if name not in pairs]
        if missing:
            raise UsageError(
                f"the input `{missing[0]}` is missing", hint=f"`--input {missing[0]}=PATH`"
            )
        return {"inputs": {name: _read(path) for name, path in pairs.items()}}
    cases = case_files(graph, app.data)
    if case and case not in cases:
        near = closest(case, cases) or ", ".join(cases)
        raise UsageError(f"there is no case `{case}`", facts={"closest": near})
    absent = unavailable(graph)
    if not cases and absent:
        raise UsageError(
            f"the example data of `{what}` is absent: {', '.join(absent)}",
            hint="`fxgbuild doctor` says where it is looked for",
        )
    if not cases and graph.inputs:
        wanted = " ".join(f"--input {name}=PATH" for name in graph.inputs)
        hint = f"`{wanted}`"
        if what != graph.label:
            kept = f"fxgbuild run //{graph.label.package} --keep"
            hint += f"; or `{kept}` first, and it runs on what flowed"
        raise UsageError(f"`{what}` has no example data", hint=hint)
    return {case: cases[case]} if case else cases or {"inputs": {}}


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read", facts={"cause": str(error)}) from None


def _params(nodes: Sequence[Node], given: Mapping[str, str]) -> dict[str, Json]:
    """Type-check parameters given for this run; `node.name` or a name that is unique."""
    known = {f"{n.label.name}.{p}": n.task.params[p] for n in nodes for p in n.task.params}
    bindings = {f"{n.label.name}.{p}": b for n in nodes for p, b in n.bindings.items()}
    values: dict[str, Json] = {}
    for name, text in given.items():
        full = [key for key in known if key == name or key.endswith(f".{name}")]
        if len(full) != 1:
            raise UsageError(
                f"`{name}` names {len(full)} parameters", facts={"closest": closest(name, known)}
            )
        if bindings[full[0]] != "run":
            raise UsageError(
                f"`{full[0]}` is bound at {bindings[full[0]]}, not at run",
                hint=f"`bind: {{{full[0].split('.')[1]}: run}}` on the node makes it an argument",
            )
        parameter = known[full[0]]
        value: Json = text
        if parameter.type in ("int", "float", "bool"):
            try:
                value = json.loads(text)
            except ValueError:
                value = text
        for problem in value_problems(parameter, value):
            raise UsageError(f"parameter `{full[0]}` {problem}")
        values[full[0]] = float(value) if parameter.type == "float" else value
    _check_given(nodes, values)
    return values


def _check_given(nodes: Sequence[Node], values: Mapping[str, Json]) -> None:
    """Refuse before anything runs what would lack a parameter."""
    for node in nodes:
        for name, schema in run_schemas(node).items():
            full = f"{node.label.name}.{name}"
            if "default" not in schema and full not in values:
                raise UsageError(
                    f"the run parameter `{full}` is missing", hint=f"`--param {full}=VALUE`"
                )


def _check_out(folder: Path) -> None:
    """Refuse before anything runs what could not be written after it."""
    above = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise UsageError(f"`{folder}` cannot be written", hint="`--out` with another folder")


def _told(nodes: Sequence[Node], params: Mapping[str, Json]) -> dict[str, Json]:
    """The parameters as a record may hold them: a secret is named, its value is not."""
    types = {f"{n.label.name}.{p}": n.task.params[p].type for n in nodes for p in n.task.params}
    return {name: "(secret)" if types[name] == "secret" else v for name, v in params.items()}


def _result(graph: Graph, run: GraphRun, scratch: Path, folder: Path, *, single: bool) -> Json:
    """Copy the graph's outputs out; ports by name, under their case when there are several."""
    outputs: dict[str, Json] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"`{folder}` cannot be made", facts={"cause": str(error)}) from None
    for case, ports in run.ports.items():
        for name, (label, port) in graph.outputs.items():
            fact = ports.get(f"{module_name(graph, label)}.{port}")
            if fact is None:
                continue
            shown = name if single else f"{case}/{name}"
            path = folder / f"{shown.replace('/', '-')}{_suffix(graph, label, port)}"
            path.write_bytes((scratch / fact["path"]).read_bytes())
            outputs[shown] = {"sha256": fact["sha256"], "path": str(path)}
    tasks = [
        {"label": str(Label(graph.label.package, task["node"]))}
        | {
            key: task[key]
            for key in ("case", "start_s", "wall_s", "attempts", "bytes")
            if key in task
        }
        for task in run.tasks
    ]
    return {"status": "ok", "outputs": outputs, "tasks": tasks}


def _suffix(graph: Graph, label: Label, port: str) -> str:
    node = graph.nodes.get(label.name)
    schema = node.outputs[port] if node else {}
    for kind, suffix in (("array", ".npy"), ("table", ".arrow"), ("state", ".zip")):
        if kind in schema:
            return suffix
    if schema.get("type") == "string":
        return ".bin" if "contentEncoding" in schema else ".txt"
    return ".json"


def _print(graph: Graph, result: Json, folder: Path) -> None:
    blobs = {name: Path(fact["path"]).read_bytes() for name, fact in result["outputs"].items()}
    named = {name if "/" in name else f"inputs/{name}": blob for name, blob in blobs.items()}
    for line in figure_table(graph, named):
        click.echo(line)
    rows = [(name, fact["sha256"][:12], fact["path"]) for name, fact in result["outputs"].items()]
    click.echo()
    for line in table(rows, ("output", "sha256", "file")):
        click.echo(line)
