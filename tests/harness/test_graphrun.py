"""A run of a whole graph: ports checked and written, the first broken one named."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from fxgbuild.runtime import codec
from fxgbuild.sandbox.job import stage_job
from fxgbuild.sandbox.sandbox import Sandbox
from tests.harness.jobs import messages, outcomes

VECTOR = {"array": {"dtype": "float64", "dims": ["n"], "range": [0, None]}}
NUMBER = {"type": "number"}
GOOD = {
    "double": "def double(x, *, k):\n    return x * k\n",
    "total": "def total(y, *, seed):\n    return float(y.sum()) + seed\n",
}
LINK: dict[str, Any] = {
    "format": 1,
    "name": "g",
    "inputs": {"x": VECTOR},
    "outputs": {"sum": "total.t"},
    "nodes": [
        {
            "name": "total",
            "module": "total",
            "function": "total",
            "inputs": {"y": VECTOR},
            "outputs": {"t": NUMBER},
            "params": {},
            "run_params": {"seed": {"type": "integer"}},
            "hooks": [],
        },
        {
            "name": "double",
            "module": "double",
            "function": "double",
            "inputs": {"x": VECTOR},
            "outputs": {"y": VECTOR},
            "params": {"k": 2.0},
            "run_params": {},
            "hooks": [],
        },
    ],
    "edges": [
        {"from": "x", "to": "double.x", "call": "sync", "mode": "sequential"},
        {"from": "double.y", "to": "total.y", "call": "async", "mode": "fork"},
    ],
}
ACCEPT = (
    "def test_sum(graph):\n"
    '    """The sum is twice the input\'s."""\n'
    "    for case in graph.cases:\n"
    "        assert graph.value(case, 'total.t') == graph.value(case, 'sum') == 2 * 6 + 1\n"
    "        assert graph.value(case, 'double.y').tolist() == [2, 4, 6]\n"
    "    assert graph.path('x.npy').is_file()\n"
)


def _run(
    sandbox: Sandbox, out: Path | None = None, *, code: dict[str, str] = GOOD, **more: Any
) -> dict[str, Any]:
    target = {
        "id": "//g",
        "dir": "t0",
        "link": LINK,
        "imports": ["numpy"],
        "cases": {"one": {"x": "data/x.npy"}},
        "run_params": {"seed": 1},
        "acceptance": ["tests/test_g.py"],
        "keep": True,
        "limits": {"cpu_s": 20, "wall_s": 20, "memory_mb": 512},
        **more,
    }
    data = codec.encode(np.array([1.0, 2.0, 3.0]), VECTOR)
    files = {"t0/data/x.npy": data, "t0/tests/test_g.py": ACCEPT.encode()}
    files |= {f"t0/code/{name}.py": text.encode() for name, text in code.items()}
    with tempfile.TemporaryDirectory() as name:
        job = stage_job(Path(name) / "job", {"kind": "run", "jobs": 2, "targets": [target]}, files)
        (frame,) = sandbox.run(job, out=out, wall_s=30, memory_mb=1024).frames
    return frame


def test_a_run_gives_every_port_and_task(sandbox: Sandbox, tmp_path: Path) -> None:
    frame = _run(sandbox, tmp_path)
    assert frame["ok"], messages(frame)
    assert outcomes(frame) == {"run[one]": "passed", "test_sum": "passed"}
    ports = frame["ports"]["one"]
    assert set(ports) == {"double.y", "total.t"}
    for fact in ports.values():
        data = (tmp_path / fact["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == fact["sha256"]
        assert len(data) == fact["bytes"]
    assert codec.decode((tmp_path / "t0/one/total.t").read_bytes(), NUMBER) == 13.0
    assert [(task["case"], task["node"], task["attempts"]) for task in frame["tasks"]] == [
        ("one", "double", 1),
        ("one", "total", 1),
    ]


def test_without_keep_only_the_graphs_outputs_are_given(sandbox: Sandbox, tmp_path: Path) -> None:
    frame = _run(sandbox, tmp_path, keep=False)
    assert set(frame["ports"]["one"]) == {"total.t"}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["total.t"]


def test_the_first_broken_port_is_named_in_topological_order(sandbox: Sandbox) -> None:
    code = {**GOOD, "double": "def double(x, *, k):\n    return -x\n"}
    code["total"] = "def total(y, *, seed):\n    raise ValueError('downstream')\n"
    frame = _run(sandbox, code=code, acceptance=[])
    assert messages(frame).startswith("output port double.y: element [0]: expected float64")
    assert not frame["ok"]


def test_a_failing_node_is_named(sandbox: Sandbox) -> None:
    code = {**GOOD, "total": "def total(y, *, seed):\n    raise ValueError('no sum')\n"}
    frame = _run(sandbox, code=code, acceptance=[])
    assert "node total failed: ValueError: no sum" in messages(frame)


def test_a_port_of_another_kind_is_named(sandbox: Sandbox) -> None:
    code = {**GOOD, "double": "def double(x, *, k):\n    return 'text'\n"}
    assert "double" in messages(_run(sandbox, code=code, acceptance=[]))


def test_a_node_that_ends_the_process_fails_the_run_and_its_acceptance(sandbox: Sandbox) -> None:
    code = {**GOOD, "total": "import os\n\ndef total(y, *, seed):\n    os._exit(0)\n"}
    frame = _run(sandbox, code=code)
    assert frame["ended"] == "exit 0"
    assert outcomes(frame) == {"run[one]": "failed", "test_sum": "failed"}


def test_a_wrong_result_fails_acceptance(sandbox: Sandbox) -> None:
    code = {**GOOD, "total": "def total(y, *, seed):\n    return float(y.sum())\n"}
    assert outcomes(_run(sandbox, code=code)) == {"run[one]": "passed", "test_sum": "failed"}


def test_a_module_that_does_not_load_is_told(sandbox: Sandbox) -> None:
    frame = _run(sandbox, code={**GOOD, "total": "def total(:\n"}, acceptance=[])
    assert "SyntaxError" in messages(frame)
    assert "total line 1" in messages(frame)


def test_a_missing_run_parameter_is_told(sandbox: Sandbox) -> None:
    assert "parameter total.seed is missing" in messages(_run(sandbox, run_params={}))


def test_a_cases_name_never_leaves_the_out_folder(sandbox: Sandbox, tmp_path: Path) -> None:
    frame = _run(sandbox, tmp_path, cases={"../../x": {"x": "data/x.npy"}}, acceptance=[])
    assert not frame["ok"]
    assert "cannot name a case" in messages(frame)
    assert list(tmp_path.iterdir()) == []


def test_code_cannot_write_the_out_folder(sandbox: Sandbox, tmp_path: Path) -> None:
    code = {
        **GOOD,
        "total": (
            "import os\n\ndef total(y, *, seed):\n"
            "    up = os.path.dirname(os.path.dirname(os.environ['TMPDIR']))\n"
            "    for p in ('/fxg/out', up + '/out'):\n"
            "        try:\n            open(p + '/x', 'w')\n            return -1.0\n"
            "        except OSError:\n            pass\n"
            "    return float(y.sum()) + seed\n"
        ),
    }
    assert _run(sandbox, tmp_path, code=code)["ok"]
