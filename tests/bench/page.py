"""Recorded results as the documents show them: one JSON file, a table for each scenario."""

import json
from pathlib import Path

RECORD = Path(__file__).parents[2] / "docs" / "benchmarks.json"
ORDER = ("cold", "null", "edit", "scale", "run")


def record(result, path=RECORD):
    """Put a result in place of the scenario's earlier one; sizes it did not measure stay."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    earlier = known.get(result["scenario"])
    if earlier and earlier["machine"]["date"] == result["machine"]["date"]:
        measured = {(row["shape"], row["n"]) for row in result["rows"]}
        kept = [row for row in earlier["rows"] if (row["shape"], row["n"]) not in measured]
        result = result | {
            "rows": sorted([*kept, *result["rows"]], key=lambda row: (row["n"], row["shape"])),
            "ratios": _of_the_largest(earlier["ratios"] | result["ratios"]),
            "versions": earlier.get("versions", {}) | result.get("versions", {}),
        }
    known[result["scenario"]] = result
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


def _of_the_largest(ratios):
    """A ratio without a size is that of the largest size measured."""
    sizes = {}
    for name in ratios:
        base, _, size = name.rpartition("_")
        if size.isdigit() and base in ratios:
            sizes.setdefault(base, []).append(int(size))
    return ratios | {base: ratios[f"{base}_{max(found)}"] for base, found in sizes.items()}


def tables(path=RECORD):
    """What was recorded, scenario by scenario."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    parts = [_scenario(known[name]) for name in ORDER if name in known]
    return "\n".join(parts) if parts else "Nothing is recorded yet.\n"


def _scenario(result):
    machine = result["machine"]
    lines = [
        f"**`{result['scenario']}`**, {machine['date']}: {machine['system']}, "
        f"{machine['cores']} cores, Python {machine['python']}, load average "
        f"{machine['load_before']} before and {machine['load_after']} after.",
        "",
        "| shape | nodes | what | median | processor | peak | runs |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [_row(row) for row in result["rows"]]
    lines += ["", "| ratio | value |", "| --- | ---: |"]
    lines += [f"| `{name}` | {value:.2f} |" for name, value in result["ratios"].items()]
    notes = [f"{name} was not installed." for name in result.get("missing", ())]
    notes += [
        f"{one['tool']} is left out at {one['shape']} {one['n']}: {one['why']}."
        for one in result.get("left_out", ())
    ]
    if result.get("versions"):
        versions = ", ".join(f"{name} {text}" for name, text in result["versions"].items())
        notes.append(f"Versions, as they say of themselves: {versions}.")
    return "\n".join([*lines, *(["", " ".join(notes)] if notes else []), ""])


def _row(row):
    peak = f"{row['peak_mb']} MB"
    if "server_mb" in row:
        peak += f", server {row['server_mb']} MB"
    return (
        f"| {row['shape']} | {row['n']:,} | {row['tool']} | {_time(row['median_s'])} "
        f"| {_time(row['cpu_s'])} | {peak} | {row['runs']} |"
    )


def _time(seconds):
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
