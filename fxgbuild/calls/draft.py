"""Drafts: a package's files, made of what was found in a log."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fxgbuild.calls.direct import Direct, direct_text
from fxgbuild.calls.prompt import Prompts
from fxgbuild.calls.split import Pair, Split
from fxgbuild.digest import Json

NODE = "answer"
INPUT = "text"
OUTPUT = "result"

# What is no business of a spec: addresses of persons, and texts that look like keys.
_PRIVATE = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|\b(?:sk|pk|rk)-[A-Za-z0-9_-]{8,}|\bAKIA[0-9A-Z]{12,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}|\bBearer\s+[A-Za-z0-9._-]{8,}"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a package is made of."""

    name: str
    source: str  # the log's name
    prompts: Prompts
    type: Json
    split: Split
    direct: Direct
    metric: str
    at_least: float
    seed: int


def package_files(draft: Draft) -> dict[str, str]:
    """The graph, its hidden cases, a sample, and what the direct calls cost."""
    sample = draft.split.shown[0].input
    hidden = "".join(_case(pair) + "\n" for pair in draft.split.hidden)
    return {
        "fxg.yaml": _graph(draft, hashlib.sha256(sample.encode()).hexdigest()),
        f"acceptance/{NODE}.jsonl": hidden,
        "sample.txt": sample,
        "calls.toml": direct_text({NODE: draft.direct}),
    }


def spec_text(prompts: Prompts) -> tuple[str, int]:
    """The constant part of the prompts, without addresses and keys, and how many were there."""
    parts = [prompts.before, prompts.after]
    return _PRIVATE.subn("[removed]", "\n\n".join(part for part in parts if part))


def _case(pair: Pair) -> str:
    case = {"inputs": {INPUT: pair.input}, "outputs": {OUTPUT: pair.answer}}
    return json.dumps(case, ensure_ascii=False)


def _graph(draft: Draft, sample: str) -> str:
    spec, _ = spec_text(draft.prompts)
    lines = [
        f"# Made from {draft.source}: {len(draft.split.shown)} pairs are shown below, "
        f"{len(draft.split.hidden)} are hidden in acceptance/ (seed {draft.seed}).",
        "# The spec is the constant part of the prompts: rewrite it as what the function must do.",
        "fxg: 1",
        f"inputs: {{{INPUT}: text}}",
        f"outputs: {{{OUTPUT}: {NODE}.{OUTPUT}}}",
        "data:",
        f"  sample: {{{INPUT}: {{path: sample.txt, sha256: {sample}}}}}",
        "nodes:",
        f"  {NODE}:",
        "    task: core.Function",
        f"    function: {draft.name}",
        "    spec: |-",
        *(f"      {line}".rstrip() for line in _printable(spec).split("\n")),
        f"    inputs: {{{INPUT}: text}}",
        "    outputs:",
        *_type_lines(OUTPUT, draft.type, 6),
        "    imports: [re, unicodedata]",
        "    examples:",
        *(line for pair in draft.split.shown for line in _example(pair)),
        "    acceptance:",
        f"      cases: acceptance/{NODE}.jsonl",
        f"      metric: {draft.metric}",
        f"      at_least: {draft.at_least:g}",
        "edges:",
        f"  - {{from: {INPUT}, to: {NODE}.{INPUT}}}",
        "artifacts:",
        f"  wheel: {{name: {draft.name.replace('_', '-')}, version: 0.1.0}}",
    ]
    return "\n".join(lines) + "\n"


def _example(pair: Pair) -> Sequence[str]:
    return (
        f"      - inputs: {_flow({INPUT: pair.input})}",
        f"        outputs: {_flow({OUTPUT: pair.answer})}",
    )


def _type_lines(name: str, type_: Json, indent: int) -> list[str]:
    """A field and its type: a record in lines of its own, anything else in one."""
    space = " " * indent
    if isinstance(type_, Mapping) and "record" in type_:
        head = [f"{space}{name}:", f"{space}  record:"]
        return head + [
            line
            for key, item in type_["record"].items()
            for line in _type_lines(key, item, indent + 4)
        ]
    if isinstance(type_, str):
        return [f"{space}{name}: {type_}"]
    return [f"{space}{name}: {_flow(type_)}"]


def _flow(value: Json) -> str:
    """JSON is YAML; keys and plain words go without quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _escaped(json.dumps(value, ensure_ascii=False))


def _printable(text: str) -> str:
    """A block of YAML has no control characters."""
    return "".join(char for char in text.replace("\t", "  ") if char == "\n" or char.isprintable())


def _escaped(text: str) -> str:
    """Inside quotes, what cannot be printed is escaped."""
    return "".join(
        char if char.isprintable() or ord(char) > 0xFFFF else f"\\u{ord(char):04x}" for char in text
    )
