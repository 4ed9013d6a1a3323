"""Integration and runs: a whole graph in the sandbox, on its example data or on given files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fxgbuild.build.context import Context
from fxgbuild.build.jobs import (
    case_files,
    default_run_params,
    job_document,
    run_target,
    unavailable,
)
from fxgbuild.build.single import alone, told
from fxgbuild.build.verdict import Verdict, test_findings
from fxgbuild.digest import Digest, Json
from fxgbuild.finding import Finding
from fxgbuild.lang.model import Edge, Graph, Node
from fxgbuild.plan.link import link, module_name
from fxgbuild.plan.order import closure
from fxgbuild.plan.plan import Plan, Step

UNAVAILABLE = "unavailable"  # the rule of a finding about data that is not there
Wiring = tuple[list[Node], list[Edge]]


@dataclass(frozen=True, slots=True)
class GraphRun:
    """How a run ended: ports by case, each with digest and file, and the tasks' reports."""

    verdict: Verdict
    ports: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    tasks: tuple[Json, ...] = ()
    failure: str = ""
    bad_input: str = ""  # set when the data, not the code, is what failed


def codes_of(plan: Plan) -> dict[str, str]:
    return {str(t.label): t.code for t in plan.targets if t.code is not None}


def run_graph(  # noqa: PLR0913 - a run is told all of this
    context: Context,
    graph: Graph,
    codes: Mapping[str, str],
    inputs: Mapping[str, Mapping[str, bytes]],
    out: Path,
    *,
    run_params: Json = None,
    accept: bool = False,
    wiring: Wiring | None = None,
    names: Mapping[str, str] | None = None,
) -> GraphRun:
    """Run a graph on some cases; every port is checked against its schema."""
    nodes, edges = wiring or closure(context.workspace, graph)
    settings = context.workspace.settings.sandbox
    target = run_target(
        graph,
        nodes,
        codes,
        link(graph, nodes, edges),
        inputs,
        settings,
        run_params=default_run_params(nodes) | dict(run_params or {}),
        data=context.data if accept else None,
        names=names,
    )
    document, files = job_document("run", [target], context.jobs)
    outcome = context.laboratory().job(
        document, files, out=out, wall_s=settings.wall_s + 30, memory_mb=settings.memory_mb
    )
    frame = dict(outcome.frames[0])
    passed = frame.get("ok") is True
    findings = () if passed else test_findings(frame)
    verdict = Verdict("integrate", passed, findings, frame, float(frame.get("wall_s") or 0))
    return GraphRun(
        verdict,
        frame.get("ports") or {},
        tuple(frame.get("tasks") or ()),
        _first_failure(frame),
        _bad_input(frame),
    )


def _first_failure(frame: Json) -> str:
    for test in frame.get("tests", []):
        if test["outcome"] != "passed":
            return f"{test['name']}: {test.get('message') or test['outcome']}"
    return ""


def _bad_input(frame: Json) -> str:
    tests = [t for t in frame.get("tests", []) if t["kind"] == "input" and t["outcome"] != "passed"]
    return str(tests[0].get("message") or "") if tests else ""


def integrate(context: Context, graph: Graph, step: Step, codes: Mapping[str, str]) -> Verdict:
    """Run a graph on its example data with its acceptance; record it when it passes.

    Once a key among all builds: whoever holds its lock runs it.
    """
    missing = unavailable(graph)
    inputs = case_files(graph, context.data)
    judged = all(file.present for file in graph.acceptance.data) if graph.acceptance else True
    if missing and (not inputs or not judged or context.stores.frozen):
        text = f"data is absent: {', '.join(missing)}"
        return Verdict("integrate", False, (Finding("test", UNAVAILABLE, text),))
    if missing:
        context.note(f"{graph.label}: not run on absent data: {', '.join(missing)}")
    with alone(context, step) as shared:
        if shared:
            return Verdict("integrate", True, shared=True)
        start = context.now()
        with context.stores.scratch() as out:
            run = run_graph(context, graph, codes, inputs or {"default": {}}, out, accept=True)
            told(context, str(graph.label), step, run.verdict, start, "sandbox")
            if run.verdict.passed and not missing:  # the key names all data
                outputs = _keep_outputs(context, graph, run, out)
                facts = context.facts
                context.stores.keep(step, run.verdict, outputs, dict(facts.tools), facts.sandbox)
    return run.verdict


def _keep_outputs(context: Context, graph: Graph, run: GraphRun, out: Path) -> dict[str, Digest]:
    """Keep the graph's own outputs as blobs; other ports are known by digest alone."""
    kept = {}
    for case, ports in run.ports.items():
        for name, (label, port) in graph.outputs.items():
            fact = ports.get(f"{module_name(graph, label)}.{port}")
            if fact:
                data = (out / fact["path"]).read_bytes()
                kept[f"{case}/{name}"] = context.stores.blobs.put(data)
    return kept
