"""From logged calls to a pinned function: hidden cases stay hidden, and figures are told."""

import json

import pytest

from tests.e2e.conftest import Workspace
from tests.e2e.test_replies import fenced

HEAD = (
    "def mail(text: str) -> Result:\n"
    '    """Say whose matter a message is."""\n'
    '    if "water" in text:\n        return "water"\n'
    '    return "power" if "{word}" in text else "other"\n'
)


def log_lines():
    system = {"role": "system", "content": "Sort the mail: water, power or other."}
    for number in range(40):
        label = ("water", "power", "other")[number % 3]
        text = f"{'hello' if label == 'other' else label} at number {number:02}"
        if number in (10, 25):
            label = "water"  # nobody can know why
        request = {"model": "m-1", "messages": [system, {"role": "user", "content": text}]}
        usage = {"prompt_tokens": 20, "completion_tokens": 1}
        response = {"choices": [{"message": {"content": label}}], "usage": usage}
        yield {"request": request, "response": response}


@pytest.fixture
def mail(tmp_path):
    """A fresh folder with a log that became a package."""
    lines = [*map(json.dumps, log_lines()), "{torn"]
    (tmp_path / "log.jsonl").write_text("\n".join(lines))
    workspace = Workspace(tmp_path)
    asked = ("init", "--from-calls", "log.jsonl", "--name", "mail", "--at-least", "0.85")
    torn = workspace.type(*asked)
    assert torn.code == 2
    assert torn.err.startswith("log.jsonl:41:1: not JSON")
    assert not workspace.path("fxgbuild.toml").exists()
    done = workspace.type(*asked, "--skip-bad")
    assert done.code == 0, done.err
    return workspace


def answer(workspace, text):
    """Export the open request, answer it, import the reply."""
    done = workspace.type("generate", "export", "//mail:answer", "--to", "requests.jsonl")
    assert done.code == 0, done.err
    request = json.loads(workspace.path("requests.jsonl").read_text())
    usage = {"prompt_tokens": 900, "completion_tokens": 100}
    choice = {"message": {"content": text}, "finish_reason": "stop"}
    body = {"choices": [choice], "model": "m-2", "usage": usage}
    response = {"status_code": 200, "request_id": "r", "body": body}
    reply = {"custom_id": request["custom_id"], "response": response, "error": None}
    workspace.path("replies.jsonl").write_text(json.dumps(reply))
    done = workspace.type("generate", "import", "replies.jsonl", "--json")
    return json.dumps(request), done.json[0]


@pytest.mark.slow
def test_a_log_becomes_a_function_judged_by_hidden_cases(mail):
    hidden = mail.path("pipelines/mail/acceptance/answer.jsonl").read_text().splitlines()
    assert len(hidden) == 28
    assert mail.type("build").code == 20
    asked, first = answer(mail, fenced(HEAD.format(word="never")))
    assert not any(json.loads(line)["inputs"]["text"] in asked for line in hidden)
    assert (first["outcome"], first["stage"]) == ("repair", "test")
    assert any("exact of the hidden cases" in f["message"] for f in first["findings"])
    asked, second = answer(mail, fenced(HEAD.format(word="power")))
    assert "hidden cases failed; 24 are needed" in asked
    assert not any(json.loads(line)["inputs"]["text"] in asked for line in hidden)
    assert second["outcome"] == "pinned", second
    tested = mail.type("test", "//mail:answer", "--test_output=all")
    assert tested.code == 0, tested.err
    assert "//mail:answer  exact 0.9" in tested.out
    assert tested.out.count("  missed case[") == sum(
        "number 10" in x or "number 25" in x for x in hidden
    )
    report = mail.type("report", "--json").json
    assert report["quality"]["//mail:answer"]["of"] == 28
    assert report["tokens"]["generation"]["total"] == 2000
    assert report["break_even"]["//mail:answer"]["calls_by_tokens"] == 96  # 2000 / 21
    assert report["recovery"] == {"recovered": 1, "of": 1, "rate": 1.0}
    mail.edit("pipelines/mail/fxg.yaml", "at_least: 0.85", "at_least: 0.99")
    failed = mail.type("build", "//mail:answer")
    assert failed.code == 1
    assert "at least 0.99 is needed" in failed.err + failed.out


def test_a_package_that_is_there_is_not_touched(mail):
    again = mail.type("init", "--from-calls", "log.jsonl", "--name", "mail", "--skip-bad")
    assert again.code == 2
    assert "is there already" in again.err
