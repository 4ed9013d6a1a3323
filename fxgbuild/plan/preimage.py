"""Preimages: everything that determines an action, and nothing else; one function an action.

docs/formats.md lists the fields; a test changes each and sees the key move.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from fxgbuild.digest import Digest, Json
from fxgbuild.lang.assign import payload, project
from fxgbuild.lang.model import Acceptance, Artifact, DataFile, Edge, Graph, Node, Workspace
from fxgbuild.lang.schema import Schema
from fxgbuild.plan.facts import Facts, installed
from fxgbuild.runtime.intake import is_foreign

STATIC_STAGES = ("lint", "type", "security")
STAGES = (*STATIC_STAGES, "test")
GENERATE_VERSION = 1
TEST_VERSION = 1
INTEGRATE_VERSION = 1
EMIT_VERSION = 1


def generate_preimage(workspace: Workspace, node: Node) -> Json:
    """A node's spec, its rule's contract, its ports, and what it sees of its producers' schemas."""
    template = node.template
    if template is None:
        raise ValueError(f"{node.label} has no template")
    return {
        "version": GENERATE_VERSION,
        "spec": {"text": node.spec},
        "examples": list(node.examples),
        "task": {"name": node.task.name, "doc": node.task.doc},
        "contract": template.contract.to_json(),
        "imports": list(node.imports),
        "effects": list(node.effects),
        "parameters": {
            name: parameter.schema() | {"binding": node.bindings[name]}
            for name, parameter in node.task.params.items()
        },
        "params": {n: v for n, v in node.params.items() if node.bindings[n] == "generate"},
        "ports": ports(node),
        "upstream": upstream(workspace, node),
        "variant": node.variant,
    }


def ports(node: Node) -> Json:
    return {"inputs": dict(node.inputs), "outputs": dict(node.outputs)}


def upstream(workspace: Workspace, node: Node) -> Json:
    """Per input port, the producers' schemas projected on what the port declares."""
    found: dict[str, list[Schema]] = {}
    edges = workspace.edge_sources(node.label)
    into = Counter(edge.port for edge in edges)
    for edge in edges:
        port = node.inputs[edge.port]
        wanted = payload(port, edge.join, into[edge.port]) or port
        found.setdefault(edge.port, []).append(project(source_schema(workspace, edge), wanted))
    return found


def source_schema(workspace: Workspace, edge: Edge) -> Schema:
    """What the producing end of an edge carries."""
    if edge.source is None:
        return workspace.graphs[edge.target.package].inputs[edge.source_port]
    node = workspace.producer(edge.source)
    if node is None:
        raise KeyError(edge.source)
    return node.outputs[edge.source_port]


def static_preimage(stage: str, node: Node, code: Digest, facts: Facts) -> Json:
    """Lint, type or security: the rendered code, the stage and its tool."""
    tool = {"lint": "ruff", "type": "mypy", "security": "bandit"}[stage]
    preimage: dict[str, Json] = {
        "code": code.hex,
        "origin": origin(node),
        "stage": facts.stages.get(stage),
        "tools": {tool: facts.tools[tool]},
    }
    if stage == "type":
        preimage |= {
            "ports": ports(node),
            "distributions": installed([node], facts),
            "python": facts.python,
        }
    if stage == "security":
        preimage |= {"imports": list(node.imports), "effects": list(node.effects)}
    return preimage | ({"deps": deps(node)} if deps(node) else {})


def deps(node: Node) -> dict[str, str]:
    """The first-party modules of existing code, by path."""
    return {dep.path: dep.digest.hex for dep in node.source.deps} if node.source else {}


def origin(node: Node) -> str:
    if node.source:
        return "source"
    return "generated" if node.is_generated() else "template"


def linked_params(node: Node) -> dict[str, Json]:
    return {n: v for n, v in node.params.items() if node.bindings[n] != "run"}


_JSON_TYPES = {"float": "number", "int": "integer", "bool": "boolean"}


def run_schemas(node: Node) -> dict[str, Json]:
    """JSON Schema of every parameter that is given at start, with its default."""
    found: dict[str, Json] = {}
    for name, parameter in node.task.params.items():
        if node.bindings[name] != "run":
            continue
        schema: Json = {"type": _JSON_TYPES.get(parameter.type, "string")}
        if parameter.type == "enum":
            schema = {"enum": list(parameter.values)}
        facts = {
            "minimum": parameter.low,
            "maximum": parameter.high,
            "unit": parameter.unit or None,
        }
        schema |= {key: value for key, value in facts.items() if value is not None}
        if name in node.params:
            schema["default"] = node.params[name]
        if parameter.type == "secret":
            schema["secret"] = True
        found[name] = schema
    return found


