"""Small real workspaces in a folder: a rule set, two packages, and ways to change them."""

from collections.abc import Mapping
from pathlib import Path

from fxgbuild.files import DiskTree
from fxgbuild.lang.label import Label
from fxgbuild.lang.load import load_workspace
from fxgbuild.lang.model import Node, Workspace
from fxgbuild.plan.facts import Facts
from fxgbuild.problem import Problem

Files = Mapping[str, str]

RULES = """\
fxg = 1
domain = "lab"
version = 1
doc = "Signals, cleaned and measured."

[distributions]
numpy = {requires = ">=2,<3", modules = ["numpy"]}
scipy = {requires = ">=1.13", modules = ["scipy"]}

[types]
Signal = "float64[rows, channels] uV"

[tasks.Clean]
doc = "Take away what is not signal."
inputs = {signal = "Signal"}
outputs = {signal = "Signal"}
imports = ["math", "numpy"]

[tasks.Clean.params.strength]
type = "float"
unit = "s"
range = [0.0, 10.0]
default = 1.0
binding = "generate"
doc = "How firmly to clean."

[tasks.Clean.params.gain]
type = "float"
range = [0.0, 100.0]
default = 2.0
doc = "A factor at link."

[tasks.Clean.params.seed]
type = "int"
default = 7
binding = "run"

[[tasks.Clean.invokes]]
task = "lab.*"
call = ["sync", "async"]

[tasks.Measure]
doc = "Measure the level of every channel."
inputs = {signal = "float64[rows, channels] uV"}
outputs = {level = "float64[channels] in [0, inf]"}
imports = ["numpy", "scipy.signal"]

[[tasks.Measure.invokes]]
task = "lab.Shape"
call = ["sync"]

[tasks.Shape]
doc = "Say how many rows there are; a unit does not matter to it."
inputs = {signal = "float64[rows, channels]"}
outputs = {count = "int"}
imports = ["numpy"]

[tasks.Plain]
doc = "Plumbing without a hole."
inputs = {level = "float64[channels]"}
outputs = {level = "float64[channels]"}
imports = ["numpy"]
"""

CLEAN = '''\
"""Cleaning."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]


# fxg:hole
def clean(signal: Floats, *, strength: float, gain: float, seed: int) -> Floats:
    """Return the cleaned signal, in uV."""
    raise NotImplementedError


# fxg:end
'''


def _template(name: str, line: str, doc: str) -> str:
    return f'''\
"""{name}."""

import numpy as np
import numpy.typing as npt


# fxg:hole
def {line}
    """{doc}"""
    raise NotImplementedError


# fxg:end
'''


MEASURE = _template(
    "Measuring",
    "measure(signal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:",
    "Return the level of each channel.",
)
SHAPE = _template(
    "Counting", "shape(signal: npt.NDArray[np.float64]) -> int:", "Return the number of rows."
)
PLAIN = '''\
"""Plumbing."""

import numpy as np
import numpy.typing as npt


def plain(level: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return what came in."""
    return level
'''

PROPERTIES = '''\
"""Laws of cleaning."""


def test_silence_stays_silent(candidate, params):
    """Silence in gives silence out."""
    assert candidate(signal=[[0.0]], **params) == [[0.0]]
'''

GRAPH = """\
# The graph of the tests.
fxg: 1
use: ["//rules/lab"]
doc: Clean and measure.
inputs: {raw: "float64[rows, channels] uV", given: "float64[channels]"}
data:
  first:
    raw:
      path: data/first.npy
      sha256: aac04736ad22d2bc1e87a75e61b1866498c96a79be96cf0c5f3ecaf9e006c1c7
    given:
      path: data/first.npy
      sha256: aac04736ad22d2bc1e87a75e61b1866498c96a79be96cf0c5f3ecaf9e006c1c7
nodes:
  clean:
    task: lab.Clean
    spec: |
      Take the drift away.

      Keep the rest.
    params: {gain: 3.0}
    hooks: [{kind: logging, when: after}]
    examples:
      - inputs: {signal: [[1.0, 2.0]]}
        outputs: {signal: [[0.5, 1.0]]}
        within: 1.0e-9
    acceptance: {cases: acceptance/clean.jsonl, tests: [acceptance/test_clean.py]}
  measure:
    task: lab.Measure
    spec: The root of the mean square.
  shape:
    task: lab.Shape
    spec: Count the rows.
    tags: [manual]
  plain:
    task: lab.Plain
edges:
  - {from: raw, to: clean.signal}
  - {from: given, to: plain.level}
  - {from: clean.signal, to: measure.signal, call: async, retry: {attempts: 3}}
  - {from: clean.signal, to: shape.signal}
acceptance: {tests: [acceptance/test_graph.py], data: [data/first.npy]}
artifacts:
  wheel: {name: demo-lab, version: 0.1.0, summary: Levels.}
"""
DATA = "first data"

FILES: dict[str, str] = {
    "fxgbuild.toml": 'fxg = 1\npackages = "packages"\n\n[python]\nlock = "lock.txt"\n',
    "lock.txt": "numpy==2.1.0\nscipy==1.14.0\nother==1.0\n",
    "rules/lab/rules.toml": RULES,
    "rules/lab/templates/clean.py": CLEAN,
    "rules/lab/templates/measure.py": MEASURE,
    "rules/lab/templates/shape.py": SHAPE,
    "rules/lab/templates/plain.py": PLAIN,
    "rules/lab/properties/test_clean.py": PROPERTIES,
    "packages/demo/fxg.yaml": GRAPH,
    "packages/demo/data/first.npy": DATA,
    "packages/demo/acceptance/clean.jsonl": '{"inputs": {}, "outputs": {}}\n',
    "packages/demo/acceptance/test_clean.py": "def test_hidden(candidate):\n    assert candidate\n",
    "packages/demo/acceptance/test_graph.py": "def test_graph(graph):\n    assert graph.cases\n",
}

FACTS = Facts(
    tools={
        "ruff": "0.9.0",
        "mypy": "1.15.0",
        "bandit": "1.8.0",
        "pytest": "8.3.0",
        "hypothesis": "6.100.0",
    },
    python="3.11.9",
    platform="linux-x86_64",
    sandbox="A",
    harness="h1",
    runtime="r1",
    packager="p1",
    distributions={"numpy": "2.1.0", "scipy": "1.14.0"},
    limits={"cpu_s": 120},
    stages={"lint": {"version": 1}, "type": {"version": 1}, "security": {"version": 1}},
)


def write(root: Path, files: Files) -> Path:
    """Write files below a folder; parents are made."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return root


def edited(files: Files, name: str, old: str, new: str) -> dict[str, str]:
    """The same files with one passage of one of them replaced; the passage must be there once."""
    assert files[name].count(old) == 1, f"{old!r} stands {files[name].count(old)} times in {name}"
    return dict(files) | {name: files[name].replace(old, new)}


def load(root: Path) -> tuple[Workspace, list[Problem]]:
    return load_workspace(DiskTree(root))


def loaded(root: Path, files: Files = FILES) -> Workspace:
    """Write a workspace and load it; it must have no problem."""
    workspace, problems = load(write(root, files))
    assert not problems, [str(problem.lines()) for problem in problems]
    return workspace


def node(workspace: Workspace, name: str, package: str = "demo") -> Node:
    found = workspace.node(Label(package, name))
    assert found is not None
    return found


def said(problems: list[Problem]) -> list[str]:
    """Problems as the command line prints their first lines."""
    return [problem.lines()[0] for problem in problems]
