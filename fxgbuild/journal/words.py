"""The words of a command as they may be written down: what was asked for, not where or with what.

A parameter of a run can be a secret, and an absolute path tells of a machine: neither is kept.
"""

from collections.abc import Sequence
from pathlib import PurePath

SECRET = ("--param",)
HIDDEN = "…"


def told_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words after `fxgbuild`: values of parameters and folders of absolute paths left out."""
    kept: list[str] = []
    for place, word in enumerate(words):
        option, equals, value = word.partition("=")
        if place and words[place - 1] in SECRET:
            kept.append(f"{option}={HIDDEN}")
        elif option in SECRET and equals:
            kept.append(f"{option}={value.partition('=')[0]}={HIDDEN}")
        elif option.startswith("-") and equals:
            kept.append(f"{option}={_placeless(value)}")
        else:
            kept.append(_placeless(word))
    return tuple(kept)


def _placeless(word: str) -> str:
    name, equals, value = word.rpartition("=")
    path = PurePath(value.removeprefix("file://"))
    if word.startswith("//") or not (path.is_absolute() or value.startswith("~")):
        return word  # a label begins with two strokes and is no path
    return f"{name}{equals}{HIDDEN}/{path.name}"
