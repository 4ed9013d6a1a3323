"""The live model, against a real server on loopback: answers, retries and failures."""

import subprocess
import sys
from typing import Any

import pytest

from fxgbuild.errors import GenerationNeeded, ToolFailed
from fxgbuild.generate.reply import Reply
from fxgbuild.lang.settings import GenerateDoc
from fxgbuild.llm import chat
from fxgbuild.llm.chat import ChatModel, open_model
from tests.llm.peer import COMPLETION, Answer, Peer, serve

MESSAGES = [{"role": "system", "content": "Be exact."}, {"role": "user", "content": "Löse es."}]
KEY = "sk-secret-of-the-tests"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FXG_TEST_KEY", KEY)


def settings(url: str = "", **parts: Any) -> GenerateDoc:
    whole = {"provider": "openai", "model": "wanted-model", "api_key_env": "FXG_TEST_KEY"}
    return GenerateDoc(**whole | {"base_url": url} | parts)


def ask(peer: Peer, **parts: Any) -> Reply:
    model = open_model(settings(peer.url, **parts))
    assert model is not None
    return model.ask(MESSAGES, temperature=0.2)


def test_a_request_says_what_is_asked_and_nothing_more() -> None:
    with serve() as peer:
        ask(peer, max_output_tokens=300)
    ((path, headers, body),) = peer.requests
    assert path == "/v1/chat/completions"
    sent = {name.lower(): value for name, value in headers.items()}
    assert sent["authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "wanted-model",
        "messages": MESSAGES,
        "temperature": 0.2,
        "max_tokens": 300,
    }


def test_an_answer_comes_with_all_that_the_provider_said_of_it() -> None:
    with serve() as peer:
        assert ask(peer) == Reply(
            text="the answer",
            provider="openai",
            model="served-model",
            finish_reason="stop",
            usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
            request_id="chatcmpl-1",
        )


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_passing_failure_is_asked_again(status: int) -> None:
    failure = Answer(status, {"error": {"message": "later"}})
    with serve(failure, failure, Answer()) as peer:
        assert ask(peer).text == "the answer"
    assert len(peer.requests) == 3
    assert peer.requests[0][2] == peer.requests[2][2]


def test_a_lasting_failure_is_a_tool_that_failed_after_a_bounded_number_of_requests() -> None:
    with serve(Answer(500, {"error": {"message": "out of order"}})) as peer:
        with pytest.raises(ToolFailed) as caught:
            ask(peer)
        assert len(peer.requests) == chat.RETRIES + 1
    assert caught.value.facts["server"] == peer.url
    assert caught.value.facts["model"] == "wanted-model"
    assert "out of order" in caught.value.facts["cause"]
    assert "doctor" in caught.value.hint


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_request_is_not_repeated_and_its_error_names_no_key(status: int) -> None:
    with serve(Answer(status, {"error": {"message": f"wrong key: {KEY}"}})) as peer:
        with pytest.raises(ToolFailed) as caught:
            ask(peer)
        assert len(peer.requests) == 1
    assert "wrong key" in caught.value.facts["cause"]
    assert KEY not in "\n".join(caught.value.lines())


def without(**parts: Any) -> dict[str, Any]:
    (choice,) = COMPLETION["choices"]
    return COMPLETION | {"choices": [choice | parts]}


def test_an_answer_without_choices_is_an_empty_reply() -> None:
    for choices in ([], None, [None]):
        with serve(Answer(body=COMPLETION | {"choices": choices})) as peer:
            reply = ask(peer)
        assert (reply.text, reply.finish_reason) == ("", "empty")


def test_an_answer_without_text_or_cut_off_says_so() -> None:
    with serve(Answer(body=without(message={"role": "assistant", "content": None}))) as peer:
        assert ask(peer).text == ""
    with serve(Answer(body=without(finish_reason="length"))) as peer:
        assert ask(peer).finish_reason == "length"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="{", type="application/json"),
        Answer(body="", type="application/json"),
        Answer(body="<html>Sign in</html>", type="text/html"),
        Answer(body=[]),
        Answer(body="null"),
        Answer(body={"choices": "x"}),
        Answer(body=without(message=None)),
        Answer(body=without(message={"content": ["x"]})),
        Answer(body=COMPLETION | {"usage": "much"}),
        Answer(body='{"choices": [{"message": {"content": "\\ud800"}}]}'),
    ],
    ids=lambda answer: str(answer.body)[:30],
)
def test_an_answer_of_no_known_form_is_a_tool_that_failed(answer: Answer) -> None:
    with serve(answer) as peer, pytest.raises(ToolFailed):
        ask(peer)


def test_a_server_that_hangs_is_left_after_the_time_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "RETRIES", 0)
    with serve(Answer(delay_s=1.5)) as peer, pytest.raises(ToolFailed, match="could not be used"):
        ask(peer, timeout_s=0.2)


def test_a_server_that_is_not_there_is_a_tool_that_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chat, "RETRIES", 0)
    with serve() as peer:
        pass
    with pytest.raises(ToolFailed):
        ask(peer)


# Whether there is a model at all ----------------------------------------------------------------


def test_without_a_provider_there_is_no_model_and_no_client_library() -> None:
    code = (
        "import sys\n"
        "from fxgbuild.lang.settings import GenerateDoc\n"
        "from fxgbuild.llm.chat import open_model\n"
        "assert open_model(GenerateDoc()) is None\n"
        "assert 'openai' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_provider_without_a_model_s_name_is_an_error_that_says_what_to_set() -> None:
    with pytest.raises(GenerationNeeded, match="model") as caught:
        open_model(settings(model=""))
    assert caught.value.exit_code == 20


def test_without_a_key_there_is_a_model_only_where_a_server_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FXG_TEST_KEY")
    assert open_model(settings()) is None
    with serve() as peer:
        assert isinstance(open_model(settings(peer.url)), ChatModel)
        assert ask(peer).text == "the answer"
    assert KEY not in str(peer.requests)
