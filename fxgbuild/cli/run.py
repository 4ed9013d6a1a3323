"""`fxgbuild run`: a graph or one node, in the sandbox."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from fxgbuild.build.build import build
from fxgbuild.build.integration import GraphRun, codes_of, run_graph
from fxgbuild.build.jobs import case_files
from fxgbuild.cli.app import App, Common, common, echo_json, parse_pairs
from fxgbuild.cli.build import figure_table
from fxgbuild.digest import Json
from fxgbuild.errors import BuildFailed, TestsFailed, UsageError
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Graph, Node
from fxgbuild.lang.rulesets import value_problems
from fxgbuild.machine import runtime_files
from fxgbuild.plan.link import module_name
from fxgbuild.plan.order import closure
from fxgbuild.plan.plan import Selection
from fxgbuild.plan.single import single_node_graph
from fxgbuild.problem import closest
from fxgbuild.report.words import outcome_lines, table

Inputs = dict[str, dict[str, bytes]]


@click.command("run")
@click.argument("label")
@click.option("--input", "inputs", multiple=True, metavar="PORT=PATH", help="A port's file.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="For this run only.")
@click.option("--case", default="", help="Only this case of the example data.")
@click.option("--out", default="", type=click.Path(file_okay=False), help="Where outputs go.")
@common
def command(
    options: Common,
    label: str,
    inputs: tuple[str, ...],
    params: tuple[str, ...],
    case: str,
    out: str,
) -> int:
    """Run a graph on its example data or on files, or one node on files, in the sandbox."""
    app = App(options, frozen=True)
    found = app.labels([label])
    node = app.workspace.node(found[0])
    whole = app.workspace.graphs[found[0].package]
    if len(found) != 1 or (node is None and found[0] != whole.label):
        raise UsageError(f"`{label}` is neither a graph nor a node", hint="`fxgbuild ls -v //...`")
    graph = whole if node is None else single_node_graph(whole, node)
    wiring = closure(app.workspace, whole) if node is None else ([node], list(graph.edges))
    data = _inputs(app, found[0], graph, parse_pairs(inputs, "--input"), case)
    codes = _codes(app, wiring[0])
    folder = Path(out) if out else app.store / "runs" / time.strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True, exist_ok=True)
    run_params = _params(wiring[0], parse_pairs(params, "--param"))
    try:
        with app.stores.scratch() as scratch:
            context = app.context()
            run = run_graph(
                context, graph, codes, data, scratch, run_params=run_params, wiring=wiring
            )
            if not run.verdict.passed:
                raise TestsFailed(
                    f"{found[0]} did not run through", facts={"first": run.failure[:2000]}
                )
            result = _result(graph, run, scratch, folder, single=list(data) == ["inputs"])
    finally:
        app.report.close()
    if params:
        result["params"] = _told(wiring[0], run_params)
    if options.json:
        echo_json(result)
    else:
        _print(graph, result, folder)
    return 0


def _codes(app: App, nodes: list[Node]) -> dict[str, str]:
    """Validate what will run, as `build` does; nothing unvalidated runs."""
    selection = Selection(tuple(nodes), (), ())
    app.check_environment(selection)
    result = build(app.context(), selection, runtime_files())
    if result.exit_code:
        lines = [line for outcome in result.failed() for line in outcome_lines(outcome)]
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
    if not cases and graph.inputs:
        wanted = " ".join(f"--input {name}=PATH" for name in graph.inputs)
        raise UsageError(f"`{what}` has no example data", hint=f"`{wanted}`")
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
    return values


def _told(nodes: Sequence[Node], params: Mapping[str, Json]) -> dict[str, Json]:
    """The parameters as a record may hold them: a secret is named, its value is not."""
    types = {f"{n.label.name}.{p}": n.task.params[p].type for n in nodes for p in n.task.params}
    return {name: "(secret)" if types[name] == "secret" else v for name, v in params.items()}


def _result(graph: Graph, run: GraphRun, scratch: Path, folder: Path, *, single: bool) -> Json:
    """Copy the graph's outputs out; ports by name, under their case when there are several."""
    outputs: dict[str, Json] = {}
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
