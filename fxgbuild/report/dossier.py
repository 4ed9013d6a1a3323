"""Dossiers: all that a drawing and its page say of each target, gathered as plain values.

What a build's stores know comes in as `Past`; nothing here reads anything.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.finding import Finding
from fxgbuild.lang.label import Label
from fxgbuild.lang.model import Acceptance, Artifact, Edge, Graph, Node, Workspace
from fxgbuild.lang.schema import Schema, show
from fxgbuild.plan.plan import Plan, Reason, TargetPlan

STATES = ("clean", "dirty", "waiting", "failed")
ORIGINS = {
    "pinned": "pinned",
    "carried": "carried",
    "generated": "generated",
    "missing": "to generate",
    "source": "source",
    "template": "template",
}


@dataclass(frozen=True, slots=True)
class Past:
    """What stores and journal know of a target."""

    origin: str = ""
    provenance: Json = None
    attempts: tuple[Json, ...] = ()
    carried: tuple[Json, ...] = ()
    code: str = ""  # where none stands: a rejected candidate's, or an earlier pin's
    code_title: str = ""
    failed: bool = False  # under the very key that is planned now
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Port:
    """A port, and the far ends of its edges with how they are invoked."""

    name: str
    schema: str
    brief: str
    ends: tuple[str, ...] = ()
    marks: str = ""  # joins, forks and retries of what comes in
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    value: str
    type: str
    binding: str
    doc: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One target: a node, the graph itself, or an artifact."""

    label: str
    name: str
    kind: str
    about: str  # task type, or what an artifact is called
    doc: str
    state: str
    spec: str = ""
    origin: str = ""
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    params: tuple[Parameter, ...] = ()
    imports: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    actions: tuple[str, ...] = ()
    code: str = ""
    checks: tuple[tuple[str, int], ...] = ()  # what gates it, and how many of each
    past: Past = Past()
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Portrait:
    """A graph with a dossier of each of its targets."""

    graph: Graph
    whole: Dossier
    nodes: tuple[Dossier, ...]
    artifacts: tuple[Dossier, ...]
    foreign: Mapping[str, tuple[str, Port]] = field(default_factory=dict)  # by an edge's origin

    @property
    def targets(self) -> tuple[Dossier, ...]:
        return (*self.nodes, self.whole, *self.artifacts)

    def counts(self) -> dict[str, int]:
        """How many targets are in each state that occurs."""
        states = [one.state for one in self.targets]
        return {name: states.count(name) for name in STATES if name in states}


def portrait(
    workspace: Workspace, graph: Graph, plan: Plan, pasts: Mapping[Label, Past]
) -> Portrait:
    """Everything that is said of a graph's targets."""
    nodes = tuple(
        _node(graph, node, plan.target(node.label), pasts.get(node.label, Past()))
        for node in graph.nodes.values()
    )
    whole = _graph(graph, plan.target(graph.label), pasts.get(graph.label, Past()))
    artifacts = tuple(
        _artifact(graph, one, plan.target(one.label), pasts.get(one.label, Past()))
        for one in graph.artifacts.values()
    )
    foreign = {
        edge.origin: (str(edge.source), _foreign(workspace, edge))
        for edge in graph.edges
        if edge.source and edge.source.package != graph.label.package
    }
    return Portrait(graph, whole, nodes, artifacts, foreign)


def _foreign(workspace: Workspace, edge: Edge) -> Port:
    """What comes from another package."""
    producer = workspace.producer(edge.source) if edge.source else None
    schema = producer.outputs.get(edge.source_port) if producer else None
    return port(edge.source_port, schema) if schema else Port(edge.source_port, "", "")


def port(name: str, schema: Schema, ends: tuple[str, ...] = ()) -> Port:
    return Port(name, show(schema), brief(schema), ends)


def _node(graph: Graph, node: Node, target: TargetPlan, past: Past) -> Dossier:
    edges = graph.into(node.label)
    state = "failed" if past.failed else target.state
    return Dossier(
        label=str(node.label),
        name=node.label.name,
        kind="node",
        about=node.task.name,
        doc=node.task.doc,
        spec=node.spec,
        state=state,
        origin=past.origin,
        inputs=tuple(
            _inlet(name, schema, [edge for edge in edges if edge.port == name])
            for name, schema in node.inputs.items()
        ),
        outputs=tuple(_outlet(graph, node, name, item) for name, item in node.outputs.items()),
        params=tuple(_parameter(node, name, value) for name, value in node.params.items()),
        imports=node.imports,
        reasons=target.reasons,
        actions=target.actions,
        code=target.code or past.code,
        checks=_checks(len(node.examples), node.acceptance, bool(node.task.properties)),
        past=past,
        commands=_commands(node, target, state, past),
    )


def _inlet(name: str, schema: Schema, edges: Sequence[Edge]) -> Port:
    ends = tuple(
        f"from {edge.origin if edge.source else f'the input {edge.origin}'}{_manner(edge)}"
        for edge in edges
    )
    joins = {_join(edge) for edge in edges} - {""}
    retries = {_retry(edge) for edge in edges} - {""}
    forks = {"fork" for edge in edges if edge.mode == "fork"}
    marks = " · ".join([*sorted(joins), *forks, *sorted(retries)])
    return Port(name, show(schema), brief(schema), ends, marks, bool(joins))


