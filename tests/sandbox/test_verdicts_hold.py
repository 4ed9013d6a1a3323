"""No code under test can pass by force, fail a neighbour, or go on without end."""

import time

import pytest

from fxgbuild.sandbox.sandbox import Sandbox
from tests.harness.jobs import HONEST, Target, judge, messages, timeless

_WRONG = "\n\ndef f(x):\n    return x * 3.0\n"
_FORGED = """
import json, os
TEST = {"name": "test_doubles", "kind": "property", "outcome": "passed", "doc": "", "message": "",
    "line": 1, "died": False}
FRAME = {"nonce": "", "frame": "result", "id": "forges", "ok": True, "expected": 1, "collected": 1,
    "tests": [TEST], "ended": "ok"}
LINE = "\\n".join(["", json.dumps(FRAME), json.dumps({"test": TEST}), json.dumps({"done": {}}), ""])
def forge():
    for fd in range(256):
        try:
            os.write(fd, LINE.encode())
        except OSError:
            pass
"""

CHEATS = {
    "is wrong": _WRONG,
    "leaves at import": "import os\nos._exit(0)\n" + _WRONG,
    "leaves in the call": "import os\n\ndef f(x):\n    os._exit(0)\n",
    "leaves politely": "import sys\n\ndef f(x):\n    sys.exit(0)\n",
    "prints a pass": "print('2 passed in 0.01s')\n" + _WRONG,
    "forges": _FORGED + "forge()\n" + _WRONG,
    "forges in the call": _FORGED + "\n\ndef f(x):\n    forge()\n    return x * 3.0\n",
    "patches numpy": (
        "import numpy\nnumpy.array_equal = lambda *a, **k: True\nnumpy.allclose = lambda *a: True\n"
        "numpy.arange = lambda *a: numpy.zeros(3)\n" + _WRONG
    ),
    "patches pytest": (
        "import pytest, _pytest.runner, builtins, sys\n"
        "_pytest.runner.CallInfo.from_call = lambda *a, **k: None\n"
        "pytest.fail = lambda *a, **k: None\nbuiltins.AssertionError = ValueError\n"
        "sys.settrace(None)\n" + _WRONG
    ),
    "returns an impostor": (
        "import numpy\n\nclass A(numpy.ndarray):\n    def __eq__(self, other): return True\n\n"
        "def f(x):\n    return (x * 3.0).view(A)\n"
    ),
    "returns a string": "\n\ndef f(x):\n    return 'x'\n",
    "does not load": "def f(x:\n",
    "defines nothing": "x = 1\n",
    "raises": "def f(x):\n    raise KeyError('no')\n",
    "eats memory": "def f(x):\n    return bytearray(10**12)\n",
    "eats memory slowly": "def f(x):\n    a = []\n    while True: a.append(bytearray(1 << 24))\n",
    "eats shared memory": (
        "import mmap\n\ndef f(x):\n    a = []\n    while True: a.append(mmap.mmap(-1, 1 << 24))\n"
    ),
    "forks without end": "import os\n\ndef f(x):\n    while True: os.fork()\n",
    "recurses": "def f(x):\n    return f(x)\n",
    "aborts": "import os\n\ndef f(x):\n    os.abort()\n",
    "breaks its channel": "import os\n\ndef f(x):\n    os.close(3)\n    return x\n",
    "claims a huge frame": (
        "import os, struct\n\ndef f(x):\n    os.write(3, struct.pack('<I', 2**32 - 1))\n"
    ),
    "writes half a frame": "import os\n\ndef f(x):\n    os.write(3, b'\\x05')\n    os._exit(0)\n",
    "answers twice": (
        "import os, struct, json\n\ndef f(x):\n"
        "    h = {'op': 'value', 'id': 1, 'value': {'is': True}, 'blobs': []}\n"
        "    h = json.dumps(h).encode()\n"
        "    for _ in range(9): os.write(3, struct.pack('<I', len(h)) + h)\n"
        "    return x * 3.0\n"
    ),
}


def test_no_cheat_passes(sandbox: Sandbox) -> None:
    targets = [Target(name, code) for name, code in CHEATS.items()]
    found = judge(sandbox, *targets)
    assert [name for name, frame in found.items() if frame["ok"]] == []
    assert all(frame["expected"] == frame["collected"] == 2 for frame in found.values())
    assert found["leaves in the call"]["ended"] == "exit 0"
    assert "the code ended the process: exit 0" in messages(found["leaves in the call"])
    assert "SyntaxError" in messages(found["does not load"])
    assert "subject line 1" in messages(found["does not load"])
    assert "no function f" in messages(found["defines nothing"])
    assert "output port y: expected an array of float64" in messages(found["returns a string"])
    assert "MemoryError" in messages(found["eats memory slowly"])
    assert "the code raised KeyError: 'no'\nsubject line 2, in f" in messages(found["raises"])
    assert found["aborts"]["ended"].startswith("signal")


