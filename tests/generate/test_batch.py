"""Batch files: requests out, replies in; every line an answer or a problem that is said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxgbuild.digest import digest_bytes
from fxgbuild.generate.batch import TEMPERATURE, custom_id, read_answers, request_line
from tests.strategies import characters, json_values

KEY = digest_bytes(b"key")
MESSAGES = [
    {"role": "system", "content": "Be exact."},
    {"role": "user", "content": "Löse\u2028es."},
]


def completion(text: Any = "code", **choice: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "model": "some-model",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"} | choice],
        "usage": {"total_tokens": 7},
    }


def line(**parts: Any) -> str:
    response = {"status_code": 200, "request_id": "r1", "body": completion()}
    whole = {"id": "b1", "custom_id": custom_id(KEY, 2), "response": response, "error": None}
    return json.dumps(whole | parts)


def answers(text: str) -> list[Any]:
    return list(read_answers(text))


def test_a_request_is_one_line_of_the_batch_format() -> None:
    text = request_line(KEY, 3, MESSAGES, "some-model", 1000)
    assert "\n" not in text
    assert json.loads(text) == {
        "custom_id": f"{KEY.hex[:32]}-3",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "some-model",
            "messages": MESSAGES,
            "temperature": TEMPERATURE,
            "max_tokens": 1000,
        },
    }
    assert text == request_line(KEY, 3, MESSAGES, "some-model", 1000)


def test_an_answer_finds_its_key_attempt_and_text() -> None:
    (answer,) = answers(line())
    assert answer.problem == ""
    assert (answer.line, answer.key_prefix, answer.attempt) == (1, KEY.hex[:32], 2)
    reply = answer.reply
    assert (reply.text, reply.provider, reply.model) == ("code", "batch", "some-model")
    assert (reply.finish_reason, reply.request_id) == ("stop", "r1")
    assert reply.usage == {"total_tokens": 7}


@given(st.text(characters, max_size=60), st.integers(1, 999))
def test_any_text_goes_out_and_comes_back_as_it_is(text: str, attempt: int) -> None:
    request = json.loads(request_line(KEY, attempt, MESSAGES, "m", 10))
    for ascii_only in (True, False):
        written = json.dumps(
            {
                "custom_id": request["custom_id"],
                "response": {"status_code": 200, "body": completion(text)},
            },
            ensure_ascii=ascii_only,
        )
        (answer,) = answers(f"\n{written}\n\n")
        assert answer.reply is not None
        assert answer.reply.text == text
        assert (answer.line, answer.attempt) == (2, attempt)


def test_the_completion_may_stand_in_place_of_the_body() -> None:
    (answer,) = answers(line(response=completion("direct")))
    assert answer.reply is not None
    assert answer.reply.text == "direct"


REFUSED = [
    (line(error={"code": "expired", "message": "took too long"}), "the provider reports: took too"),
    (line(error="gone", response=None), "the provider reports: gone"),
    (line(response=None), "no `response`"),
    (line(response="text"), "no `response`"),
    (line(response={"status_code": 429, "body": {}}), "the provider answered with status 429"),
    (line(response={"status_code": 200}), "the response holds no completion"),
    (line(response={"status_code": 200, "body": None}), "the response holds no completion"),
    (line(response={"status_code": 200, "body": []}), "the response holds no completion"),
    (line(response={"status_code": 200, "body": {"choices": []}}), "holds no completion"),
    (line(response={"status_code": 200, "body": {"choices": ["x"]}}), "holds no completion"),
    (line(response=completion(None)), "the completion has no text"),
    (line(response=completion(["a"])), "the completion has no text"),
    (line(response=completion(message={"content": None, "refusal": "No."})), "refused: No."),
    (line(response=completion("\ud800")), "the completion has no text"),
    (line(custom_id="mine-1"), "the `custom_id` is not one of ours"),
    (line(custom_id=None), "the `custom_id` is not one of ours"),
    (line(custom_id=custom_id(KEY, 1) + "x"), "the `custom_id` is not one of ours"),
    (line(custom_id=custom_id(KEY, 1).upper()), "the `custom_id` is not one of ours"),
    ('{"custom_id": ', "not JSON"),
    ("[]", "not a JSON object"),
    ("5", "not a JSON object"),
    ("[" * 100_000, "not JSON"),
    (line(response=completion() | {"usage": {"x": float("nan")}}), "not JSON: `NaN` is no number"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=[said[:24] for _, said in REFUSED])
def test_a_bad_line_is_an_answer_with_a_problem(text: str, said: str) -> None:
    (answer,) = answers(text)
    assert answer.reply is None
    assert said in answer.problem


def test_a_bad_line_spoils_no_other() -> None:
    found = answers("\n".join([line(), "nonsense", "", line(error="gone"), line()]))
    assert [(answer.line, answer.reply is not None) for answer in found] == [
        (1, True),
        (2, False),
        (4, False),
        (5, True),
    ]


@given(st.dictionaries(st.sampled_from(["custom_id", "response", "error"]), json_values()))
def test_no_line_of_json_is_an_accident(parts: dict[str, Any]) -> None:
    for text in (json.dumps(parts), line(**parts), line(response={"body": parts})):
        for answer in answers(text):
            assert (answer.reply is None) is bool(answer.problem)
