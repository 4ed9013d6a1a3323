"""What a verdict says: every kind of test, every way to fail, and nothing passes by absence."""

from typing import Any

import pytest

from fxgbuild.sandbox.sandbox import Sandbox
from tests.harness.jobs import DOUBLE, FLOATS, HONEST, Target, judge, messages, outcomes

INTEGER = {"type": "integer"}
HEAD = (
    "import numpy as np\nfrom hypothesis import given, settings, strategies as st\nimport pytest\n"
)


def _one(sandbox: Sandbox, target: Target) -> dict[str, Any]:
    return judge(sandbox, target)[target.name]


def _test(frame: dict[str, Any], name: str) -> dict[str, Any]:
    return next(test for test in frame["tests"] if test["name"] == name)


def test_a_good_target_passes_every_kind_of_test(sandbox: Sandbox) -> None:
    recorded = {"inputs": {"x": [1, 2]}, "outputs": {"y": [2, 4]}}
    accept = "def test_accept(candidate, params, data):\n    assert data.is_dir()\n"
    frame = _one(
        sandbox,
        Target(
            "t", acceptance=accept, examples=[recorded], cases=[recorded, {**recorded, "name": "c"}]
        ),
    )
    assert frame["ok"]
    assert {(test["name"], test["kind"]) for test in frame["tests"]} == {
        ("example[0]", "example"),
        ("case[0]", "case"),
        ("c", "case"),
        ("deterministic", "property"),
        ("test_doubles", "property"),
        ("test_keeps_the_length", "property"),
        ("test_accept", "acceptance"),
    }
    assert frame["expected"] == frame["collected"] == 7
    assert frame["ended"] == "ok"


def test_a_failed_property_tells_its_law_and_the_shrunk_input(sandbox: Sandbox) -> None:
    tests = HEAD + (
        "@given(n=st.integers(0, 50))\ndef test_law(candidate, params, n):\n"
        '    """Small stays small. More text."""\n'
        "    y = candidate(x=np.full(n, 1.0))\n    assert len(y) < 5, 'grew'\n"
    )
    test = _test(_one(sandbox, Target("t", HONEST, tests)), "test_law")
    assert test["outcome"] == "failed"
    assert test["doc"] == "Small stays small."
    assert "grew" in test["message"]
    assert "n=5" in test["message"]
    assert test["line"] == 8
    assert len(test["message"].splitlines()) <= 20


NO_PASS = [
    ("@pytest.mark.skip\ndef test_a(candidate): pass", "neither skipped"),
    ("@pytest.mark.xfail\ndef test_a(candidate): assert 0", "neither skipped"),
    ("@pytest.mark.xfail\ndef test_a(candidate): pass", "neither skipped"),
    ("def test_a(candidate): pytest.skip('no')", "neither skipped"),
    ("pytest.skip('no', allow_module_level=True)\ndef test_a(): pass", "no"),
    ("x = 1", "it holds no test"),
    ("def test_a(candidate: pass", "SyntaxError"),
    ("import nowhere\ndef test_a(): pass", "nowhere"),
    ("def test_a(graph): pass", "no fixture graph"),
    ("def test_a(candidate): raise SystemExit(0)", "SystemExit"),
    ("import os\ndef test_a(candidate): os._exit(0)", "no verdict: the judge ended with 0"),
    (
        "def test_a(candidate):\n    try: candidate(x=np.ones(2, dtype='f4'))\n"
        "    except Exception: pass\n    candidate(x='no')",
        "the code raised TypeError",
    ),
]


@pytest.fixture(scope="module")
def judged(sandbox):
    """Every one of them, judged in one sandbox, where none can see another."""
    return judge(
        sandbox,
        *(Target(f"t{n}", HONEST, HEAD + body + "\n") for n, (body, _) in enumerate(NO_PASS)),
    )


@pytest.mark.parametrize("number", range(len(NO_PASS)), ids=[body[:30] for body, _ in NO_PASS])
def test_what_does_not_run_to_a_pass_is_not_ok(judged, number: int) -> None:
    frame = judged[f"t{number}"]
    assert not frame["ok"]
    assert NO_PASS[number][1] in messages(frame)


def test_every_returned_value_is_checked_against_its_port(sandbox: Sandbox) -> None:
    port = {"array": {"dtype": "float64", "dims": ["n", "k * 2"], "range": [0, None]}}
    tests = HEAD + (
        "def test_a(candidate, params):\n    candidate(x=np.ones(3), **params)\n"
        "def test_b(candidate, params):\n    candidate(x=np.ones(4), **{**params, 'k': 1})\n"
        "def test_swallowed(candidate, params):\n"
        "    try: candidate(x=np.ones(3), **params)\n    except AssertionError: pass\n"
    )
    code = (
        "import numpy as np\n\ndef f(x, *, k):\n"
        "    return np.full((3, 4), -1.0 if len(x) == 3 else 0.0)\n"
    )
    frame = _one(sandbox, Target("t", code, tests, outputs={"y": port}, params={"k": 2}))
    assert "output port y: element [0, 0]: expected float64" in _test(frame, "test_a")["message"]
    assert "axis 0 is 3, expected n = 4" in _test(frame, "test_b")["message"]
    assert "axis 1 is 4, expected k * 2 = 2" in _test(frame, "test_b")["message"]
    assert _test(frame, "test_swallowed")["outcome"] == "failed"