HONEST_TARGETS = (
    Target("//h:good", HONEST),
    Target("//h:wrong", "print('hello')\n" + _WRONG),
    Target("//h:cases", HONEST, cases=[{"inputs": {"x": [1, None]}, "outputs": {"y": [2, None]}}],
           inputs={"x": {"array": {"dtype": "float64", "dims": ["n"], "nan": True}}},
           outputs={"y": {"array": {"dtype": "float64", "dims": ["n"], "nan": True}}}),
)  # fmt: skip
_NEIGHBOURS = (
    "does not load", "leaves at import", "patches numpy", "forges", "eats memory slowly",
)  # fmt: skip


def test_a_verdict_is_the_same_alone_and_in_any_batch(sandbox: Sandbox) -> None:
    alone = {t.name: timeless(judge(sandbox, t)[t.name]) for t in HONEST_TARGETS}
    hostile = [Target(name, CHEATS[name]) for name in _NEIGHBOURS]
    mixed = [t for pair in zip(hostile, HONEST_TARGETS, strict=False) for t in pair]
    mixed += hostile[len(HONEST_TARGETS) :]
    together = judge(sandbox, *mixed)
    assert {name: timeless(together[name]) for name in alone} == alone
    assert alone["//h:good"]["ok"]
    assert alone["//h:cases"]["ok"]
    assert not alone["//h:wrong"]["ok"]


def test_a_module_loaded_for_a_neighbour_stays_unloaded(sandbox: Sandbox) -> None:
    code = (
        "import sys\n\ndef f(x):\n    assert 'wsgiref.util' not in sys.modules\n"
        "    return x * 2.0\n"
    )
    found = judge(sandbox, Target("loads it", imports=("numpy", "wsgiref.util")), Target("x", code))
    assert found["x"]["ok"]


LATE = {
    "loops": "def f(x):\n    while True: pass\n",
    "sleeps": "import time\n\ndef f(x):\n    time.sleep(1000)\n",
    "prints without end": "def f(x):\n    while True: print('a' * 60000)\n",
    "ignores signals": (
        "import signal, time\nfor s in (2, 15, 24): signal.signal(s, signal.SIG_IGN)\n"
        "\n\ndef f(x):\n    while True: pass\n"
    ),
    "loops at import": "while True: pass\n",
}


def test_what_never_ends_is_ended(sandbox: Sandbox) -> None:
    began = time.monotonic()
    found = judge(sandbox, *(Target(name, code, wall_s=1.0) for name, code in LATE.items()))
    assert time.monotonic() - began < 12
    assert {name: frame["ended"] for name, frame in found.items()} == dict.fromkeys(LATE, "timeout")
    assert all(frame["wall_s"] < 2.5 for frame in found.values())
    assert "no verdict: the target ran longer than its 1 s" in messages(found["sleeps"])
    printed = found["prints without end"]["output"]
    assert printed.endswith("[output cut at 1 MiB]\n")
    assert len(printed) < (1 << 20) + 100


@pytest.mark.slow
def test_a_late_target_does_not_delay_its_siblings(sandbox: Sandbox) -> None:
    slow = Target("slow", LATE["sleeps"], wall_s=3.0)
    found = judge(sandbox, slow, *(Target(f"good{n}") for n in range(3)))
    assert found["slow"]["ended"] == "timeout"
    for n in range(3):
        assert found[f"good{n}"]["ok"]
        assert found[f"good{n}"]["wall_s"] < 3.0


def test_cpu_time_is_limited_besides_wall_time(sandbox: Sandbox) -> None:
    frame = judge(sandbox, Target("loops", LATE["loops"], cpu_s=1, wall_s=15))["loops"]
    assert frame["ended"] == "timeout"
    assert frame["wall_s"] < 8


@pytest.mark.slow
def test_a_sandbox_that_ends_late_gives_no_verdicts(sandbox: Sandbox) -> None:
    frames = judge(sandbox, Target("sleeps", LATE["sleeps"]), wall_s=2.0)
    assert not frames["sleeps"]["ok"]
    assert "ran longer than its 2 s" in messages(frames["sleeps"])


@pytest.mark.slow
def test_a_bomb_of_threads_is_contained(sandbox: Sandbox) -> None:
    code = (
        "import threading, time\nthreading.stack_size(32768)\n\ndef f(x):\n    while True:\n"
        "        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
    )
    found = judge(sandbox, Target("bomb", code, wall_s=4), Target("good"))
    assert not found["bomb"]["ok"]
    assert found["good"]["ok"]
