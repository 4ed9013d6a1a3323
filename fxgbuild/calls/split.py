"""The split: which pairs a model is shown, and which it is judged by and never sees."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from fxgbuild.digest import Json


@dataclass(frozen=True, slots=True)
class Pair:
    """One input and what was answered to it."""

    input: str
    answer: Json


@dataclass(frozen=True, slots=True)
class Split:
    """Every input stands in one of the three lists, once."""

    shown: tuple[Pair, ...]
    hidden: tuple[Pair, ...]
    contradicted: tuple[str, ...]  # inputs that had more than one answer, in neither list
    repeated: int  # inputs that were asked more than once


def split_pairs(pairs: Sequence[Pair], *, shown: int, seed: int) -> Split:
    """Split by the digest of seed and input: adding a pair moves no other across by itself."""
    answers: dict[str, list[Json]] = {}
    for pair in pairs:
        answers.setdefault(pair.input, []).append(pair.answer)
    contradicted = [text for text, given in answers.items() if len({_plain(a) for a in given}) > 1]
    agreed = [Pair(text, given[0]) for text, given in answers.items() if text not in contradicted]
    ordered = sorted(agreed, key=lambda pair: _draw(seed, pair.input))
    return Split(
        tuple(ordered[:shown]),
        tuple(ordered[shown:]),
        tuple(contradicted),
        sum(len(given) > 1 for given in answers.values()),
    )


def _plain(answer: Json) -> str:
    return json.dumps(answer, sort_keys=True)


def _draw(seed: int, text: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{text}".encode("utf-8", "surrogatepass")).digest()
