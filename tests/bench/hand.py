"""The four tools by hand on the same code and tests: unsandboxed, once each, with empty caches.

Writes what a person would: the rendered modules in one folder, the same properties, examples and
hidden cases as plain pytest files beside them.
"""

import json
import shutil
import sys
from pathlib import Path

import yaml

CONFTEST = '''
"""Give every test file the function of the node it is named after."""
import importlib
import json
from pathlib import Path

import hypothesis
import pytest

HERE = Path(__file__).parent
NODES = json.loads((HERE / "nodes.json").read_text())
hypothesis.settings.register_profile(
    "hand",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("hand")


def node_of(request):
    return NODES[request.path.parent.name]


@pytest.fixture
def candidate(request):
    node = node_of(request)
    return getattr(importlib.import_module("code_under_test." + node["name"]), node["function"])


@pytest.fixture
def params(request):
    return dict(node_of(request)["params"])


@pytest.fixture
def node(request):
    return node_of(request)
'''

CASES = '''
"""The node's examples and hidden cases."""
import json
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
CASES = json.loads((HERE / "cases.json").read_text())


def value(schema, plain):
    if "array" in schema:
        return np.array(plain, dtype=schema["array"]["dtype"])
    if "state" in schema:
        return {name: value(part, plain[name]) for name, part in schema["state"].items()}
    return plain


def compare(got, wanted, within):
    if isinstance(wanted, dict):
        for name in wanted:
            compare(got[name], wanted[name], within)
    else:
        np.testing.assert_allclose(got, wanted, rtol=0, atol=within)


@pytest.mark.parametrize("case", CASES)
def test_case(case, candidate, params, node):
    inputs = {name: value(node["inputs"][name], plain) for name, plain in case["inputs"].items()}
    found = candidate(**inputs, **{**params, **case.get("params", {})})
    for port, wanted in case["outputs"].items():
        got = getattr(found, port) if len(node["outputs"]) > 1 else found
        compare(got, value(node["outputs"][port], wanted), case.get("within", 1e-9))
'''


def write(repository, workspace, target, plan):
    """Lay out code and tests; `plan` is what the built workspace says of its nodes."""
    code = target / "code_under_test"
    shutil.copytree(workspace / ".fxgbuild/out/eeg", code)
    (code / "__init__.py").touch()
    graph = yaml.safe_load((workspace / "examples/eeg/fxg.yaml").read_text())
    (target / "conftest.py").write_text(CONFTEST)
    (target / "nodes.json").write_text(json.dumps({f"at_{n}": facts for n, facts in plan.items()}))
    for name, facts in plan.items():
        folder = target / f"at_{name}"
        folder.mkdir()
        (folder / "__init__.py").touch()
        shutil.copy(repository / facts["properties"], folder)
        node = graph["nodes"][name]
        cases = list(node.get("examples", ()))
        if "acceptance" in node:
            path = workspace / "examples/eeg" / node["acceptance"]["cases"]
            cases += [json.loads(line) for line in path.read_text().splitlines()]
        if cases:
            (folder / "cases.json").write_text(json.dumps(cases))
            (folder / f"test_cases_{name}.py").write_text(CASES)
    (target / "mypy.ini").write_text("[mypy]\nstrict = true\nignore_missing_imports = true\n")


def commands(python=sys.executable):
    """The four commands as typed; each starts from no cache."""
    own = "code_under_test"
    return {
        "ruff": [python, "-m", "ruff", "check", "--isolated", "--no-cache", own],
        "mypy": [python, "-m", "mypy", "--config-file", "mypy.ini", own],
        "bandit": [python, "-m", "bandit", "-q", "-r", own],
        "pytest": [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
    }


def empty_caches(target):
    for name in (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"):
        shutil.rmtree(target / name, ignore_errors=True)
    for path in Path(target).rglob("__pycache__"):
        shutil.rmtree(path, ignore_errors=True)
