"""Runs one node once: its hooks, its function with retries, the checks and the measures.

Knows nothing of other nodes; everything it needs is handed in.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import codec
from .check import check_ports
from .freeze import fields, freeze, scale
from .graph import Node
from .hooks import Ports, run_hooks
from .retry import Interrupted, attempt
from .schema import Schema
from .settle import settle


class NodeFailed(Exception):
    """A node did not give its outputs; says which node, which port where it was one, and why."""

    def __init__(self, node: str, message: str, port: str = "") -> None:
        super().__init__(f"node {node} failed: {message}")
        self.node = node
        self.message = message
        self.port = port


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for every node of one run."""

    run_params: Mapping[str, Mapping[str, object]]
    check: bool
    started: float
    sleep: Callable[[float], None]
    pin: Callable[[], None]


@dataclass(slots=True)
class Measures:
    """What is measured while a node runs."""

    start_s: float
    attempts: int = 0
    recorded: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The values of a node's output ports and the report of its run."""

    values: Mapping[str, Any]
    task: dict[str, Any]


# The values that reached each input port, with the factor of the edge each one came by.
Delivered = Mapping[str, list[tuple[Any, float]]]


def invoke(
    node: Node,
    function: Callable[..., Any],
    delivered: Delivered,
    setting: Setting,
    tell: Callable[[str, str, object], None],
) -> Outcome:
    """Run a node; raises NodeFailed, whatever its function did, or Interrupted."""
    try:
        return _invoke(node, function, delivered, setting, tell)
    except (NodeFailed, Interrupted):
        raise
    except BaseException as error:
        raise NodeFailed(node.name, f"{type(error).__name__}: {error}") from error


def _invoke(
    node: Node,
    function: Callable[..., Any],
    delivered: Delivered,
    setting: Setting,
    tell: Callable[[str, str, object], None],
) -> Outcome:
    measures = Measures(start_s=time.monotonic() - setting.started)
    params = {**node.params, **setting.run_params[node.name]}
    inputs = _inputs(node, delivered)
    dims: dict[str, int] = {}
    if setting.check:
        _check(node, "input", inputs, dims, params)
    _hooks(node, "before", Ports(node.name, inputs, node.inputs, params, "before", dims), measures)

    def call() -> Any:
        if node.policy.timeout_s is not None:
            setting.pin()  # this try has a thread of its own
        return function(**{port: freeze(value) for port, value in inputs.items()}, **params)

    def before(number: int) -> None:
        measures.attempts = number
        tell("start", node.name, number)

    began = time.monotonic()
    result = attempt(call, node.policy, setting.sleep, before)
    wall_s = time.monotonic() - began
    values = _outputs(node, result)
    if setting.check:
        _check(node, "output", values, dims, params)
    _hooks(node, "after", Ports(node.name, values, node.outputs, params, "after", dims), measures)
    return Outcome(values, _task(node, values, measures, wall_s))


def _inputs(node: Node, delivered: Delivered) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for port, schema in node.inputs.items():
        values = [scale(value, factor) for value, factor in delivered.get(port, [])]
        join = node.joins.get(port)
        if join is None:
            inputs[port] = None
        else:
            value = values if join.as_list else values[0]
            inputs[port] = freeze(_settled(node, "input", port, value, schema))
    return inputs


def _outputs(node: Node, result: Any) -> dict[str, Any]:
    try:
        found = fields(result, node.outputs)
    except ValueError as error:
        raise NodeFailed(node.name, f"the result: {error}") from None
    return {
        port: freeze(_settled(node, "output", port, value, node.outputs[port]))
        for port, value in found.items()
    }


def _settled(node: Node, side: str, port: str, value: Any, schema: Schema) -> Any:
    try:
        return settle(value, schema)
    except ValueError as error:
        raise NodeFailed(node.name, f"{side} port {node.name}.{port}: {error}", port) from None


def _check(
    node: Node,
    side: str,
    values: Mapping[str, Any],
    dims: dict[str, int],
    params: Mapping[str, object],
) -> None:
    schemas = node.inputs if side == "input" else node.outputs
    for port, faults in check_ports(values, schemas, dims, params).items():
        text = f"{side} port {node.name}.{port}: {'; '.join(faults)}"
        raise NodeFailed(node.name, text, port)


def _hooks(node: Node, when: str, ports: Ports, measures: Measures) -> None:
    run_hooks(list(node.hooks), ports)
    if ports.digests:
        measures.recorded[when] = ports.digests


def _task(
    node: Node, values: Mapping[str, Any], measures: Measures, wall_s: float
) -> dict[str, Any]:
    digests, total = {}, 0
    for port, schema in node.outputs.items():
        try:
            digests[port], size = codec.digest(values[port], schema)
        except ValueError as error:
            text = f"output port {node.name}.{port}: {error}"
            raise NodeFailed(node.name, text, port) from None
        total += size
    task: dict[str, Any] = {
        "node": node.name,
        "start_s": round(measures.start_s, 6),
        "wall_s": round(wall_s, 6),
        "attempts": measures.attempts,
        "bytes": total,
        "digests": digests,
    }
    if measures.recorded:
        task["recorded"] = measures.recorded
    return task
