"""The EEG graph, wired from its file, meets its own examples, hidden cases and acceptance.

Plumbing runs from the templates; nodes with a hole run the rule sets' reference implementations.
So a spec, a case and a property cannot contradict one another without a test failing here.
"""

import inspect
import json
import tomllib
import warnings
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.examples.package import load

ROOT = Path(__file__).parents[2]
EEG = ROOT / "examples" / "eeg"
GRAPH = yaml.safe_load((EEG / "fxg.yaml").read_text("utf-8"))
RULES = {
    domain: tomllib.loads((ROOT / "rules" / domain / "rules.toml").read_text("utf-8"))
    for domain in ("signal", "learning")
}
DTYPES = {"labels": np.int64, "usable": np.bool_}


def rule_of(node):
    domain, task = GRAPH["nodes"][node]["task"].split(".")
    return RULES[domain]["tasks"][task]


def function_of(node):
    """Return a right implementation of the node's task."""
    domain, task = GRAPH["nodes"][node]["task"].split(".")
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in task).lstrip("_")
    return load(ROOT / "rules" / domain / "faults" / f"{snake}.py", f"graph_{snake}").reference


def params_of(node, overrides=()):
    declared = rule_of(node).get("params", {})
    values = {name: parameter["default"] for name, parameter in declared.items()}
    return values | GRAPH["nodes"][node].get("params", {}) | dict(overrides)


def outputs_of(node, inputs, overrides=()):
    """Run the node and return its outputs by port."""
    for value in inputs.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        result = function_of(node)(**inputs, **params_of(node, overrides))
    ports = list(rule_of(node)["outputs"])
    if len(ports) == 1:
        return {ports[0]: result}
    return {port: getattr(result, port) for port in ports}


def same(got, wanted, within):
    if isinstance(wanted, dict):
        return got.keys() == wanted.keys() and all(same(got[k], wanted[k], within) for k in got)
    got, wanted = np.asarray(got), np.asarray(wanted)
    return got.shape == wanted.shape and np.allclose(got, wanted, rtol=0, atol=within)


def cases():
    """Every shown example and hidden case of every node."""
    for name, node in GRAPH["nodes"].items():
        for at, example in enumerate(node.get("examples", ())):
            yield pytest.param(name, example, id=f"{name}-example-{at}")
        if "acceptance" in node:
            text = (EEG / node["acceptance"]["cases"]).read_text("utf-8")
            for line in map(json.loads, text.splitlines()):
                yield pytest.param(name, line, id=f"{name}-{line['name']}".replace(" ", "-"))


@pytest.mark.parametrize(("node", "case"), list(cases()))
def test_examples_and_hidden_cases_hold_for_a_right_implementation(node, case):
    inputs = {
        port: np.array(value, dtype=DTYPES.get(port, np.float64))
        for port, value in case["inputs"].items()
    }
    outputs = outputs_of(node, inputs, case.get("params", {}))
    for port, wanted in case["outputs"].items():
        assert same(outputs[port], wanted, case["within"]), port


class Run:
    """The fixture that graph acceptance tests are given, here without a sandbox."""

    def __init__(self):
        self.cases = tuple(GRAPH["data"])
        self.values = {case: self.run(GRAPH["data"][case]) for case in self.cases}

    def run(self, files):
        values = {port: (EEG / file["path"]).read_bytes() for port, file in files.items()}
        waiting = dict.fromkeys(GRAPH["nodes"])
        while waiting:
            ready = [node for node in waiting if self.inputs(node, values) is not None]
            assert ready, f"these wait for one another: {list(waiting)}"
            for node in ready:
                outputs = outputs_of(node, self.inputs(node, values))
                values |= {f"{node}.{port}": value for port, value in outputs.items()}
                del waiting[node]
        return values

    @staticmethod
    def inputs(node, values):
        sources = {
            edge["to"].split(".")[1]: edge["from"]
            for edge in GRAPH["edges"]
            if edge["to"].split(".")[0] == node
        }
        if not set(sources.values()) <= set(values):
            return None
        return {port: values[source] for port, source in sources.items()}

    @staticmethod
    def params(function):
        """The parameters of the node that runs a function."""
        return params_of(Run.port(function, "").rstrip("."))

    @staticmethod
    def port(function, port):
        """Name a port by the function of its node, as the harness does."""
        named = {node["task"].split(".")[1]: name for name, node in GRAPH["nodes"].items()}
        task = "".join(word.capitalize() for word in function.split("_"))
        return f"{named[task]}.{port}"

    def value(self, case, port):
        return self.values[case][port]

    @staticmethod
    def path(name):
        assert name in GRAPH["acceptance"]["data"]
        return EEG / name


@pytest.fixture(scope="module")
def graph():
    return Run()


ACCEPTANCE = load(EEG / "acceptance" / "test_features.py", "eeg_acceptance")
expected = ACCEPTANCE.expected  # the acceptance tests' own fixture


def acceptance_tests():
    for name, test in inspect.getmembers(ACCEPTANCE, inspect.isfunction):
        if name == "test_features_agree":
            for port, column in ACCEPTANCE.FEATURES.items():
                yield pytest.param(test, {"port": port, "name": column}, id=f"{name}-{port}")
        elif name.startswith("test_"):
            yield pytest.param(test, {}, id=name)


@pytest.mark.parametrize(("test", "values"), list(acceptance_tests()))
def test_acceptance_holds_for_right_implementations(test, values, graph, expected):
    fixtures = {"graph": graph, "expected": expected}
    wanted = {
        name: fixtures[name] for name in inspect.signature(test).parameters if name in fixtures
    }
    test(**wanted, **values)


def test_every_edge_is_an_invocation_that_the_rule_sets_allow():
    for edge in GRAPH["edges"]:
        if "." not in edge["from"]:
            continue
        source, target = edge["from"].split(".")[0], edge["to"].split(".")[0]
        allowed = {rule["task"]: rule["call"] for rule in rule_of(source)["invokes"]}
        assert edge.get("call", "sync") in allowed[GRAPH["nodes"][target]["task"]], edge


def test_every_input_port_is_fed_once():
    fed = sorted(edge["to"] for edge in GRAPH["edges"])
    ports = sorted(f"{node}.{port}" for node in GRAPH["nodes"] for port in rule_of(node)["inputs"])
    assert fed == ports
