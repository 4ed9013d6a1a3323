"""Rewrites what the documents say of the program itself: `python -m tests.docs.make [--check]`.

Made parts stand between `<!-- made: name -->` and `<!-- end -->`; the schemas are whole files.
"""

import importlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from fxgbuild.cli.init_ci import HOSTS, workflow
from fxgbuild.cli.main import VERBS
from fxgbuild.explanations import EXAMPLES, EXPLANATIONS
from fxgbuild.lang.publish import published, schema_text
from fxgbuild.report import summary
from fxgbuild.signing.trust import TrustDoc
from tests.bench.page import tables
from tests.examples.triage import triage_table

from . import tabular
from .pages import ROOT, made, read, with_made

CASES = ("subject00", "subject01")


def type_command(*words):
    """What a command of the working tree prints."""
    done = subprocess.run(
        [sys.executable, "-m", "fxgbuild", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def graph():
    """The picture of //eeg as the tool draws it."""
    return f"```mermaid\n{type_command('graph', '//eeg', '--output', 'mermaid')}```\n"


def attempts():
    """The table of recorded generations."""
    return type_command("report", "//eeg:all", "--markdown")


def tabular_attempts():
    """The table of recorded generations of the tabular graph."""
    return type_command("report", "//tabular:all", "--markdown")


def tabular_metrics():
    """What the tabular graph computes, beside the analyses by hand."""
    return tabular.metrics(type_command)


def metrics():
    """What the graph computes, beside the pipeline written by hand."""
    with tempfile.TemporaryDirectory() as folder:
        type_command("run", "//eeg", "--out", folder)
        return metrics_table(run_metrics(Path(folder)), baseline_metrics())


def triage():
    """How well the function of //triage does on messages that no model was shown."""
    with tempfile.TemporaryDirectory() as folder:
        found = json.loads(type_command("emit", "//triage:wheel", "--to", folder, "--json"))
        wheel = next(one["path"] for one in found if one["path"].endswith(".whl"))
        return triage_table(ROOT, Path(wheel))


def run_metrics(folder):
    """The metrics of each case that a run left in a folder."""
    return {
        case: json.loads((folder / f"{case}-metrics.json").read_text("utf-8")) for case in CASES
    }


def baseline_metrics():
    """The metrics of each case by the hand-written pipeline."""
    home = ROOT / "examples" / "eeg"
    sys.path.insert(0, str(home))
    try:
        baseline = importlib.import_module("baseline")
    finally:
        sys.path.remove(str(home))
    return {case: baseline.run_person(case)["evaluate"] for case in CASES}


def metrics_table(found, expected):
    """One row a metric; for each person the graph's figure and the baseline's."""
    lines = [
        "| metric | " + " | ".join(f"{case}, graph | {case}, baseline" for case in CASES) + " |",
        "| --- |" + " ---: |" * (2 * len(CASES)),
    ]
    for name in expected[CASES[0]]:
        cells = [_figure(values[case][name]) for case in CASES for values in (found, expected)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _figure(value):
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def floors():
    """The floors that the architecture test holds imports to, bottom last as in a house."""
    if not (ROOT / "tests" / "test_architecture.py").exists():
        return made(read("docs/architecture.md"))["floors"]
    floors = importlib.import_module("tests.test_architecture").FLOORS
    lines = [
        f"{number}  {'  '.join(sorted(parts))}"
        for number, parts in reversed(list(enumerate(floors)))
    ]
    return "```\n" + "\n".join(lines) + "\n```\n"


def verbs():
    """Every command with its one sentence."""
    lines = ["| command | what it does |", "| --- | --- |"]
    lines += [f"| `{verb}` | {text} |" for verb, text in VERBS.items()]
    return "\n".join(lines) + "\n"


def errors():
    """Every error id with its page."""
    return "\n".join(line for id in sorted(EXPLANATIONS) for line in _error(id))


def _error(id):
    example = EXAMPLES.get(id)
    yield from (f"### {id}\n", f"{EXPLANATIONS[id]}\n")
    if example:
        shown = example.given.rstrip("\n").splitlines()
        shown += [f"{example.says} [{id}]"] if example.says else []
        if shown:
            yield from ("```text", *shown, "```\n")
        yield f"What to do: {example.do}\n"


def bench():
    """The recorded benchmarks."""
    return tables()


def workflows():
    """What `init --ci` writes, for this repository: it installs itself."""
    words = {"install": "-c requirements.lock '.[examples,promotion]'", "artifact": "//eeg:wheel"}
    return {f"{host}.yml": workflow(host, **words, pins="cache") for host in HOSTS}


def schemas():
    """Every published schema: of the workspace's files, and of what a run writes."""
    trust = {"trust.schema.json": schema_text("trust", TrustDoc)}
    return published() | trust | {summary.NAME: summary.schema_text()}


# Cheap to make; the metrics need a run of the graph and are checked where one happens anyway.
PARTS = {
    "README.md": {"graph": graph},
    "docs/results.md": {"attempts": attempts, "tabular_attempts": tabular_attempts},
    "docs/architecture.md": {"floors": floors},
    "docs/commands.md": {"verbs": verbs},
    "docs/errors.md": {"errors": errors},
    "docs/benchmarks.md": {"bench": bench},
}
SLOW = {
    "docs/results.md": {"metrics": metrics, "triage": triage, "tabular_metrics": tabular_metrics}
}


def page(name, makers):
    """A page as it should be."""
    return with_made(read(name), {part: make() for part, make in makers.items()})


def wanted(*, slow):
    """Every file with a made part, as it should be."""
    texts = {f"docs/schemas/{name}": text for name, text in schemas().items()}
    texts |= {f"docs/ci/{name}": text for name, text in workflows().items()}
    for name, makers in PARTS.items():
        texts[name] = page(name, makers | (SLOW.get(name, {}) if slow else {}))
    return texts


def main(argv):
    stale = []
    for name, text in wanted(slow=True).items():
        path = ROOT / name
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if "--check" not in argv:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    for name in stale:
        print(f"{'stale' if '--check' in argv else 'wrote'} {name}")
    return 1 if stale and "--check" in argv else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
