"""The tabular graph, wired from its file, meets its examples, hidden cases and acceptance.

Every node runs the rule set's reference implementation, so a spec, a case and a property cannot
contradict one another without a test failing here; what a model wrote is in test_tabular_built.
"""

import base64
import inspect
import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.examples.package import load

ROOT = Path(__file__).parents[2]
TABULAR = ROOT / "examples" / "tabular"
GRAPH = yaml.safe_load((TABULAR / "fxg.yaml").read_text("utf-8"))
RULES = tomllib.loads((ROOT / "rules" / "tabular" / "rules.toml").read_text("utf-8"))


def snake(task):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in task).lstrip("_")


def task_of(node):
    return GRAPH["nodes"][node]["task"].split(".")[1]


def rule_of(node):
    return RULES["tasks"][task_of(node)]


def params_of(node, overrides=()):
    declared = rule_of(node).get("params", {})
    values = {name: parameter["default"] for name, parameter in declared.items()}
    return values | GRAPH["nodes"][node].get("params", {}) | dict(overrides)


def outputs_of(node, inputs, overrides=()):
    """Run a right implementation of the node's task and return its outputs by port."""
    path = ROOT / "rules" / "tabular" / "faults" / f"{snake(task_of(node))}.py"
    result = load(path, f"graph_{path.stem}").reference(**inputs, **params_of(node, overrides))
    ports = list(rule_of(node)["outputs"])
    return {ports[0]: result} if len(ports) == 1 else dict(zip(ports, result, strict=True))


def value(port, found):
    """What code sees of a case's JSON."""
    if port == "file":
        return base64.b64decode(found)
    if port in ("cells", "features"):
        return pd.DataFrame(found)
    if port == "model":
        return {name: np.asarray(part, dtype=float) for name, part in found.items()}
    return np.asarray(found) if isinstance(found, list) else found


def plain(found):
    if isinstance(found, pd.DataFrame):
        return {name: found[name].tolist() for name in found}
    return found


def same(got, wanted, within):
    got = plain(got)
    if isinstance(wanted, dict):
        return got.keys() == wanted.keys() and all(same(got[k], wanted[k], within) for k in got)
    if isinstance(wanted, list) and wanted and isinstance(wanted[0], str):
        return got == wanted
    got, wanted = np.asarray(got), np.asarray(wanted)
    return got.shape == wanted.shape and np.allclose(got, wanted, rtol=0, atol=within)


def cases():
    """Every shown example and hidden case of every node."""
    for name, node in GRAPH["nodes"].items():
        for at, example in enumerate(node.get("examples", ())):
            yield pytest.param(name, example, id=f"{name}-example-{at}")
        text = (TABULAR / node["acceptance"]["cases"]).read_text("utf-8")
        for line in map(json.loads, text.splitlines()):
            yield pytest.param(name, line, id=f"{name}-{line['name']}".replace(" ", "-"))


@pytest.mark.parametrize(("node", "case"), list(cases()))
def test_examples_and_hidden_cases_hold_for_a_right_implementation(node, case):
    inputs = {port: value(port, found) for port, found in case["inputs"].items()}
    outputs = outputs_of(node, inputs, case.get("params", {}))
    for port, wanted in case["outputs"].items():
        assert same(outputs[port], wanted, case.get("within", 0.0)), port


class Run:
    """The fixture that graph acceptance tests are given, here without a sandbox."""

    def __init__(self):
        self.cases = tuple(GRAPH["data"])
        self.values = {case: self.run(GRAPH["data"][case]) for case in self.cases}

    def run(self, files):
        values = {
            "csv": (TABULAR / files["csv"]["path"]).read_bytes(),
            "about": json.loads((TABULAR / files["about"]["path"]).read_text("utf-8")),
        }
        for node in GRAPH["nodes"]:  # they stand in the order in which they run
            sources = {edge["to"]: edge["from"] for edge in GRAPH["edges"]}
            inputs = {port: values[sources[f"{node}.{port}"]] for port in rule_of(node)["inputs"]}
            outputs = outputs_of(node, inputs)
            values |= {f"{node}.{port}": found for port, found in outputs.items()}
        return values

    @staticmethod
    def params(function):
        """The parameters of the node that runs a function."""
        return params_of(Run.port(function, "").rstrip("."))

    @staticmethod
    def port(function, port):
        """Name a port by the function of its node, as the harness does."""
        named = {snake(task_of(node)): node for node in GRAPH["nodes"]}
        return f"{named[function]}.{port}"

    def value(self, case, port):
        return self.values[case][port]

    @staticmethod
    def path(name):
        assert name in GRAPH["acceptance"]["data"]
        return TABULAR / name


@pytest.fixture(scope="module")
def graph():
    return Run()


ACCEPTANCE = load(TABULAR / "acceptance" / "test_metrics.py", "tabular_acceptance")
expected = ACCEPTANCE.expected  # the acceptance tests' own fixture
TESTS = [
    test
    for name, test in inspect.getmembers(ACCEPTANCE, inspect.isfunction)
    if name.startswith("test_")
]


@pytest.mark.slow
@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.__name__)
def test_acceptance_holds_for_right_implementations(test, graph, expected):
    fixtures = {"graph": graph, "expected": expected}
    test(**{name: fixtures[name] for name in inspect.signature(test).parameters})


def test_every_edge_is_an_invocation_that_the_rule_set_allows():
    for edge in GRAPH["edges"]:
        if "." in edge["from"]:
            source, target = edge["from"].split(".")[0], edge["to"].split(".")[0]
            allowed = {rule["task"]: rule["call"] for rule in rule_of(source)["invokes"]}
            assert edge.get("call", "sync") in allowed[GRAPH["nodes"][target]["task"]], edge


def test_every_input_port_is_fed_once():
    fed = sorted(edge["to"] for edge in GRAPH["edges"])
    ports = sorted(f"{node}.{port}" for node in GRAPH["nodes"] for port in rule_of(node)["inputs"])
    assert fed == ports