def acceptance_preimage(acceptance: Acceptance | None) -> Json:
    if acceptance is None:
        return None
    return {
        "cases": acceptance.cases.digest.hex if acceptance.cases else None,
        "tests": {file.path: file.digest.hex for file in acceptance.tests},
        "data": {file.path: file.digest.hex for file in acceptance.data},
        "metric": acceptance.metric,
        "at_least": acceptance.at_least,
    }


def test_preimage(node: Node, code: Digest, facts: Facts) -> Json:
    """Stage four: the rendered code, every test that judges it, and where it is judged."""
    return {
        "version": TEST_VERSION,
        "code": code.hex,
        "function": node.function,
        "params": {n: v for n, v in node.params.items() if node.task.params[n].type != "secret"},
        "ports": ports(node),
        "imports": list(node.imports),
        "properties": node.task.properties.digest.hex if node.task.properties else None,
        "examples": list(node.examples),
        "acceptance": acceptance_preimage(node.acceptance),
        "deps": deps(node),
        "distributions": installed([node], facts),
    } | _machine(facts)


test_preimage.__test__ = False  # type: ignore[attr-defined]


def _machine(facts: Facts) -> dict[str, Json]:
    return {
        "python": facts.python,
        "platform": facts.platform,
        "sandbox": facts.sandbox,
        "harness": facts.harness,
        "runtime": facts.runtime,
        "limits": dict(facts.limits),
        "tools": {name: facts.tools[name] for name in ("pytest", "hypothesis")},
    }


def _wiring(
    graph: Graph, nodes: Iterable[Node], edges: Iterable[Edge], codes: Mapping[str, Digest]
) -> dict[str, Json]:
    return {
        "nodes": {
            str(node.label): {
                "code": codes[str(node.label)].hex,
                "deps": deps(node),
                "function": node.function,
                "ports": ports(node),
                "params": linked_params(node),
                "run": run_schemas(node),
                "hooks": list(node.hooks),
            }
            for node in nodes
        },
        "edges": [edge_json(edge) for edge in edges],
        "inputs": dict(graph.inputs),
        "outputs": {name: f"{label}.{port}" for name, (label, port) in graph.outputs.items()},
    }


def edge_json(edge: Edge) -> Json:
    return {
        "from": edge.origin,
        "to": f"{edge.target}.{edge.port}",
        "call": edge.call,
        "mode": edge.mode,
        "join": edge.join,
        "retry": edge.retry,
        "timeout_s": edge.timeout_s,
        "monitor": edge.monitor,
        "scale": edge.scale,
    }


def _data(schema: Schema, file: DataFile) -> str:
    """A data file by its digest, and by its suffix where that says how it is read."""
    suffix = file.path.rpartition(".")[2].lower() if is_foreign(schema, file.path) else ""
    return f"{suffix}:{file.digest.hex}" if suffix else file.digest.hex


def integrate_preimage(
    graph: Graph,
    nodes: list[Node],
    edges: list[Edge],
    codes: Mapping[str, Digest],
    facts: Facts,
) -> Json:
    """The whole graph on its example data: code, wiring, data, acceptance, machine."""
    return (
        {"version": INTEGRATE_VERSION}
        | _wiring(graph, nodes, edges, codes)
        | {
            "cases": {
                case: {name: _data(graph.inputs[name], file) for name, file in files.items()}
                for case, files in graph.cases.items()
            },
            "acceptance": acceptance_preimage(graph.acceptance),
            "distributions": installed(nodes, facts),
        }
        | _machine(facts)
    )


def emit_preimage(  # noqa: PLR0913 - each is one part of the key
    graph: Graph,
    artifact: Artifact,
    nodes: list[Node],
    edges: list[Edge],
    codes: Mapping[str, Digest],
    facts: Facts,
    *,
    lock: Json,
) -> Json:
    """An artifact: code, wiring, its declaration, the lock's part, runtime and packager."""
    return (
        {"version": EMIT_VERSION}
        | _wiring(graph, nodes, edges, codes)
        | {
            "declaration": {
                "kind": artifact.kind,
                "name": artifact.name,
                "version": artifact.version,
                "summary": artifact.summary,
                "import_name": artifact.import_name,
                "doc": graph.doc,
            },
            "lock": lock,
            "runtime": facts.runtime,
            "packager": facts.packager,
        }
    )
