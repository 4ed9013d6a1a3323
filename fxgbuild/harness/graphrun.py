"""Judges a run of a whole graph: every port of every node, then the graph's acceptance tests.

The code process runs the graph; what it sends back is read, checked and written again here, so the
files a host gets are canonical whatever the code did.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from fxgbuild.harness import wire
from fxgbuild.harness.candidate import Link, Unusable
from fxgbuild.harness.trial import Planned, Report, Trial, shortened
from fxgbuild.runtime import codec, intake
from fxgbuild.runtime.check import bind, check, check_ports
from fxgbuild.runtime.graph import Edge, Graph, Node, read_link

Json: TypeAlias = Any

_CASE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")


@dataclass(slots=True)
class Run:
    """What one case gave: canonical bytes and values by "node.port"."""

    name: str
    inputs: dict[str, Any] = field(default_factory=dict)
    read: dict[str, bytes] = field(default_factory=dict)  # inputs that came in another form
    values: dict[str, Any] = field(default_factory=dict)
    data: dict[str, bytes] = field(default_factory=dict)
    tasks: list[Json] = field(default_factory=list)


class Runs:
    """The fixture `graph`: `cases`, `value(case, "node.port")`, `port(function, port)`, `path`."""

    def __init__(self, target: Json, graph: Graph, runs: Mapping[str, Run], data: Path) -> None:
        nodes = target["link"]["nodes"]
        self._functions: dict[str, str] = {node["name"]: node["function"] for node in nodes}
        self._params = {node["name"]: node["params"] for node in nodes}
        self._graph = graph
        self._runs = runs
        self._data = data

    @property
    def cases(self) -> tuple[str, ...]:
        return tuple(self._runs)

    def value(self, case: str, port: str) -> Any:
        """A fresh copy of a port's value; a graph input or output goes by its own name."""
        run = self._runs[case]
        if "." not in port:
            node, name = self._graph.outputs.get(port, ("", port))
            port = f"{node}.{name}" if node else name
        if port in self._graph.inputs:
            return run.inputs[port]
        node, _, name = port.rpartition(".")
        return codec.decode(run.data[port], self._graph.nodes[node].outputs[name])

    def port(self, function: str, port: str) -> str:
        """The full name of a port of the one node that runs a function, whatever its name is."""
        return f"{self._node(function)}.{port}"

    def params(self, function: str) -> dict[str, Any]:
        """The linked parameters of the one node that runs a function."""
        return dict(self._params[self._node(function)])

    def _node(self, function: str) -> str:
        nodes = [name for name, own in self._functions.items() if own == function]
        if len(nodes) != 1:
            raise LookupError(f"{len(nodes)} nodes run the function {function}")
        return nodes[0]

    def path(self, name: str) -> Path:
        """A declared data file."""
        path = (self._data / name).resolve()
        if not path.is_relative_to(self._data.resolve()) or not path.exists():
            raise FileNotFoundError(f"no declared data file {name}")
        return path


def judge_graph(target: Json, link: Link, report: Report) -> dict[str, Json]:
    """Run every case, check every port, run the acceptance tests; gives ports and tasks."""
    base = Path(target["root"])
    graph = read_link(target["link"])
    runs: dict[str, Run] = {name: Run(name) for name in target["cases"]}
    planned = [Planned(f"run[{name}]", "port") for name in runs]
    ports: dict[str, Json] = {}

    def run_cases() -> None:
        for name, run in runs.items():
            report.trial(_run_case(run, target, graph, link))
            ports[name] = _write(run, target, graph)

    files = {base / name: "acceptance" for name in target.get("acceptance", ())}
    if files:
        from fxgbuild.harness import suite  # noqa: PLC0415  (pytest only where there are tests)

        suite.run_files(
            base,
            files,
            {
                "graph": lambda: Runs(target, graph, runs, base / "data"),
                "data": lambda: base / "data",
                "params": lambda: dict(target.get("run_params") or {}),
            },
            report,
            planned=planned,
            violations=[],
            between=run_cases,
        )
    else:
        report.plan(planned)
        run_cases()
    tasks = [{"case": run.name, **task} for run in runs.values() for task in run.tasks]
    return {"ports": ports, "tasks": tasks}


def _run_case(run: Run, target: Json, graph: Graph, link: Link) -> Trial:
    name = f"run[{run.name}]"
    try:
        fault = _fault(run, target, graph, link)
    except Unusable as error:
        return Trial(name, "port", "failed", message=shortened(str(error)), died=error.died)
    except _BadInput as error:
        return Trial(name, "input", "error", message=shortened(str(error)))
    except (ValueError, OSError) as error:
        return Trial(name, "port", "error", message=shortened(str(error)))
    return Trial(name, "port", "failed" if fault else "passed", message=shortened(fault))


