"""Builds jobs for the real sandboxes: a target that must double its input, honest or not."""

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fxgbuild.errors import SandboxUnsound
from fxgbuild.sandbox.interpreter import Interpreter
from fxgbuild.sandbox.job import stage_job
from fxgbuild.sandbox.sandbox import Sandbox, open_sandbox

FLOATS = {"array": {"dtype": "float64", "dims": ["n"]}}
DOUBLE = """
import numpy as np
from hypothesis import given, strategies as st

def test_doubles(candidate, params):
    \"\"\"Every element is doubled.\"\"\"
    x = np.arange(3.0)
    assert np.array_equal(candidate(x=x, **params), 2 * x)

@given(st.integers(1, 9))
def test_keeps_the_length(candidate, params, n):
    \"\"\"The result is as long as the input.\"\"\"
    assert candidate(x=np.ones(n), **params).shape == (n,)
"""
HONEST = "import numpy as np\n\ndef f(x):\n    return x * 2.0\n"


@dataclass(frozen=True)
class Target:
    """A target as these tests write it."""

    name: str
    code: str | None = HONEST
    tests: str | None = DOUBLE
    inputs: dict[str, Any] = field(default_factory=lambda: {"x": FLOATS})
    outputs: dict[str, Any] = field(default_factory=lambda: {"y": FLOATS})
    params: dict[str, Any] = field(default_factory=dict)
    imports: tuple[str, ...] = ("numpy",)
    acceptance: str | None = None
    examples: list[Any] | None = None
    cases: list[Any] | None = None
    threshold: dict[str, Any] | None = None
    wall_s: float = 20
    memory_mb: int = 512
    cpu_s: int = 20
    files: dict[str, bytes] = field(default_factory=dict)

    def describe(self, folder: str) -> tuple[dict[str, Any], dict[str, bytes]]:
        files = {f"{folder}/{name}": data for name, data in self.files.items()}
        files[f"{folder}/code/subject.py"] = (self.code or "").encode()
        spec: dict[str, Any] = {
            "id": self.name,
            "dir": folder,
            "module": "subject",
            "function": "f",
            "inputs": self.inputs,
            "outputs": self.outputs,
            "params": self.params,
            "imports": list(self.imports),
            "tests": [],
            "acceptance": [],
            "examples": None,
            "cases": None,
            "threshold": self.threshold,
            "limits": {"cpu_s": self.cpu_s, "wall_s": self.wall_s, "memory_mb": self.memory_mb},
        }
        if self.tests is not None:
            spec["tests"] = ["tests/test_subject.py"]
            files[f"{folder}/tests/test_subject.py"] = self.tests.encode()
        if self.acceptance is not None:
            spec["acceptance"] = ["tests/test_accept.py"]
            files[f"{folder}/tests/test_accept.py"] = self.acceptance.encode()
        if self.examples is not None:
            spec["examples"] = "data/examples.json"
            files[f"{folder}/data/examples.json"] = json.dumps(self.examples).encode()
        if self.cases is not None:
            spec["cases"] = "data/cases.jsonl"
            lines = "\n".join(json.dumps(case) for case in self.cases)
            files[f"{folder}/data/cases.jsonl"] = lines.encode()
        return spec, files


def judge(sandbox: Sandbox, *targets: Target, wall_s: float = 60) -> dict[str, dict[str, Any]]:
    """Run targets in one sandbox; their results by name."""
    specs, files = [], {}
    for index, target in enumerate(targets):
        spec, more = target.describe(f"t{index}")
        specs.append(spec)
        files.update(more)
    with tempfile.TemporaryDirectory() as name:
        job = stage_job(Path(name) / "job", {"kind": "test", "jobs": 2, "targets": specs}, files)
        outcome = sandbox.run(job, wall_s=wall_s, memory_mb=1024)
    assert [frame["id"] for frame in outcome.frames] == [target.name for target in targets]
    return {frame["id"]: frame for frame in outcome.frames}


def outcomes(frame: dict[str, Any]) -> dict[str, str]:
    return {test["name"]: test["outcome"] for test in frame["tests"]}


def messages(frame: dict[str, Any]) -> str:
    return "\n".join(test["message"] for test in frame["tests"])


def timeless(frame: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in frame.items() if key != "wall_s"}


def open_or_skip(interpreter: Interpreter, level: str | None = None) -> Sandbox:
    """A sandbox; a level that this machine lacks skips, one that lets an attack through fails."""
    try:
        return open_sandbox(interpreter, wanted=level)
    except SandboxUnsound as error:
        if error.message != "there is no sandbox to run code in":
            raise
        return pytest.skip("; ".join(error.lines()))
