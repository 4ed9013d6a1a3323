"""Batch files: requests out and replies in, in OpenAI's batch JSONL.

A request's `custom_id` is the first 32 hex digits of its generate key and the attempt's number, so
that an answer finds its node again, and one for another key is refused.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fxgbuild.digest import Digest, Json
from fxgbuild.generate.prompt import Message
from fxgbuild.generate.reply import Reply, is_text

URL = "/v1/chat/completions"
TEMPERATURE = 0.2  # FXG paper, section "Experimental Evaluation"

_CUSTOM_ID = re.compile(r"([0-9a-f]{32})-([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a reply file: which key and attempt it answers, and the reply or why none."""

    line: int
    custom_id: str
    key_prefix: str
    attempt: int
    reply: Reply | None
    problem: str = ""


def custom_id(key: Digest, attempt: int) -> str:
    return f"{key.hex[:32]}-{attempt}"


def request_line(
    key: Digest, attempt: int, messages: Sequence[Message], model: str, max_tokens: int
) -> str:
    """One request, a line of JSON with sorted keys."""
    body: Json = {
        "model": model,
        "messages": list(messages),
        "temperature": TEMPERATURE,
        "max_tokens": max_tokens,
    }
    line = {"custom_id": custom_id(key, attempt), "method": "POST", "url": URL, "body": body}
    return json.dumps(line, sort_keys=True, ensure_ascii=False)


def read_answers(text: str) -> Iterable[Answer]:
    """Read a reply file line by line; a bad line becomes an answer with a problem."""
    for number, line in enumerate(text.split("\n"), 1):  # JSON may hold other line separators
        if line.strip():
            yield _answer(number, line)


def whole_answer(text: str, key: Digest, attempt: int, model: str) -> Answer:
    """A text that is one reply as a whole, to a request that is known."""
    reply = Reply(text=text, provider="batch", model=model)
    return Answer(1, custom_id(key, attempt), key.hex[:32], attempt, reply)


def _answer(number: int, line: str) -> Answer:
    try:
        value = json.loads(line, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        return Answer(number, "", "", 0, None, f"not JSON: {error}")
    if not isinstance(value, dict):
        return Answer(number, "", "", 0, None, "not a JSON object")
    name = str(value.get("custom_id", ""))
    match = _CUSTOM_ID.fullmatch(name)
    if not match:
        return Answer(number, name, "", 0, None, "the `custom_id` is not one of ours")
    reply, problem = _reply(value)
    return Answer(number, name, match[1], int(match[2]), reply, problem)


def _refused(name: str) -> Json:
    raise ValueError(f"`{name}` is no number")


def _reply(value: Json) -> tuple[Reply | None, str]:
    if value.get("error"):
        return None, f"the provider reports: {_message(value['error'])}"
    response = value.get("response")
    if not isinstance(response, dict):
        return None, "no `response`"
    status = response.get("status_code", 200)
    if status != 200:
        return None, f"the provider answered with status {status}"
    body = response.get("body", response)  # some servers put the completion in place of the body
    try:
        choice = body["choices"][0]
        text = choice["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return None, "the response holds no completion"
    if not isinstance(text, str) or not is_text(text):
        refusal = choice["message"].get("refusal") if isinstance(choice["message"], dict) else None
        return None, f"the model refused: {refusal}" if refusal else "the completion has no text"
    return Reply(
        text=text,
        provider="batch",
        model=str(body.get("model", "")),
        finish_reason=str(choice.get("finish_reason") or ""),
        usage=body.get("usage"),
        request_id=str(response.get("request_id", "")),
    ), ""


def _message(error: Json) -> str:
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)
