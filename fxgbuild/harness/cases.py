"""Examples and hidden cases: calls with recorded inputs, compared with recorded outputs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from fxgbuild.harness import compare, literal
from fxgbuild.harness.candidate import Candidate, CandidateError, SchemaViolation, Unusable
from fxgbuild.harness.threshold import Threshold, equal
from fxgbuild.harness.trial import Planned, Trial, shortened
from fxgbuild.runtime import codec

Json: TypeAlias = Any

_MAX_DIFFERENCES = 5
_MAX_INPUTS = 160


@dataclass(frozen=True, slots=True)
class Case:
    """One recorded call; `broken` says why it cannot be used."""

    planned: Planned
    inputs: Mapping[str, Any]
    params: Mapping[str, Any]
    outputs: Mapping[str, Any]
    within: float | None
    broken: str = ""


def read_cases(file: Path, kind: str, target: Json) -> list[Case]:
    """Read a JSON list, or one JSON document per line."""
    text = file.read_text(encoding="utf-8")
    try:
        lines = json.loads(text) if file.suffix == ".json" else _lines(text)
    except ValueError as error:
        planned = Planned(file.name, kind)
        return [Case(planned, {}, {}, {}, None, f"{file.name} is not JSON: {error}")]
    return [_case(index, line, kind, target) for index, line in enumerate(lines)]


def _lines(text: str) -> list[Json]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _case(index: int, line: Json, kind: str, target: Json) -> Case:
    name = str(line.get("name") or f"{kind}[{index}]")
    planned = Planned(name, kind)
    try:
        inputs = _values(line["inputs"], target["inputs"], "input")
        outputs = _values(line["outputs"], target["outputs"], "output")
    except (KeyError, TypeError, ValueError) as error:
        return Case(planned, {}, {}, {}, None, f"{name} cannot be read: {error}")
    params = {**target["params"], **line.get("params", {})}
    return Case(planned, inputs, params, outputs, line.get("within"))


def _values(given: Mapping[str, Json], schemas: Mapping[str, Any], side: str) -> dict[str, Any]:
    values = {}
    for port, value in given.items():
        if port not in schemas:
            raise ValueError(f"there is no {side} port {port}")
        try:
            values[port] = literal.read(value, schemas[port])
        except ValueError as error:
            raise ValueError(f"{side} port {port}: {error}") from None
    return values


def run_case(case: Case, candidate: Candidate, target: Json) -> Trial:
    """Call the code and compare every port the case expects."""
    if case.broken:
        return _trial(case.planned, "error", case.broken)
    try:
        found = _ports(candidate(**case.inputs, **case.params), target["outputs"])
    except Unusable as error:
        return _trial(case.planned, "failed", str(error), died=error.died)
    except (CandidateError, SchemaViolation, TypeError) as error:
        return _trial(case.planned, "failed", str(error))
    lines: list[str] = []
    for port, expected in case.outputs.items():
        schema = target["outputs"][port]
        lines += compare.differences(expected, found[port], schema, case.within, port)
    return _trial(case.planned, "failed" if lines else "passed", _joined(lines))


def run_hidden(
    case: Case,
    candidate: Candidate,
    target: Json,
    threshold: Threshold,
    again: Callable[[], None],
) -> Trial:
    """Call the code once for a threshold: whatever goes wrong is a missed case and no more."""
    if case.broken:
        return _trial(case.planned, "error", case.broken)
    found: dict[str, Any] | None = None
    try:
        found = _ports(candidate(**case.inputs, **case.params), target["outputs"])
        lines = _unmet(case, found, target["outputs"], threshold.metric)
    except Unusable as error:
        lines = [str(error)]
        if error.died:
            again()
    except (CandidateError, SchemaViolation, TypeError, ValueError) as error:
        lines = [str(error)]
    threshold.add(case.outputs, found, not lines)
    if not lines:
        return _trial(case.planned, "passed", "")
    inputs = repr(dict(case.inputs))
    cut = inputs if len(inputs) <= _MAX_INPUTS else f"{inputs[:_MAX_INPUTS]}..."
    told = "; ".join(" ".join(line.split())[:200] for line in lines[:_MAX_DIFFERENCES])
    return _trial(case.planned, "missed", f"{told}; inputs {cut}")


def _unmet(
    case: Case, found: Mapping[str, Any], outputs: Mapping[str, Any], metric: str
) -> list[str]:
    """Where a case is not met: within tolerances, or by canonical value."""
    lines: list[str] = []
    for port, expected in case.outputs.items():
        if metric == "within":
            lines += compare.differences(expected, found[port], outputs[port], case.within, port)
        elif not equal(expected, found[port], outputs[port]):
            lines += compare.differences(expected, found[port], outputs[port], 0.0, port) or [
                f"{port}: not the same value"
            ]
    return lines


def _ports(value: Any, outputs: Mapping[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(outputs, value) if len(outputs) == 1 else value._asdict()


def _joined(lines: list[str]) -> str:
    more = len(lines) - _MAX_DIFFERENCES
    return "\n".join([*lines[:_MAX_DIFFERENCES], *([f"... {more} more"] if more > 0 else [])])


def _trial(planned: Planned, outcome: str, message: str, *, died: bool = False) -> Trial:
    return Trial(planned.name, planned.kind, outcome, planned.doc, shortened(message), died=died)


DETERMINISTIC = Planned(
    "deterministic", "property", "The same input gives the same bytes, time after time."
)


def run_twice(case: Case, candidate: Candidate, target: Json) -> Trial:
    """Call twice with one input and compare bytes."""
    outputs = target["outputs"]
    try:
        runs = [_ports(candidate(**case.inputs, **case.params), outputs) for _ in range(2)]
        first, second = (
            {port: codec.encode(ports[port], outputs[port]) for port in outputs} for ports in runs
        )
    except Unusable as error:
        return _trial(DETERMINISTIC, "failed", str(error), died=error.died)
    except (CandidateError, SchemaViolation, TypeError, ValueError) as error:
        return _trial(DETERMINISTIC, "failed", str(error))
    differ = [port for port in outputs if first[port] != second[port]]
    message = f"two calls with one input differ in {', '.join(differ)}" if differ else ""
    return _trial(DETERMINISTIC, "failed" if differ else "passed", message)
