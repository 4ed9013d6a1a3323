"""Logs of calls: every form is read, what varies is found, and a bad line has its place."""

import json

import pytest

from fxgbuild.calls.direct import Direct, direct_of, direct_text, read_direct
from fxgbuild.calls.log import Unreadable, read_log
from fxgbuild.calls.prompt import find_varying

SYSTEM = "Sort the mail.\n\nCategories: water, power."


def exchange(text, answer, **response):
    request = {"model": "m-1", "messages": [{"role": "system", "content": SYSTEM}]}
    request["messages"].append({"role": "user", "content": f"Message: {text}\n\nAnswer now."})
    body = {"choices": [{"message": {"content": answer}}], **response}
    return {"request": request, "response": body}


def logged(*lines):
    return read_log(
        "log.jsonl", "".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines)
    )


def test_a_chat_log_gives_prompt_answer_model_and_tokens():
    usage = {"prompt_tokens": 30, "completion_tokens": 4}
    log = logged(exchange("no water", "water", usage=usage), exchange("tap is off", "water"))
    assert [call.answer for call in log.calls] == ["water", "water"]
    assert (log.calls[0].tokens_in, log.calls[0].tokens_out) == (30, 4)
    assert log.calls[1].tokens_in is None
    prompts = find_varying(log.calls)
    assert prompts.before == f"{SYSTEM}\n\nMessage:"
    assert prompts.after == "Answer now."
    assert prompts.inputs == ("no water", "tap is off")


def test_inputs_keep_the_letters_that_they_share():
    log = logged(
        {"prompt": "water is out", "answer": "a"}, {"prompt": "water is cut", "answer": "b"}
    )
    assert find_varying(log.calls).inputs == ("water is out", "water is cut")


@pytest.mark.parametrize("prompt", ["prompt", "input"])
@pytest.mark.parametrize("answer", ["answer", "output", "completion"])
def test_plain_pairs_are_read(prompt, answer):
    log = logged({prompt: "a", answer: {"b": 1}, "cost": 0.5})
    assert log.calls[0].answer == '{"b": 1}'
    assert log.calls[0].cost == 0.5


def test_batch_requests_and_results_are_joined_by_their_id():
    both = exchange("tap", "water")
    request = {"custom_id": "7", "method": "POST", "url": "/v1", "body": both["request"]}
    result = {"custom_id": "7", "response": {"status_code": 200, "body": both["response"]}}
    log = logged(request, result, {"custom_id": "8", "response": {}})
    assert [(call.line, call.answer) for call in log.calls] == [(2, "water")]
    assert [(one.where.line, one.message) for one in log.problems] == [
        (3, "no line of the file is the request `8`")
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{oops", "not JSON"),
        ("[1]", "not a JSON object"),
        ({"prompt": "a"}, "nor one of `prompt`"),
        ({"request": {}, "response": None}, "belong together"),
        ({"request": {"messages": []}, "response": {"choices": []}}, "no completion"),
        (exchange("a", None), "no text"),
        ({"prompt": [{"role": "user", "content": [{"image_url": "x"}]}], "answer": "b"}, "images"),
        ({"error": {"message": "rate"}, "prompt": "a", "answer": "b"}, "failed"),
    ],
)
def test_a_line_that_is_no_call_is_named_with_its_place(line, told):
    log = logged({"prompt": "x", "answer": "y"}, line)
    assert len(log.calls) == 1
    assert [str(one.where) for one in log.problems] == ["log.jsonl:2:1"]
    assert told in log.problems[0].message


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([{"prompt": "a", "answer": "b"}] * 2, "there is no input"),
        ([{"prompt": "a", "answer": "b"}, exchange("x", "y")], "different roles"),
    ],
)
def test_prompts_that_are_not_one_text_with_a_gap_are_refused(lines, told):
    with pytest.raises(Unreadable, match=told):
        find_varying(logged(*lines).calls)


def test_direct_calls_are_kept_as_the_log_says_and_no_more():
    usage = {"prompt_tokens": 30, "completion_tokens": 4}
    calls = logged(exchange("a", "x", usage=usage), exchange("b", "y")).calls
    direct = direct_of(calls, repeated=1, contradicted=0)
    assert direct == Direct(2, "m-1", 1, 30.0, 4.0, None, 1, 0)
    assert read_direct(direct_text({"answer": direct})) == {"answer": direct}
    with pytest.raises(ValueError, match="unknown or of the wrong kind"):
        read_direct("[answer]\ncalls = 1\ntokens = 3\n")
