"""`python -m tests.bench cold [--runs 3] [--json]`: times as ratios to peers in the same run."""

import argparse
import json
import sys

from tests.bench import cold

SCENARIOS = {"cold": cold.measure}


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--runs", type=int, default=3, help="times each side is run, by turns")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    result = SCENARIOS[options.scenario](
        options.runs, say=lambda text: print(text, file=sys.stderr)
    )
    if options.json:
        print(json.dumps(result, indent=2))
        return
    for row in result["rows"]:
        name, seconds, peak = row["tool"], row["median_s"], row["peak_mb"]
        print(f"{name:<26}{seconds:>8.2f} s{peak:>7} MB   median of {row['runs']}")
    for name, value in result["ratios"].items():
        print(f"{name:<26}{value:>8.2f}")


if __name__ == "__main__":
    main()