def test_several_ports_come_back_as_a_named_tuple(sandbox: Sandbox) -> None:
    code = (
        "from typing import NamedTuple\n\nclass Both(NamedTuple):\n    a: int\n    b: list\n\n"
        "def f(x, *, swap=False):\n    return (1, [2]) if swap else Both(x + 1, ['t'])\n"
    )
    tests = (
        "def test_names(candidate):\n    r = candidate(3)\n    assert (r.a, r.b) == (4, ['t'])\n"
        "def test_plain(candidate):\n    candidate(3, swap=True)\n"
    )
    ports = {"a": INTEGER, "b": {"type": "array", "items": {"type": "string"}}}
    frame = _one(
        sandbox,
        Target("t", code, tests, inputs={"x": INTEGER}, outputs=ports, params={"swap": False}),
    )
    assert outcomes(frame) == {"test_names": "passed", "test_plain": "failed"}
    assert "expected a NamedTuple of a, b; the code returned tuple" in messages(frame)


def test_tables_states_and_records_travel(sandbox: Sandbox) -> None:
    table = {"table": {"columns": {"age": INTEGER, "name": {"type": "string"}}}}
    state = {"state": {"mean": FLOATS, "n": INTEGER}}
    record = {"type": "object", "properties": {"s": state}, "required": ["s"]}
    code = (
        "import numpy as np\nfrom typing import NamedTuple\n\nclass R(NamedTuple):\n    t: object\n"
        "    r: dict\n\ndef f(t):\n    t = t[t['age'] > 1].reset_index(drop=True)\n"
        "    return R(t, {'s': {'mean': np.asarray(t['age'], dtype=float), 'n': len(t)}})\n"
    )
    rows = [{"age": 1, "name": "a"}, {"age": 2, "name": "b"}]
    case = {
        "inputs": {"t": rows},
        "outputs": {"t": {"age": [2], "name": ["b"]}, "r": {"s": {"mean": [2], "n": 1}}},
    }
    wrong = {**case, "outputs": {"t": [{"age": 3, "name": "b"}], "r": {"s": {"mean": [5], "n": 1}}}}
    frame = _one(
        sandbox,
        Target(
            "t",
            code,
            None,
            inputs={"t": table},
            outputs={"t": table, "r": record},
            imports=("numpy", "pandas"),
            cases=[case, wrong],
        ),
    )
    assert outcomes(frame) == {
        "case[0]": "passed",
        "case[1]": "failed",
        "deterministic": "passed",
    }, messages(frame)
    assert "t.age[0]: expected 3, found 2" in messages(frame)
    assert "r.s.mean[0]: expected 5.0, found 2.0" in messages(frame)


def test_cases_compare_within_their_tolerance(sandbox: Sandbox) -> None:
    def case(expected: list[Any], **more: Any) -> dict[str, Any]:
        return {"inputs": {"x": [1, 2]}, "outputs": {"y": expected}, **more}

    cases = [
        case([2, 4]),
        case([2, 4.0000000001]),
        case([2, 4.01]),
        case([2, 4.01], within=0.1),
        case([2, None]),
        case([2]),
        case(["a", "b"]),
        case([4, 8], params={"k": 4.0}),
    ]
    code = "def f(x, *, k):\n    return x * k\n"
    frame = _one(sandbox, Target("t", code, None, params={"k": 2.0}, cases=cases))
    assert [test["outcome"] for test in frame["tests"]] == [
        "passed", "passed", "failed", "passed", "failed", "failed", "error", "passed", "passed",
    ]  # fmt: skip
    told = messages(frame)
    assert "y[1]: expected 4.01, found 4.0" in told
    assert "y: expected shape [1], found [2]" in told


def test_code_that_is_not_deterministic_fails(sandbox: Sandbox) -> None:
    code = "n = [0]\n\ndef f(x):\n    n[0] += 1\n    return n[0]\n"
    recorded = {"inputs": {"x": 1}, "outputs": {"y": 1}}
    frame = _one(
        sandbox,
        Target("t", code, None, inputs={"x": INTEGER}, outputs={"y": INTEGER}, examples=[recorded]),
    )
    assert outcomes(frame) == {"example[0]": "passed", "deterministic": "failed"}
    assert "two calls with one input differ in y" in messages(frame)


