"""Logs of model calls: one JSON object a line, in the forms that servers and people write.

Read: a request beside its response, batch files (request and result lines joined by `custom_id`),
and plain pairs. A line that cannot be used becomes a problem with its place.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from fxgbuild.digest import Json
from fxgbuild.problem import Location, Problem

PROBLEM = "FXG2003"
_PROMPTS = ("prompt", "input")
_ANSWERS = ("answer", "output", "completion")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what was said to the model, and what it answered; 0 or None is not known."""

    line: int
    messages: tuple[tuple[str, str], ...]
    answer: str
    model: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None


@dataclass(slots=True)
class Log:
    """A log as read: calls in order, and what could not be read."""

    calls: list[Call] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Unreadable(ValueError):
    """Why a line is no call, in one sentence."""


def problem(path: str, line: int, message: str) -> Problem:
    return Problem(Location(path, line, 1), PROBLEM, message)


def read_log(path: str, text: str) -> Log:
    """Read every line; JSON may hold other line separators than the line feed."""
    log = Log()
    requests: dict[str, tuple[int, Json]] = {}
    results: dict[str, tuple[int, Json]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = _object(line)
            name = value.get("custom_id")
            if isinstance(name, str) and not isinstance(value.get("request"), Mapping):
                (requests if "body" in value else results)[name] = (number, value)
                continue
            log.calls.append(_call(number, value))
        except Unreadable as error:
            log.problems.append(problem(path, number, str(error)))
    _join(path, requests, results, log)
    log.calls.sort(key=lambda call: call.line)
    log.problems.sort(key=lambda one: one.where.line)
    return log


def _join(
    path: str,
    requests: Mapping[str, tuple[int, Json]],
    results: Mapping[str, tuple[int, Json]],
    log: Log,
) -> None:
    """Batch files: a result's line carries no prompt, its request's line does."""
    for name, (number, value) in results.items():
        try:
            if name not in requests:
                raise Unreadable(f"no line of the file is the request `{name[:40]}`")
            both = {"request": requests[name][1]["body"], "response": value.get("response")}
            log.calls.append(_call(number, both | {"error": value.get("error")}))
        except Unreadable as error:
            log.problems.append(problem(path, number, str(error)))
    for name, (number, _) in requests.items():
        if name not in results:
            text = f"no line of the file answers the request `{name[:40]}`"
            log.problems.append(problem(path, number, text))


def _object(line: str) -> dict[str, Json]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value


def _call(number: int, value: Mapping[str, Json]) -> Call:
    if value.get("error"):
        raise Unreadable("the call failed")
    if "request" in value or "response" in value:
        return _exchange(number, value)
    said = next((value[name] for name in _PROMPTS if name in value), None)
    answer = next((value[name] for name in _ANSWERS if name in value), None)
    if said is None or answer is None:
        raise Unreadable(
            "neither `request` and `response`, nor one of `prompt`, `input` with one of "
            "`answer`, `output`, `completion`"
        )
    if not isinstance(answer, str):
        answer = json.dumps(answer, ensure_ascii=False)
    spoken = _messages(said) if isinstance(said, list) else (("user", _content(said)),)
    tokens = _usage(value.get("usage"))
    return Call(number, spoken, answer, _text(value.get("model")), *tokens, _cost(value))


def _exchange(number: int, value: Mapping[str, Json]) -> Call:
    request, response = value.get("request"), value.get("response")
    if not isinstance(request, Mapping) or not isinstance(response, Mapping):
        raise Unreadable("`request` and `response` belong together, each an object")
    status = response.get("status_code", 200)
    if status != 200:
        raise Unreadable(f"the call was answered with status {str(status)[:20]}")
    body = response.get("body", response)
    try:
        answer = body["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise Unreadable("the response holds no completion") from None
    if not isinstance(answer, str):
        raise Unreadable("the completion has no text")
    model = _text(body.get("model")) or _text(request.get("model"))
    tokens = _usage(body.get("usage"))
    return Call(number, _messages(request.get("messages")), answer, model, *tokens, _cost(value))


def _messages(value: Json) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not value:
        raise Unreadable("`messages` is a list of messages")
    if not all(isinstance(message, Mapping) for message in value):
        raise Unreadable("a message is an object with `role` and `content`")
    return tuple((_text(m.get("role")), _content(m.get("content"))) for m in value)


def _content(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = [part.get("text") if isinstance(part, Mapping) else None for part in value]
        if parts and all(isinstance(part, str) for part in parts):
            return "".join(str(part) for part in parts)
    raise Unreadable("a prompt is text; images, sounds and tool calls are none")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _usage(value: Json) -> tuple[int | None, int | None]:
    usage = value if isinstance(value, Mapping) else {}

    def count(*names: str) -> int | None:
        found = next((usage[name] for name in names if name in usage), None)
        return found if type(found) is int and found >= 0 else None

    return count("prompt_tokens", "input_tokens"), count("completion_tokens", "output_tokens")


def _cost(value: Mapping[str, Json]) -> float | None:
    cost = value.get("cost")
    return float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None
