"""Writes a package's `__init__`: a typed function for every node, and `run` for the graph.

Annotations are copied from the rendered modules; the names in them are imported for type
checkers only, so that importing the package imports no numerical library.
"""

import keyword
from collections.abc import Mapping
from typing import Any

from fxgbuild.emit.annotation import Annotations, imports_for
from fxgbuild.emit.signature import call, header, signature_of
from fxgbuild.runtime.schema import Schema, inner, is_optional, kind

_RESERVED = frozenset({"run", "nodes", "annotations", "NodeFailed", "RunResult", "typing"})
_OPTIONS = {
    "params": "_t.Mapping[str, object] | None = None",
    "jobs": "int = 2",
    "check": "bool = False",
    "observe": "_Observe | None = None",
}
_TYPES = {
    "text": "str",
    "bytes": "bytes",
    "boolean": "bool",
    "integer": "int",
    "number": "float",
    "date": "_datetime.date",
    "decimal": "_decimal.Decimal",
    "record": "dict[str, _t.Any]",
    "state": "dict[str, _t.Any]",
    "table": "_t.Any",
}


def facade(link: Mapping[str, Any], sources: Mapping[str, str], summary: str, version: str) -> str:
    """Give the source of `__init__.py`; `sources` are the modules as they stand in `nodes`."""
    functions: dict[str, str] = {}
    needed = Annotations()
    for node in link["nodes"]:
        name = python_name(node["name"])
        if name in functions:
            raise ValueError(f"two nodes would both be the function {name}")
        functions[name] = _function(name, node, sources[node["module"]], needed)
    body = "\n\n".join([_run(link), *functions.values()])
    listing = [f"- {name}" for name in functions]
    exported = ", ".join(f'"{name}"' for name in sorted({*functions, "run", *_CLASSES}))
    return (
        _docstring("\n".join([summary, "", "Nodes:", "", *listing]), "")
        + "\nfrom __future__ import annotations\n\nimport typing as _t\n\n"
        + "from ._runtime.artifact import Artifact as _Artifact\n"
        + "from ._runtime.scheduler import NodeFailed, RunResult\n\n"
        + "if _t.TYPE_CHECKING:\n"
        + "".join(f"    {line}\n" for line in _imports(body, needed))
        + f'\n__all__ = [{exported}]\n__version__ = "{version}"\n'
        + f"\n_ARTIFACT = _Artifact(__name__)\n\n\n{body}"
    )


def python_name(node: str) -> str:
    """Give the name of a node's function in the package."""
    name = node.replace("-", "_")
    if keyword.iskeyword(name) or name in _RESERVED:
        name += "_"
    if not name.isidentifier() or name.startswith("_"):
        raise ValueError(f"the node name {node!r} makes no function name")
    return name


_CLASSES = ("NodeFailed", "RunResult")

_IMPORTS = {
    "_datetime.": "import datetime as _datetime",
    "_decimal.": "import decimal as _decimal",
    "_np.": "import numpy as _np",
    "_npt.": "import numpy.typing as _npt",
}


def _imports(body: str, needed: Annotations) -> list[str]:
    """Give what only type checkers import."""
    own = [statement for prefix, statement in _IMPORTS.items() if prefix in body]
    return [*own, *imports_for(needed), "from ._runtime.scheduler import Observe as _Observe"]


def _docstring(text: str, indent: str) -> str:
    escaped = text.strip().replace("\\", "\\\\").replace('"', '\\"').splitlines()
    lines = [escaped[0], *(f"{indent}{line}".rstrip() for line in escaped[1:])]
    end = f"\n{indent}" if len(lines) > 1 else ""
    return f'{indent}"""' + "\n".join(lines) + f'{end}"""\n'


def _function(name: str, node: Mapping[str, Any], source: str, needed: Annotations) -> str:
    signature = signature_of(source, node["function"], node["module"], needed)
    bound = {**_defaults(node.get("run_params") or {}), **(node.get("params") or {})}
    doc = signature.doc.strip() or f"Run the node {node['name']}."
    return (
        f"{header(name, signature, bound)}\n{_docstring(doc, '    ')}"
        f"    from .nodes.{node['module']} import {node['function']} as _function\n\n"
        f"    return _function({call(signature)})\n"
    )


def _defaults(schemas: Mapping[str, Schema]) -> dict[str, Any]:
    return {name: schema["default"] for name, schema in schemas.items() if "default" in schema}


def _run(link: Mapping[str, Any]) -> str:
    inputs: Mapping[str, Schema] = link["inputs"]
    params = _run_params(link, inputs)
    options = {name: text for name, text in _OPTIONS.items() if name not in {*inputs, *params}}
    given = [_argument(name, schema) for name, schema in {**inputs, **params}.items()]
    given += [f"{name}: {text}" for name, text in options.items()]
    arguments = "".join(f"    {argument},\n" for argument in given)
    passed = ", ".join(f'"{name}": {name}' for name in inputs)
    further_params = ["**(params or {})"] if "params" in options else []
    bound = ", ".join([*(f'"{name}": {name}' for name in params), *further_params])
    further = "".join(f", {name}={name}" for name in options if name != "params")
    return (
        f"def run(\n    *,\n{arguments}) -> RunResult:\n"
        '    """Run the graph; the outputs by name are in the result\'s `outputs`."""\n'
        f"    return _ARTIFACT.run({{{passed}}}, {{{bound}}}{further})\n"
    )


def _run_params(link: Mapping[str, Any], inputs: Mapping[str, Schema]) -> dict[str, Schema]:
    """Give the run parameters by their short names; of several schemas for one, a free one."""
    found: dict[str, Schema] = {}
    for node in link["nodes"]:
        for name, schema in (node.get("run_params") or {}).items():
            if name not in inputs:
                same = name not in found or found[name] == schema
                found[name] = schema if same else {"type": "object"}
    return dict(sorted(found.items()))


def _argument(name: str, schema: Schema) -> str:
    if "default" in schema:
        return f"{name}: {_type(schema)} = {schema['default']!r}"
    return f"{name}: {_type(schema)}{' = None' if is_optional(schema) else ''}"


def _type(schema: Schema) -> str:
    name = kind(schema)
    if name == "optional":
        return f"{_type(inner(schema))} | None"
    if name == "list":
        return f"list[{_type(schema['items'])}]"
    if name == "array":
        dtype = schema["array"]["dtype"]
        return f"_npt.NDArray[_np.{'bool_' if dtype == 'bool' else dtype}]"
    if name == "enum":
        choices = schema["enum"]
        return f"_t.Literal[{', '.join(map(repr, choices))}]"
    return _TYPES[name]