def _outlet(graph: Graph, node: Node, name: str, schema: Schema) -> Port:
    ends = [
        f"to {edge.target}.{edge.port}{_manner(edge)}"
        for edge in graph.edges
        if edge.source == node.label and edge.source_port == name
    ]
    ends += [
        f"is the graph's output {output}"
        for output, (label, port) in graph.outputs.items()
        if (label, port) == (node.label, name)
    ]
    return port(name, schema, tuple(ends))


def _manner(edge: Edge) -> str:
    """How an edge invokes its target, after a comma."""
    words = [edge.call, "fork" if edge.mode == "fork" else "", _join(edge), _retry(edge)]
    words.append(f"timeout {edge.timeout_s:g} s" if edge.timeout_s else "")
    return "".join(f", {word}" for word in words if word)


def _join(edge: Edge) -> str:
    if isinstance(edge.join, dict):
        return f"quorum {edge.join['quorum']}"
    return f"join {edge.join}" if edge.join else ""


def _retry(edge: Edge) -> str:
    return f"retry {edge.retry['attempts']}" if isinstance(edge.retry, dict) else ""


def brief(schema: Schema) -> str:
    """A schema in shorthand, without the tolerance that only a comparison needs."""
    array = schema.get("array")
    if isinstance(array, dict):
        kept = {name: value for name, value in array.items() if name != "tolerance"}
        return show({**schema, "array": kept})
    return show(schema)


def _parameter(node: Node, name: str, value: Json) -> Parameter:
    declared = node.task.params.get(name)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    kind = f"{declared.type} {declared.unit}".strip() if declared else ""
    bound = node.bindings.get(name, declared.binding if declared else "")
    return Parameter(name, text, kind, bound, declared.doc if declared else "")


def _checks(
    examples: int, acceptance: Acceptance | None, properties: bool
) -> tuple[tuple[str, int], ...]:
    cases = acceptance.cases.data if acceptance and acceptance.cases else b""
    hidden = sum(1 for line in cases.splitlines() if line.strip())
    tests = len(acceptance.tests) if acceptance else 0
    found = (
        *(("shown example", examples), ("hidden acceptance case", hidden)),
        *(("acceptance test file", tests), ("file of the rule's properties", int(properties))),
    )
    return tuple((name, count) for name, count in found if count)


def _commands(node: Node, target: TargetPlan, state: str, past: Past) -> tuple[str, ...]:
    """What to type next."""
    label = str(node.label)
    if state == "failed":
        again = f"generate export {label} --to requests.jsonl"
        asks = "generate" in target.actions
        next_steps = [f"show {label} --findings", again if asks else f"build {label}"]
        if any(finding.stage == "test" for finding in past.findings):
            next_steps.insert(1, f"debug {label}")
    elif "generate" in target.actions:
        next_steps = [f"prompt {label}", f"generate export {label} --to requests.jsonl"]
    elif state == "clean":
        next_steps = [f"show {label} --code", f"test {label}"]
    else:
        next_steps = [f"build {label}"]
    return tuple(f"fxgbuild {words}" for words in (f"why {label}", *next_steps))


def _graph(graph: Graph, target: TargetPlan, past: Past) -> Dossier:
    label = f"//{graph.label.package}"
    state = "failed" if past.failed else target.state
    inputs = tuple(port(name, item) for name, item in graph.inputs.items())
    outputs = tuple(
        Port(output, *_of_node(graph, *end), (f"from {end[0]}.{end[1]}",))
        for output, end in graph.outputs.items()
    )
    cases = (("case of example data", len(graph.cases)),) if graph.cases else ()
    return Dossier(
        label=label,
        name=graph.label.name,
        kind="graph",
        about=f"{len(graph.nodes)} node{'s' * (len(graph.nodes) != 1)}",
        doc=graph.doc,
        state=state,
        inputs=inputs,
        outputs=outputs,
        reasons=target.reasons,
        actions=target.actions,
        checks=(*cases, *_checks(0, graph.acceptance, False)),
        past=past,
        commands=tuple(
            f"fxgbuild {words} {label}" for words in ("why", "build" if target.actions else "run")
        ),
    )


def _of_node(graph: Graph, label: Label, name: str) -> tuple[str, str]:
    node = graph.nodes.get(label.name)
    schema = node.outputs.get(name) if node and label == node.label else None
    return (show(schema), brief(schema)) if schema else ("", "")


def _artifact(graph: Graph, artifact: Artifact, target: TargetPlan, past: Past) -> Dossier:
    label = str(artifact.label)
    return Dossier(
        label=label,
        name=artifact.label.name,
        kind=artifact.kind,
        about=f"{artifact.name} {artifact.version}".strip(),
        doc=artifact.summary,
        state="failed" if past.failed else target.state,
        reasons=target.reasons,
        actions=target.actions,
        past=past,
        commands=(f"fxgbuild why {label}", f"fxgbuild emit {label}"),
    )
