"""`python -m tests.bench SCENARIO [--json]`: times as ratios to peers in the same run.

`python -m tests.bench make SHAPE N DIR` writes a synthetic workspace that builds without a model.
"""

import argparse
import datetime
import json
import os
import platform
import signal
import sys
from pathlib import Path

from tests.bench import cold, edit, null, page, run, scale, synthetic
from tests.bench.shapes import SHAPES

SCENARIOS = {"cold": cold, "null": null, "edit": edit, "scale": scale, "run": run}


def main(argv=None):
    options = _parser().parse_args(argv)
    if options.scenario == "make":
        _make(options.shape, options.n, options.dir)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are ended too
    begun = os.getloadavg()[0]
    result = SCENARIOS[options.scenario].measure(
        options, say=lambda text: print(text, file=sys.stderr, flush=True)
    )
    result = {"scenario": options.scenario, "machine": _machine(begun), **result}
    if options.record:
        page.record(result)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        _show(result)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="scenario", required=True, metavar="SCENARIO")
    for name, scenario in SCENARIOS.items():
        own = verbs.add_parser(
            name,
            help=scenario.__doc__.splitlines()[0].partition(": ")[2],
            description=scenario.__doc__,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        scenario.arguments(own)
        own.add_argument("--json", action="store_true", help="one JSON document on stdout")
        own.add_argument("--record", action="store_true", help="keep it in docs/benchmarks.json")
    make = verbs.add_parser("make", help="write a synthetic workspace that builds without a model")
    make.add_argument("shape", help=f"one of {', '.join(SHAPES)}")
    make.add_argument("n", type=int, help="how many nodes, 1 or more")
    make.add_argument("dir", type=Path, help="a folder that is empty or not there yet")
    return parser


def _make(shape, n, folder):
    """Write a workspace; what was asked wrongly is said, with exit code 2."""
    if shape not in SHAPES:
        _refuse(f"there is no shape {shape!r}; there are {', '.join(SHAPES)}")
    if n < 1:
        _refuse(f"a workspace of {n} nodes cannot be made; say 1 or more")
    if folder.exists() and not folder.is_dir():
        _refuse(f"{folder} is not a folder")
    if folder.is_dir() and any(folder.iterdir()):
        _refuse(f"{folder} is not empty; name a folder that is empty or not there yet")
    synthetic.make(shape, n, folder)
    print(f"{shape} of {n} nodes in {folder}; next: cd {folder} && fxgbuild build //...")


def _refuse(text):
    print(f"python -m tests.bench make: {text}", file=sys.stderr)
    raise SystemExit(2)


def _machine(begun):
    """What a reader needs to judge the figures; nothing that names the machine."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_before": round(begun, 1),
        "load_after": round(os.getloadavg()[0], 1),
    }


def _show(result):
    print(f"{'shape':<9}{'n':>7}  {'tool':<42}{'median':>10}{'cpu':>10}{'peak':>8}  runs")
    for row in result["rows"]:
        more = f"  server {row['server_mb']} MB" if "server_mb" in row else ""
        cpu = "-" if row["cpu_s"] is None else f"{row['cpu_s']:.3f} s"
        print(
            f"{row['shape']:<9}{row['n']:>7}  {row['tool']:<42}{row['median_s']:>8.3f} s"
            f"{cpu:>10}{row['peak_mb']:>5} MB  {row['runs']}{more}"
        )
    for name, value in result["ratios"].items():
        print(f"{name:<60}{value:>8.2f}")
    for name in result.get("missing", ()):
        print(f"not installed: {name}")
    for one in result.get("left_out", ()):
        print(f"left out: {one['tool']} at {one['shape']} {one['n']}: {one['why']}")
    machine = result["machine"]
    print(f"{machine['cores']} cores, load {machine['load_before']} to {machine['load_after']}")


if __name__ == "__main__":
    main()