def _fault(run: Run, target: Json, graph: Graph, link: Link) -> str:
    """Run one case and name the first thing that broke, in topological order; empty if none."""
    if not _CASE.match(run.name):
        raise ValueError(f"{run.name!r} cannot name a case")
    blobs: list[bytes] = []
    inputs: dict[str, int] = {}
    for port in target["cases"][run.name]:
        blobs.append(_read_input(port, run, target, graph))
        inputs[port] = len(blobs) - 1
    answer = link.ask({"op": "run", "inputs": inputs}, tuple(blobs))
    header = answer.header
    run.tasks = _tasks(header.get("tasks"), graph)
    for node in graph.nodes.values():
        fault = _node_fault(node, run, answer, target)
        if fault:
            return fault
    lost = [name for name in graph.nodes if not _complete(graph, name, run)]
    return _failure(header.get("failed")) or (f"node {lost[0]} gave no value" if lost else "")


class _BadInput(ValueError):
    """A file that is not what its graph input takes."""


def _read_input(port: str, run: Run, target: Json, graph: Graph) -> bytes:
    """Keep the value of a graph input's file; gives its canonical bytes."""
    schema = graph.inputs[port]
    name = str((target.get("named") or {}).get(run.name, {}).get(port, ""))
    data: bytes = (Path(target["root"]) / target["cases"][run.name][port]).read_bytes()
    try:
        run.inputs[port] = intake.read(data, schema, name)
        if faults := check(run.inputs[port], schema, {}, {}):
            raise ValueError(f"{name}: {'; '.join(faults)}" if name else "; ".join(faults))
        if intake.is_foreign(schema, name):
            data = run.read[port] = codec.encode(run.inputs[port], schema)
        return data
    except ValueError as error:
        raise _BadInput(f"graph input {port}: {error}") from None


def _complete(graph: Graph, name: str, run: Run) -> bool:
    """Whether a node gave all its ports, or its failure may be passed over by a join."""
    if all(f"{name}.{port}" in run.data for port in graph.nodes[name].outputs):
        return True
    if any(node == name for node, _ in graph.outputs.values()):
        return False
    edges = graph.edges_from[name]
    return bool(edges) and all(_passes(graph, edge, run) for edge in edges)


def _passes(graph: Graph, edge: Edge, run: Run) -> bool:
    join = graph.nodes[edge.target].joins[edge.target_port]
    return join.need < len(join.edges) or (
        not any(f"{edge.target}.{port}" in run.data for port in graph.nodes[edge.target].outputs)
        and _complete(graph, edge.target, run)
    )


def _failure(failed: Json) -> str:
    if not failed:
        return ""
    where = "\n".join(str(line) for line in failed.get("where", ()))
    kind_ = f"{failed['type']}: " if "type" in failed else ""
    return f"{kind_}{failed.get('message')}\n{where}".strip()


def _node_fault(node: Node, run: Run, answer: wire.Frame, target: Json) -> str:
    """Check a node's outputs, if it gave them."""
    header, values = answer.header, {}
    for port, schema in node.outputs.items():
        name = f"{node.name}.{port}"
        try:
            unfit = header.get("unfit", {}).get(name)
            if unfit is not None:
                return f"output port {name}: {unfit}"
            index = header.get("values", {}).get(name)
            if index is None:
                return ""  # the node did not run, or failed: told once all ports are checked
            values[port] = codec.decode(answer.blobs[index], schema)
            run.data[name] = codec.encode(values[port], schema)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            return f"output port {name}: {error}"
        run.values[name] = values[port]
    dims: dict[str, Any] = {}
    given = target.get("run_params") or {}
    params = {**node.params}
    for name in node.run_params:
        params[name] = given.get(f"{node.name}.{name}", given.get(name))
    _bind_inputs(node, run, dims, params)
    for port, faults in check_ports(values, node.outputs, dims, params).items():
        return f"output port {node.name}.{port}: {'; '.join(faults)}"
    return ""


def _bind_inputs(node: Node, run: Run, dims: dict[str, Any], params: Mapping[str, object]) -> None:
    """Bind the named dimensions and row variables of what came in by a single edge."""
    for port, join in node.joins.items():
        if len(join.edges) == 1:
            edge = join.edges[0]
            name = f"{edge.node}.{edge.port}"
            value = run.values.get(name) if edge.node else run.inputs[edge.port]
            bind(value, node.inputs[port], dims, params)


def _tasks(tasks: Json, graph: Graph) -> list[Json]:
    """Take from the tasks' report what has the right form; the code wrote it, it proves nothing."""
    kept = []
    for task in tasks if isinstance(tasks, list) else ():
        if isinstance(task, dict) and task.get("node") in graph.nodes:
            names = ("start_s", "wall_s", "attempts", "bytes")
            numbers = {name: task.get(name) for name in names}
            if all(type(value) in (int, float) for value in numbers.values()):
                kept.append({"node": task["node"], **numbers})
    return kept


def _write(run: Run, target: Json, graph: Graph) -> dict[str, Json]:
    """Write ports below the out folder; with `keep` all of them, else those the graph gives.

    Inputs that came in another form are written too: what goes on is their canonical bytes.
    """
    given = {f"{node}.{port}" for node, port in graph.outputs.values() if node}
    written: dict[str, Json] = {}
    for name, data in (run.read | run.data).items():
        if not target.get("keep", True) and name not in given:
            continue
        fact: dict[str, Json] = {
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
        }
        if target.get("out"):
            fact["path"] = f"{target['dir']}/{run.name}/{name}"
            path = Path(target["out"]) / fact["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        written[name] = fact
    return written