def test_arguments_are_read_only(sandbox: Sandbox) -> None:
    frame = _one(sandbox, Target("t", "def f(x):\n    x *= 2\n    return x\n"))
    assert not frame["ok"]
    assert (
        "the code raised ValueError: output array is read-only\nsubject line 2, in f"
        in messages(frame)
    )


def test_errors_of_the_code_can_be_expected(sandbox: Sandbox) -> None:
    tests = HEAD + (
        "def test_refuses(candidate):\n"
        "    with pytest.raises(ValueError, match='empty'):\n        candidate(x=np.ones(0))\n"
        "def test_wrong_call(candidate):\n"
        "    with pytest.raises(TypeError):\n        candidate(z=1)\n"
    )
    code = "def f(x):\n    if not len(x):\n        raise ValueError('empty')\n    return x\n"
    assert _one(sandbox, Target("t", code, tests))["ok"]


def test_a_dead_code_process_is_not_started_again(sandbox: Sandbox) -> None:
    tests = HEAD + (
        "def test_1(candidate):\n    candidate(x=np.ones(1))\n"
        "def test_2(candidate):\n    candidate(x=np.ones(2))\n"
        "def test_3(candidate):\n    candidate(x=np.ones(1))\n"
        "@given(st.integers())\ndef test_4(candidate, n):\n    candidate(x=np.ones(1))\n"
    )
    code = "import os\n\ndef f(x):\n    if len(x) == 2:\n        os._exit(7)\n    return x\n"
    frame = _one(sandbox, Target("t", code, tests))
    assert list(outcomes(frame).values()) == ["passed", "failed", "failed", "failed"]
    assert frame["ended"] == "exit 7"
    assert "the code ended the process: exit 7" in _test(frame, "test_3")["message"]


def test_a_missing_module_is_one_clear_error(sandbox: Sandbox) -> None:
    found = judge(sandbox, Target("t", imports=("numpy", "no_such_module.x")), Target("good"))
    (test,) = found["t"]["tests"]
    assert test["outcome"] == "error"
    assert (
        "module no_such_module is not installed in the project's interpreter (" in test["message"]
    )
    assert found["good"]["ok"]


def test_what_code_prints_is_kept_without_escapes(sandbox: Sandbox) -> None:
    code = (
        "import sys\n\ndef f(x):\n"
        "    print('\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07\\x00ok', file=sys.stderr)\n"
        "    return x * 2\n"
    )
    recorded = {"inputs": {"x": [1]}, "outputs": {"y": [2]}}
    frame = _one(sandbox, Target("t", code, None, examples=[recorded]))
    assert frame["output"] == "red ok\n" * 3


def test_no_configuration_beside_a_test_is_read(sandbox: Sandbox) -> None:
    files = {
        "tests/conftest.py": b"import os\nos._exit(3)\n",
        "tests/pytest.ini": b"[pytest]\naddopts = --collect-only\n",
        "pyproject.toml": b"[tool.pytest.ini_options]\naddopts = '--collect-only'\n",
        "tests/sitecustomize.py": b"1/0\n",
    }
    assert _one(sandbox, Target("t", files=files))["ok"]


def test_a_verdict_is_the_same_every_time(sandbox: Sandbox) -> None:
    tests = HEAD + (
        "@given(st.lists(st.floats(allow_nan=False), min_size=1))\n"
        "def test_law(candidate, xs):\n    assert sum(xs) < 1000\n"
    )
    runs = [_one(sandbox, Target("t", HONEST, tests)) for _ in range(2)]
    assert runs[0]["tests"] == runs[1]["tests"]
    assert not runs[0]["ok"]


def test_modules_of_the_target_may_import_each_other(sandbox: Sandbox) -> None:
    files = {"code/lib_of_ours.py": b"def two(): return 2.0\n"}
    code = "from lib_of_ours import two\n\ndef f(x):\n    return x * two()\n"
    assert _one(sandbox, Target("t", code, DOUBLE, files=files))["ok"]


def test_a_modules_name_may_be_taken(sandbox: Sandbox) -> None:
    target = Target("t", tests=None, examples=[{"inputs": {"x": [1]}, "outputs": {"y": [2]}}])
    spec, files = target.describe("t0")
    files["t0/code/json.py"] = files.pop("t0/code/subject.py")
    import tempfile
    from pathlib import Path

    from fxgbuild.sandbox.job import stage_job

    with tempfile.TemporaryDirectory() as name:
        job = {"kind": "test", "jobs": 1, "targets": [{**spec, "module": "json"}]}
        (frame,) = sandbox.run(
            stage_job(Path(name) / "job", job, files), wall_s=20, memory_mb=512
        ).frames
    assert frame["ok"], frame
