"""Planted replies: each is rejected at its own stage, contained and named; none is pinned."""

import json
import shutil

import pytest

from tests.e2e.conftest import Workspace

GRAPH = "examples/eeg/fxg.yaml"
SIGNATURE = (
    "def average_scores(\n    svm_train: FloatArray,\n    svm_test: FloatArray,\n"
    "    autoencoder_train: FloatArray,\n    autoencoder_test: FloatArray,\n) -> AveragedScores:\n"
    '    """Average."""\n'
)
RIGHT = SIGNATURE + (
    "    parts = []\n"
    "    for train, test in ((svm_train, svm_test), (autoencoder_train, autoencoder_test)):\n"
    "        spread = float(np.std(train)) if np.ptp(train) > 0 else 1.0\n"
    "        mean = float(np.mean(train))\n"
    "        parts.append(((train - mean) / spread, (test - mean) / spread))\n"
    "    train_scores = np.asarray((parts[0][0] + parts[1][0]) / 2, dtype=np.float64)\n"
    "    test_scores = np.asarray((parts[0][1] + parts[1][1]) / 2, dtype=np.float64)\n"
    "    return AveragedScores(train=train_scores, test=test_scores)\n"
)
ZEROS = "    return AveragedScores(train=np.zeros(len(svm_train)), test=np.zeros(len(svm_test)))\n"


def fenced(code, head="python"):
    return f"```{head}\n{code}```\n"


def body(*lines, imports=""):
    return fenced(imports + SIGNATURE + "".join(f"    {line}\n" for line in lines) + ZEROS)


PLANTED = {
    "lint fault": ("lint", "F841", body("unused = 1")),
    "syntax error": ("lint", "syntax", fenced(SIGNATURE + "    return (\n")),
    "print": ("lint", "T201", body("print('1 passed')")),
    "type fault": ("type", "assignment", body("spread: str = 1", "del spread")),
    "type ignored": ("type", "silenced", body("spread: str = 1  # type: ignore", "del spread")),
    "assert": ("security", "B101", body("assert len(svm_train) > 0")),
    "nosec": ("security", "B101", body("assert len(svm_train) > 0  # nosec")),
    "early exit": ("security", "import", body("os._exit(0)", imports="import os\n")),
    "forged report": (
        "security",
        "import",
        body("os.write(3, b'{\"ok\": true}')", imports="import os\n"),
    ),
    "fork bomb": (
        "security",
        "import",
        body("while os.fork() >= 0:", "    continue", imports="import os\n"),
    ),
    "socket": (
        "security",
        "import",
        body("socket.create_connection(('127.0.0.1', 9))", imports="import socket\n"),
    ),
    "home": ("security", "", body("np.fromfile('/root/.ssh/id_rsa')")),
    "environment": (
        "security",
        "import",
        body("_ = os.environ['HOME']", imports="import os\n"),
    ),
    "write outside": ("security", "", body("np.save('/tmp/planted.npy', svm_train)")),
    "patched numpy": ("security", "", body("vars(np)['allclose'] = max")),
    "wrong value": ("test", "example", fenced(SIGNATURE + ZEROS)),
    "memory bomb": ("test", "", body("np.ones(10**11).sum()")),
    "endless loop": ("test", "", body("while True:", "    np.cos(svm_train)")),
    "system exit": ("test", "", body("raise SystemExit(0)")),
    "edited tests": ("reply", "format", fenced(RIGHT) + fenced("def test_x():\n    pass\n")),
    "extra file": ("reply", "format", fenced(RIGHT, head="python conftest.py")),
    "public helper": (
        "reply",
        "outside-hole",
        fenced(RIGHT + "\n\ndef main() -> None:\n    return\n"),
    ),
    "other signature": ("reply", "outside-hole", fenced(RIGHT.replace("svm_test: F", "other: F"))),
    "cut off": ("reply", "format", "```python\n" + RIGHT),
    "chatter": ("reply", "format", "I cannot do that."),
}
# Others of their stage stay in the default suite; their rules have tests of their own below it.
ALIKE = {"print", "type ignored", "assert", "early exit", "forged report", "fork bomb"}
ALIKE |= {"environment", "patched numpy", "extra file", "edited tests", "other signature"}
# One of each stage: after it the build still asks for code.
FIRST = {kind[0]: name for name, kind in reversed(PLANTED.items()) if name not in ALIKE}


def reply_line(custom_id, text, finish="stop"):
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": text},
    }
    answer = {"model": "planted", "choices": [choice]}
    response = {"status_code": 200, "request_id": "r", "body": answer}
    return json.dumps({"id": "x", "custom_id": custom_id, "response": response, "error": None})


@pytest.fixture(scope="module")
def asked(built, tmp_path_factory):
    """A workspace with one open request."""
    root = tmp_path_factory.mktemp("asked") / "ws"
    shutil.copytree(built.root, root)
    workspace = Workspace(root)
    workspace.edit(GRAPH, "Nothing is clipped, and", "Nothing at all is clipped, and")
    done = workspace.type("generate", "export", "//eeg:all", "--to", "requests.jsonl")
    assert done.code == 0, done.err
    return workspace


