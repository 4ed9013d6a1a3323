"""Synthetic workspaces that build without a model: half of the nodes carry a pin.

A scripted generator, which is part of the benchmark, writes the pins; the other half are templates
without a hole. Packages hold fifty nodes; edges cross packages.
"""

import json
from pathlib import Path

from fxgbuild.digest import digest_bytes
from fxgbuild.files import DiskTree
from fxgbuild.lang.load import load_workspace
from fxgbuild.lang.model import Node, Workspace
from fxgbuild.plan.key import key_of
from fxgbuild.plan.preimage import generate_preimage
from fxgbuild.store.pin import Pin
from tests.bench.shapes import PER_PACKAGE, SHAPES

SETTINGS = 'fxg = 1\npackages = "packages"\nrules = "rules"\ncache = "cache"\n'

RULES = """\
fxg = 1
domain = "bench"
version = 1
doc = "Whole numbers, folded."

[tasks.Fold]
doc = "Fold the values into one; a model writes how."
inputs = {first = "int", second = "int?", third = "int?"}
outputs = {value = "int"}
imports = []

[[tasks.Fold.invokes]]
task = "bench.*"
call = ["sync", "async"]

[tasks.Total]
doc = "Add the values; needs no model."
inputs = {first = "int", second = "int?", third = "int?"}
outputs = {value = "int"}
imports = []

[[tasks.Total.invokes]]
task = "bench.*"
call = ["sync", "async"]
"""

FOLD = '''\
"""Folding whole numbers."""


# fxg:hole
def fold(first: int, second: int | None, third: int | None) -> int:
    """Return one whole number below 65521 made of all values."""
    raise NotImplementedError


# fxg:end
'''

TOTAL = '''\
"""Adding whole numbers."""


def total(first: int, second: int | None, third: int | None) -> int:
    """Return the sum of the values, modulo 65521."""
    return (first + (second or 0) + (third or 0)) % 65521
'''

PROPERTY = '''\
"""What a fold and a total are, whoever wrote them."""

from hypothesis import given
from hypothesis import strategies as st


VALUES = st.integers(0, 10**9)


@given(first=VALUES, second=VALUES | st.none(), third=VALUES | st.none())
def test_the_result_is_below_the_prime(candidate, first, second, third):
    """Every result is a whole number from 0 to 65520."""
    assert 0 <= candidate(first=first, second=second, third=third) < 65521
'''

PORTS = ("first", "second", "third")
FACTORS = (3, 5, 7, 11, 13, 17, 19, 23)


def name(i: int) -> str:
    return f"n{i:06d}"


def package(i: int) -> str:
    return f"p{i // PER_PACKAGE:05d}"


def factor_of(i: int) -> int:
    """Node i multiplies by one of a few factors, so there are a few pieces of code to judge."""
    return FACTORS[i // 2 % len(FACTORS)]


def hole(factor: int) -> str:
    """What the scripted generator answers to a spec with this factor."""
    return (
        "def fold(first: int, second: int | None, third: int | None) -> int:\n"
        '    """Return one whole number below 65521 made of all values."""\n'
        f"    return (sum((first, second or 0, third or 0)) * {factor} + {factor}) % 65521\n"
    )


def spec(i: int, factor: int) -> str:
    return f"Step {i}: add the values, multiply by {factor}, add {factor}, modulo 65521."


def graph_text(first: int, upstream: list[list[int]]) -> str:
    """The graph file of the package that starts with node `first`."""
    lines = ["fxg: 1", 'use: ["//rules/bench"]', 'visibility: ["//..."]']
    lines += ["inputs: {seed: int}", "nodes:"]
    for offset in range(len(upstream)):
        i = first + offset
        task = "Total" if i % 2 else "Fold"
        lines += [
            f"  {name(i)}:",
            f"    task: bench.{task}",
            f"    spec: {json.dumps(spec(i, factor_of(i)))}",
        ]
    lines.append("edges:")
    for offset, sources in enumerate(upstream):
        i = first + offset
        for port, source in zip(PORTS, sources, strict=False):
            near = package(source) == package(i)
            origin = (
                f"{name(source)}.value" if near else f"//{package(source)}:{name(source)}.value"
            )
            lines.append(f"  - {{from: {json.dumps(origin)}, to: {name(i)}.{port}}}")
        if not sources:
            lines.append(f"  - {{from: seed, to: {name(i)}.first}}")
    return "\n".join(lines) + "\n"


def make(shape: str, n: int, folder: Path) -> None:
    """Write the workspace: rules, graph files, and a pin for every second node."""
    rules = folder / "rules" / "bench"
    for path, text in {
        folder / "fxgbuild.toml": SETTINGS,
        rules / "rules.toml": RULES,
        rules / "templates" / "fold.py": FOLD,
        rules / "templates" / "total.py": TOTAL,
        rules / "properties" / "test_fold.py": PROPERTY,
        rules / "properties" / "test_total.py": PROPERTY,
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    upstream = list(SHAPES[shape](n))
    for first in range(0, n, PER_PACKAGE):
        home = folder / "packages" / package(first)
        home.mkdir(parents=True, exist_ok=True)
        text = graph_text(first, upstream[first : first + PER_PACKAGE])
        (home / "fxg.yaml").write_text(text)
    workspace = load(folder)
    for graph in workspace.graphs.values():
        for node in graph.nodes.values():
            if node.is_generated():
                write_pin(workspace, node, folder / "cache", hole(factor_of(number(node))))


def number(node: Node) -> int:
    return int(node.label.name[1:])


def load(folder: Path) -> Workspace:
    workspace, problems = load_workspace(DiskTree(folder))
    if problems:
        raise SystemExit("\n".join(line for problem in problems for line in problem.lines()))
    return workspace


def write_pin(workspace: Workspace, node: Node, cache: Path, code: str) -> None:
    """Pin what the scripted generator wrote, as the pin store would, without its fsyncs."""
    preimage = generate_preimage(workspace, node)
    key = key_of("generate", preimage)
    provenance = {"provider": "scripted", "model": "bench", "date": "2026-01-01", "attempts": 1}
    attempt = {"key": key.hex, "attempt": 1, "stage": None, "findings": [], "usage": None}
    digest = digest_bytes(code.encode())
    pin = Pin(node.label, key, preimage, digest, code, provenance, (attempt,), None)
    home = cache / node.label.package / node.label.name
    home.mkdir(parents=True, exist_ok=True)
    (home / "code.py").write_text(code)
    text = json.dumps(pin.to_json(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (home / "pin.json").write_text(text)
