"""The tables' metrics beside the analyses by hand: a made part of docs/results.md."""

import importlib.util
import json
import math
import tempfile
from pathlib import Path

from .pages import ROOT

HOME = ROOT / "examples" / "tabular"
CASES = ("wine", "adult", "breast_cancer")
FLOOR = -12  # below it, differences are another machine's rounding


def baseline_metrics():
    """The metrics of each table by the hand-written analyses."""
    spec = importlib.util.spec_from_file_location("tabular_baseline", HOME / "baseline.py")
    baseline = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(baseline)
    return {case: baseline.run_table(case)["metrics"] for case in CASES}


def run_metrics(folder):
    """The metrics of each table that a run left in a folder."""
    return {
        case: json.loads((folder / f"{case}-metrics.json").read_text("utf-8")) for case in CASES
    }


def metrics(type_command):
    """What the graph computes, beside the analyses by hand."""
    with tempfile.TemporaryDirectory() as folder:
        type_command("run", "//tabular", "--out", folder)
        return metrics_table(run_metrics(Path(folder)), baseline_metrics())


def metrics_table(found, expected):
    """One row a metric; for each table the graph's figure, the baseline's and their difference."""
    lines = [
        "| metric | " + " | ".join(f"{c}, graph | {c}, baseline" for c in CASES) + " |",
        "| --- |" + " ---: |" * (2 * len(CASES)),
    ]
    for name in expected[CASES[0]]:
        cells = [_figure(values[case][name]) for case in CASES for values in (found, expected)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    worst = difference(found, expected)
    return "\n".join(lines) + f"\n\nNo figure differs from the baseline's by more than {worst}.\n"


def difference(found, expected):
    """The largest difference of two metrics, as the next power of ten."""
    gaps = [
        abs(found[case][name] - value)
        for case, values in expected.items()
        for name, value in values.items()
    ]
    most = max(gaps)
    exponent = max(math.ceil(math.log10(most)), FLOOR) if most else FLOOR
    return f"1e{exponent}"


def _figure(value):
    return f"{value:.3f}" if isinstance(value, float) else str(value)