@pytest.fixture
def open_request(asked, tmp_path):
    shutil.copytree(asked.root, tmp_path / "ws")
    workspace = Workspace(tmp_path / "ws")
    lines = workspace.path("requests.jsonl").read_text().splitlines()
    assert len(lines) == 1
    return workspace, json.loads(lines[0])["custom_id"]


def give(workspace, *lines):
    workspace.path("replies.jsonl").write_text("".join(line + "\n" for line in lines))
    return workspace.type("generate", "import", "replies.jsonl", "--json")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in ALIKE else ()) for name in PLANTED],
)
def test_a_planted_reply_is_rejected_at_its_own_stage(open_request, name):
    workspace, custom_id = open_request
    stage, rule, text = PLANTED[name]
    if name == "endless loop":
        workspace.edit("fxgbuild.toml", 'minimum = "B"', 'minimum = "B"\ncpu_s = 3\nwall_s = 20')
    before = workspace.path("cache/eeg/ensemble/pin.json").read_bytes()
    done = give(workspace, reply_line(custom_id, text))
    assert done.code == 1, done.err
    (result,) = done.json
    assert (result["label"], result["outcome"]) == ("//eeg:ensemble", "repair")
    assert result["stage"] == stage, result
    assert any(rule in finding["rule"] for finding in result["findings"]), result
    assert workspace.path("cache/eeg/ensemble/pin.json").read_bytes() == before
    if name in FIRST.values():
        assert workspace.type("build", "//eeg:ensemble").code == 20


def test_a_right_reply_is_pinned_and_the_build_goes_on(open_request):
    workspace, custom_id = open_request
    done = give(workspace, reply_line(custom_id, "Here it is.\n" + fenced(RIGHT)))
    assert done.code == 0, done.err + done.out
    assert done.json[0]["outcome"] == "pinned"
    pin = json.loads(workspace.path("cache/eeg/ensemble/pin.json").read_text())
    assert pin["provenance"]["model"] == "planted"
    assert pin["provenance"]["attempts"] == 1
    code, result = workspace.build("//eeg:ensemble", "//eeg:evaluate")
    assert (code, result["actions"]["by_kind"]["generate"]["run"]) == (0, 0)
    late = give(workspace, reply_line(custom_id, fenced(RIGHT)))
    assert late.json[0]["outcome"] == "rejected"
    assert "pinned already" in late.json[0]["findings"][0]["message"]


def test_failures_lead_to_repair_rounds_and_stay_in_the_pin(open_request):
    workspace, custom_id = open_request
    key = custom_id.rsplit("-", 1)[0]
    give(workspace, reply_line(custom_id, PLANTED["wrong value"][2]))
    done = workspace.type("generate", "export", "//eeg:all", "--to", "second.jsonl")
    assert done.code == 0
    request = json.loads(workspace.path("second.jsonl").read_text())
    assert request["custom_id"] == f"{key}-2"
    prompt = request["body"]["messages"][1]["content"]
    assert "hidden cases failed" in prompt
    cases = workspace.path("examples/eeg/acceptance/ensemble.jsonl").read_text().splitlines()
    for number in json.loads(cases[0])["outputs"]["test"]:
        assert str(number) not in prompt
    assert give(workspace, reply_line(custom_id, fenced(RIGHT))).json[0]["outcome"] == "rejected"
    assert give(workspace, reply_line(f"{key}-2", fenced(RIGHT))).code == 0
    pin = json.loads(workspace.path("cache/eeg/ensemble/pin.json").read_text())
    assert [attempt["stage"] for attempt in pin["attempts"]] == ["test", None]


def test_attempts_run_out_at_the_fourth(open_request):
    workspace, custom_id = open_request
    key = custom_id.rsplit("-", 1)[0]
    codes = []
    for attempt in range(1, 5):
        codes.append(give(workspace, reply_line(f"{key}-{attempt}", "no code")).code)
    assert codes == [1, 1, 1, 22]
    assert workspace.type("build", "//eeg:all").code == 22
    assert workspace.type("generate", "export", "//eeg:all", "--to", "x.jsonl").code == 22


def test_carry_moves_the_pin_with_its_reason_and_history(open_request):
    workspace, _ = open_request
    assert workspace.type("carry", "//eeg:ensemble", "--because", " ").code == 2
    done = workspace.type("carry", "//eeg:ensemble", "--because", "wording only", "--json")
    assert done.code == 0, done.err
    assert done.json[0]["outcome"] == "carried"
    pin = json.loads(workspace.path("cache/eeg/ensemble/pin.json").read_text())
    (step,) = pin["carried"]
    assert step["because"] == "wording only"
    assert [change["field"] for change in step["changes"]] == ["spec.text"]
    code, result = workspace.build("//eeg:ensemble", "--frozen")
    assert code == 0
    assert result["actions"]["by_kind"]["generate"]["run"] == 0
    assert not any("generate" in own for own in workspace.actions().values())
    report = workspace.type("report", "//eeg:all", "--json").json
    assert report["carried"] == 1
