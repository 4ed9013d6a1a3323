"""Thresholds: which metric fits which ports, and what else an acceptance with one must say."""

from collections.abc import Mapping

from fxgbuild.lang.fxg import AcceptanceDoc
from fxgbuild.lang.schema import Schema, show
from fxgbuild.runtime.schema import kind, stripped

LABELS = ("enum", "boolean", "text")


def threshold_problem(doc: AcceptanceDoc, outputs: Mapping[str, Schema] | None) -> tuple[str, str]:
    """What is wrong with a metric and its threshold, and what would do; two empty texts if nothing.

    `outputs` are the node's ports, None for a graph.
    """
    if doc.metric is None and doc.at_least is None:
        return "", ""
    if doc.metric is None or doc.at_least is None:
        given, lacking = ("metric", "at_least") if doc.metric else ("at_least", "metric")
        return f"`{given}` says nothing without `{lacking}`", "give both, or neither"
    if outputs is None:
        hint = "put it on the node whose answers are counted; every test of a graph must pass"
        return "a graph's acceptance has no threshold", hint
    if not doc.cases:
        return "a threshold is a share of `cases`, and there are none", "name a JSONL file of cases"
    return _labels(outputs) if doc.metric == "f1" else ("", "")


def _labels(outputs: Mapping[str, Schema]) -> tuple[str, str]:
    """Macro F1 needs one output port of labels, or of a record of labels."""
    hint = "`metric: exact` counts whole answers of any kind"
    if len(outputs) != 1:
        return f"f1 is of one output port, and there are {len(outputs)}", hint
    ((port, schema),) = outputs.items()
    inner = stripped(schema)
    fields = inner["properties"] if kind(inner) == "record" else {port: inner}
    for name, field in fields.items():
        if kind(stripped(field)) not in LABELS:
            return f"f1 counts labels (enum, bool, text), and `{name}` is {show(dict(field))}", hint
    return "", ""
