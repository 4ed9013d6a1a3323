"""Packages for the emit tests: one that needs nothing, one that needs numpy."""

from pathlib import Path

import fxgbuild.runtime
from fxgbuild.emit.package import Package

RUNTIME = tuple(
    (path.name, path.read_bytes())
    for path in sorted(Path(fxgbuild.runtime.__file__).parent.glob("*.py"))
)

SPLIT = '''"""Splits text into words."""

import typing as t
from collections.abc import Sequence
from typing import NamedTuple

from helper import Words, tidy

Case = t.Literal["lower", "upper"]


class Result(NamedTuple):
    words: Words
    total: int


def split(text: str, *, case: Case = "lower", keep: "Sequence[str] | None" = None) -> Result:
    """Split a text into its words.

    A "word" is what blanks surround; \\\\n is a blank.
    """
    words = [tidy(word, case == "upper") for word in text.split()]
    return Result([word for word in words if not keep or word in keep], len(words))
'''

HELPER = '''"""Words, tidied."""

from deep.base import EDGES

Words = list[str]


def tidy(word: str, upper: bool) -> str:
    return (word.upper() if upper else word.lower()).strip(EDGES)
'''

SAMPLE = '''"""Draws a word."""

import random
import statistics


def statistics_(words: list[str], *, seed: int) -> str:
    """Draw one word."""
    assert statistics.mean([1, 1]) == 1
    return random.Random(seed).choice(words)
'''

WORDS = {"type": "array", "items": {"type": "string"}}
CASES = {"enum": ["lower", "upper"]}
SEED = {"type": "integer", "minimum": 0}


def _edge(source, target, **more):
    return {
        "from": source,
        "to": target,
        "call": "sync",
        "mode": "sequential",
        "join": "all",
        "retry": None,
        "timeout_s": None,
        "monitor": False,
        "scale": 1.0,
        **more,
    }


WORDS_LINK = {
    "format": 1,
    "name": "words",
    "inputs": {"text": {"type": "string"}},
    "outputs": {"word": "statistics.word", "count": "split.total"},
    "nodes": [
        {
            "name": "split",
            "module": "split",
            "function": "split",
            "inputs": {"text": {"type": "string"}},
            "outputs": {"words": WORDS, "total": {"type": "integer"}},
            "params": {"case": "upper"},
            "run_params": {},
            "hooks": [],
        },
        {
            "name": "statistics",
            "module": "statistics",
            "function": "statistics_",
            "inputs": {"words": WORDS},
            "outputs": {"word": {"type": "string"}},
            "params": {},
            "run_params": {"seed": SEED},
            "hooks": [],
        },
    ],
    "edges": [_edge("text", "split.text"), _edge("split.words", "statistics.words")],
}


def words(**more):
    """A package of two nodes that needs nothing but the standard library."""
    return Package(
        **{
            "name": "Word-Pipeline",
            "version": "0.1.0",
            "import_name": "word_pipeline",
            "summary": 'Draws a word of a text: "any".',
            "link": WORDS_LINK,
            "modules": (
                ("split", SPLIT),
                ("statistics", SAMPLE),
                ("helper", HELPER),
                ("deep.base", 'EDGES = ".,"\n'),
            ),
            "runtime": RUNTIME,
            **more,
        }
    )


SCALE = '''"""Scales windows."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def scale(windows: FloatArray, *, factor: float) -> FloatArray:
    """Multiply by the factor."""
    return windows * factor
'''

ARRAY = {"array": {"dtype": "float64", "dims": ["n"]}}


def numeric():
    """A package of one node that needs numpy."""
    node = {
        "name": "scale",
        "module": "scale",
        "function": "scale",
        "inputs": {"windows": ARRAY},
        "outputs": {"scaled": ARRAY},
        "params": {"factor": 2.0},
        "run_params": {},
        "hooks": [],
    }
    return Package(
        name="numeric",
        version="1.2",
        import_name="numeric",
        summary="Scales.",
        link={
            "format": 1,
            "name": "numeric",
            "inputs": {"windows": ARRAY},
            "outputs": {"scaled": "scale.scaled"},
            "nodes": [node],
            "edges": [_edge("windows", "scale.windows")],
        },
        modules=(("scale", SCALE),),
        runtime=RUNTIME,
        requires=("numpy>=2,<3",),
    )
