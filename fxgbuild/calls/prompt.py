"""Prompts: the part that every call has, and the text that varies from call to call."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fxgbuild.calls.log import Call, Unreadable

# A common beginning or end is cut back to a border, so that no input loses letters it shares.
_BEGINS = re.compile(r"\n|: |>|\"\"\"|```")
_ENDS = re.compile(r"\n|<|\"\"\"|```")


@dataclass(frozen=True, slots=True)
class Prompts:
    """What is constant, in the order in which it is said, and the varying text of each call."""

    before: str
    after: str
    inputs: tuple[str, ...]


def find_varying(calls: Sequence[Call]) -> Prompts:
    """Take prompts apart; raises Unreadable where they are not one text with one gap."""
    shapes = {tuple(role for role, _ in call.messages) for call in calls}
    if len(shapes) != 1:
        raise Unreadable("the calls have different roles in their messages; log one kind of call")
    columns = list(zip(*(tuple(text for _, text in call.messages) for call in calls), strict=True))
    varying = [place for place, texts in enumerate(columns) if len(set(texts)) > 1]
    if not varying:
        raise Unreadable("all prompts are the same, so there is no input")
    if len(varying) > 1:
        places = " and ".join(str(place + 1) for place in varying[:3])
        raise Unreadable(f"messages {places} vary; a node has one text as its input")
    texts = columns[varying[0]]
    head, tail = _borders(sorted(set(texts)))
    constant = [column[0].strip() for column in columns]
    first = texts[0]
    before = [*constant[: varying[0]], first[:head].strip()]
    after = [first[len(first) - tail :].strip(), *constant[varying[0] + 1 :]]
    return Prompts(
        "\n\n".join(part for part in before if part),
        "\n\n".join(part for part in after if part),
        tuple(text[head : len(text) - tail] for text in texts),
    )


def _borders(texts: Sequence[str]) -> tuple[int, int]:
    """How many characters at the beginning and at the end belong to no input."""
    head = _common(texts)
    ends = [border.end() for border in _BEGINS.finditer(head)]
    head = head[: ends[-1]] if ends else ""
    tail = _common([text[len(head) :][::-1] for text in texts])[::-1]
    start = _ENDS.search(tail)
    return len(head), len(tail) - start.start() if start else 0


def _common(texts: Sequence[str]) -> str:
    """The longest beginning of all texts: that of the first and the last in order."""
    first, last = min(texts), max(texts)
    same = (place for place, char in enumerate(first) if last[place : place + 1] != char)
    return first[: next(same, len(first))]
