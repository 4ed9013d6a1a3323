"""An emitted package as a program: loads its link, imports its nodes when they are needed, runs.

The package's `__init__` and `__main__` are thin callers of this.
"""

import argparse
import importlib
import importlib.resources
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import codec, intake
from .bind import BadInput
from .document import loads
from .scheduler import NodeFailed, Observe, RunResult, run_graph
from .schema import Schema, kind, stripped

_SUFFIXES = {"array": ".npy", "table": ".arrow", "state": ".zip", "text": ".txt", "bytes": ".bin"}
_STEERING = ("OPENBLAS_", "OMP_", "MKL_", "BLIS_", "NPY_")
_THREAD_LIMITS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Artifact:
    """One emitted package, by its import name."""

    package: str

    def link(self) -> dict[str, Any]:
        """Read the link that the package carries."""
        data = importlib.resources.files(self.package).joinpath("link.json").read_bytes()
        link: dict[str, Any] = loads(data)
        return link

    def functions(self, link: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
        """Import the function of every node, numerical libraries with one thread."""
        found: dict[str, Callable[..., Any]] = {}
        with _one_thread_each():
            for node in link["nodes"]:
                module = importlib.import_module(f"{self.package}.nodes.{node['module']}")
                found[node["name"]] = getattr(module, node["function"])
        return found

    def run(
        self,
        inputs: Mapping[str, Any],
        params: Mapping[str, object] | None = None,
        *,
        jobs: int = 2,
        check: bool = False,
        observe: Observe | None = None,
    ) -> RunResult:
        """Run the graph on values as code sees them."""
        link = self.link()
        return run_graph(
            link,
            self.functions(link),
            inputs,
            run_params=params,
            jobs=jobs,
            check=check,
            observe=observe,
        )

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Run the graph on files: 0 when all is well, 1 when a node failed, 2 for a bad call."""
        options = _parser(self.package).parse_args(argv)
        try:
            with _one_thread_each():
                link = self.link()
                inputs = _read_inputs(options.input, link)
                params = _read_params(options.param, link)
                result = self.run(inputs, params, jobs=options.jobs, check=options.check)
                outputs = _write_outputs(result, link, options.out)
        except NodeFailed as failed:
            return _refuse(options.json, 1, str(failed), {"node": failed.node})
        except ModuleNotFoundError as missing:
            message = f"{missing}; install what the package requires into {sys.prefix}"
            return _refuse(options.json, 1, message, {})
        except (BadInput, _BadCall, OSError) as error:
            return _refuse(options.json, 2, str(error), {})
        _say(options.json, outputs, result)
        return 0


class _BadCall(ValueError):
    """An argument that names nothing or cannot be read."""


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Load numerical libraries with one thread and no other say of the caller's environment.

    Variables such as OPENBLAS_CORETYPE choose other kernels, whose sums differ in the last bits.
    Libraries that are loaded already keep what they have.
    """
    before = {name: value for name, value in os.environ.items() if name.startswith(_STEERING)}
    for name in before:
        del os.environ[name]
    os.environ.update(dict.fromkeys(_THREAD_LIMITS, "1"))
    try:
        yield
    finally:
        for name in _THREAD_LIMITS:
            os.environ.pop(name, None)
        os.environ.update(before)


def _parser(package: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {package}", allow_abbrev=False)
    for option, metavar, what in (
        ("--input", "PORT=FILE", "a graph input: canonical bytes, or .csv .tsv .parquet .jsonl"),
        ("--param", "NAME=VALUE", "a parameter bound at run"),
    ):
        parser.add_argument(option, action="append", default=[], metavar=metavar, help=what)
    parser.add_argument("--out", metavar="DIR", type=Path, help="where the outputs are written")
    parser.add_argument("--jobs", type=_at_least_one, default=2, help="nodes that run at one time")
    parser.add_argument("--check", action="store_true", help="check every port of every node")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _pairs(arguments: Sequence[str], option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals:
            raise _BadCall(f"{option} takes NAME=VALUE, not {argument!r}")
        if name in found:
            raise _BadCall(f"{option} {name} stands twice")
        found[name] = value
    return found


def _read_inputs(arguments: Sequence[str], link: Mapping[str, Any]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for name, path in _pairs(arguments, "--input").items():
        schema = link["inputs"].get(name)
        if schema is None:
            known = ", ".join(link["inputs"]) or "none"
            raise _BadCall(f"there is no input {name!r}; the graph's inputs: {known}")
        try:
            inputs[name] = intake.read(Path(path).read_bytes(), schema, path)
        except ValueError as error:
            raise _BadCall(f"input {name}: {error}") from None
    return inputs


def _read_params(arguments: Sequence[str], link: Mapping[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Schema] = {}
    for node in link["nodes"]:
        for name, schema in (node.get("run_params") or {}).items():
            schemas[f"{node['name']}.{name}"] = schema
            schemas.setdefault(name, schema)
    params: dict[str, Any] = {}
    for name, text in _pairs(arguments, "--param").items():
        if name not in schemas:
            known = ", ".join(sorted(schemas)) or "none"
            raise _BadCall(f"there is no run parameter {name!r}; known: {known}")
        params[name] = _param(name, text, schemas[name])
    return params


def _param(name: str, text: str, schema: Schema) -> Any:
    """Read a parameter as typed: bare words for text, enums, dates and decimals, else JSON."""
    plain = stripped(schema)
    if kind(plain) == "enum" and text in plain["enum"]:
        return text
    bare = kind(plain) in ("text", "date", "decimal")
    data = json.dumps(text).encode() if bare else text.encode()
    try:
        if kind(schema) == "text":
            return text
        return codec.decode(data, schema)
    except ValueError as error:
        raise _BadCall(f"parameter {name}: {error}") from None


def _write_outputs(
    result: RunResult, link: Mapping[str, Any], out: Path | None
) -> dict[str, dict[str, str | None]]:
    """Write each graph output's canonical bytes, when there is a folder for them."""
    written: dict[str, dict[str, str | None]] = {}
    for name, source in link["outputs"].items():
        schema = _schema_of(source, link)
        path = None
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            path = out / f"{name}{_SUFFIXES.get(kind(stripped(schema)), '.json')}"
            path.write_bytes(codec.encode(result.outputs[name], schema))
        sha256, _ = codec.digest(result.outputs[name], schema)
        written[name] = {"sha256": sha256, "path": None if path is None else str(path)}
    return written


def _schema_of(source: str, link: Mapping[str, Any]) -> Schema:
    node, _, port = source.rpartition(".")
    if not node:
        schema: Schema = link["inputs"][port]
        return schema
    outputs = next(raw["outputs"] for raw in link["nodes"] if raw["name"] == node)
    found: Schema = outputs[port]
    return found


def _say(as_json: bool, outputs: Mapping[str, Any], result: RunResult) -> None:
    if as_json:
        document = {"status": "ok", "outputs": outputs, "tasks": result.tasks}
        sys.stdout.write(json.dumps(document, sort_keys=True) + "\n")
        return
    for name, written in outputs.items():
        where = f"  {written['path']}" if written["path"] else ""
        sys.stdout.write(f"{name}  {written['sha256']}{where}\n")


def _refuse(as_json: bool, code: int, message: str, facts: Mapping[str, str]) -> int:
    if as_json:
        document = {"status": "failed", "message": message, **facts, "outputs": {}, "tasks": []}
        sys.stdout.write(json.dumps(document, sort_keys=True) + "\n")
    sys.stderr.write(f"error: {message}\n")
    return code
