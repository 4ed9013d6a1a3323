"""Jobs: what the sandboxed harness is asked to do, as plain data and files.

Pure but for the data files it is handed; docs/formats.md lists the fields.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fxgbuild.build.shipped import shipped_code, shipped_deps, shipped_names
from fxgbuild.digest import Json
from fxgbuild.lang.model import Acceptance, Graph, Node
from fxgbuild.lang.settings import SandboxDoc
from fxgbuild.plan.link import module_name
from fxgbuild.plan.preimage import run_schemas
from fxgbuild.ports import Data

STAND_IN = "(secret)"  # what a graph gets on its example data in place of a secret


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a job, and its files below its own folder."""

    document: Json
    files: Mapping[str, bytes]


def limits(settings: SandboxDoc) -> Json:
    return {
        "cpu_s": settings.cpu_s,
        "wall_s": settings.wall_s,
        "memory_mb": settings.memory_mb,
    }


def job_document(kind: str, targets: Sequence[Target], jobs: int) -> tuple[Json, dict[str, bytes]]:
    """Put targets side by side, each in a folder of its own."""
    documents: list[Json] = []
    files: dict[str, bytes] = {}
    for number, target in enumerate(targets):
        folder = f"t{number}"
        documents.append(target.document | {"dir": folder})
        files |= {f"{folder}/{name}": data for name, data in target.files.items()}
    return {"kind": kind, "jobs": jobs, "targets": documents}, files


def test_target(node: Node, code: str, settings: SandboxDoc, folder: str, data: Data) -> Target:
    """Stage four of one node: its module, and everything that judges it."""
    module = node.label.name
    files = _modules([(module, node, code)])
    document: Json = {
        "id": str(node.label),
        "module": module,
        "authors": _authors([(module, node)]),
        "function": node.function,
        "inputs": dict(node.inputs),
        "outputs": dict(node.outputs),
        "params": dict(node.params),
        "imports": list(node.imports),
        "tests": [],
        "acceptance": [],
        "examples": None,
        "cases": None,
        "threshold": None,
        "limits": limits(settings),
    }
    if node.task.properties:
        document["tests"] = [
            _place(files, "tests", node.task.properties.path, node.task.properties.data)
        ]
    if node.examples:
        document["examples"] = "data/examples.json"
        files["data/examples.json"] = json.dumps(list(node.examples)).encode()
    if node.acceptance:
        if node.acceptance.cases:
            document["cases"] = "data/cases.jsonl"
            files["data/cases.jsonl"] = node.acceptance.cases.data
        if node.acceptance.metric:
            document["threshold"] = {
                "metric": node.acceptance.metric,
                "at_least": node.acceptance.at_least,
            }
        document["acceptance"] = _acceptance(files, node.acceptance, folder, data)
    return Target(document, files)


test_target.__test__ = False  # type: ignore[attr-defined]


def _modules(found: Sequence[tuple[str, Node, str]]) -> dict[str, bytes]:
    """Node modules and the first-party modules that they import, as an artifact carries them."""
    files = {f"code/{module}.py": shipped_code(node, code) for module, node, code in found}
    deps = shipped_deps(node for _, node, _ in found)
    files |= {f"code/{path}": text for path, text in deps.items()}
    return {path: text.encode() for path, text in files.items()}


def _authors(found: Sequence[tuple[str, Node]]) -> dict[str, str]:
    """The file that a person wrote, seen from its package's folder, for every one of the code."""
    names: dict[str, str] = {}
    for module, node in found:
        if node.source:
            names |= {f"{module}.py": node.source.file.path, **shipped_names(node)}
    return names


def _place(files: dict[str, bytes], folder: str, path: str, data: bytes) -> str:
    name = f"{folder}/{PurePosixPath(path).name}"
    files[name] = data
    return name


def _acceptance(
    files: dict[str, bytes], acceptance: Acceptance, folder: str, data: Data
) -> list[str]:
    for file in acceptance.data:
        files[f"data/{file.path}"] = data(folder, file.path, file.digest)
    return [_place(files, "tests", test.path, test.data) for test in acceptance.tests]


def run_target(  # noqa: PLR0913 - one job and everything it is made of
    graph: Graph,
    nodes: Sequence[Node],
    codes: Mapping[str, str],
    link: Json,
    inputs: Mapping[str, Mapping[str, bytes]],
    settings: SandboxDoc,
    *,
    run_params: Json,
    data: Data | None = None,
    names: Mapping[str, str] | None = None,
) -> Target:
    """A whole graph on some cases; with `data`, its acceptance tests too."""
    named = [(module_name(graph, node.label), node) for node in nodes]
    files = _modules([(module, node, codes[str(node.label)]) for module, node in named])
    cases: dict[str, dict[str, str]] = {}
    for case, ports in inputs.items():
        cases[case] = {}
        for port, content in ports.items():
            cases[case][port] = f"data/cases/{case}/{port}"
            files[cases[case][port]] = content
    tests: list[str] = []
    if data and graph.acceptance:
        tests = _acceptance(files, graph.acceptance, graph.folder, data)
    document: Json = {
        "id": str(graph.label),
        "link": link,
        "authors": _authors(named),
        "imports": sorted({module for node in nodes for module in node.imports}),
        "cases": cases,
        "named": {case: _file_names(graph, case, names or {}) for case in cases},
        "run_params": run_params,
        "acceptance": tests,
        "keep": True,
        "limits": limits(settings),
    }
    return Target(document, files)


def _file_names(graph: Graph, case: str, names: Mapping[str, str]) -> dict[str, str]:
    """The file behind each input: how it is read goes by its name, and errors say it."""
    files = graph.cases.get(case, {})
    return {port: graph_path(graph, file.path) for port, file in files.items()} | dict(names)


def graph_path(graph: Graph, path: str) -> str:
    return path if graph.folder == "." else f"{graph.folder}/{path}"


def default_run_params(nodes: Sequence[Node]) -> dict[str, Json]:
    """Values of run-bound parameters that have one without being given; a secret's is made up."""
    return {
        f"{node.label.name}.{name}": schema.get("default", STAND_IN)
        for node in nodes
        for name, schema in run_schemas(node).items()
        if "default" in schema or node.task.params[name].type == "secret"
    }


def case_files(graph: Graph, data: Data) -> dict[str, dict[str, bytes]]:
    """The example data of a graph, every case whose files are all present."""
    found: dict[str, dict[str, bytes]] = {}
    for case, files in graph.cases.items():
        if all(file.present for file in files.values()):
            found[case] = {
                name: data(graph.folder, file.path, file.digest) for name, file in files.items()
            }
    return found


def unavailable(graph: Graph) -> list[str]:
    """Data files that are declared and not there."""
    files = [file for files in graph.cases.values() for file in files.values()]
    files += graph.acceptance.data if graph.acceptance else ()
    return sorted({file.path for file in files if not file.present})
