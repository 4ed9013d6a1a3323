"""The prompt: a pure function of a generate key's preimage and the wording.

The stable part stands first. A repair round adds the last code and what its stage found; of hidden
cases it says only how many failed, and what a candidate printed never enters.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from fxgbuild.digest import Json, canonical_value
from fxgbuild.generate.wording import KINDS, REPAIR, SYSTEM
from fxgbuild.lang.parts import kinds_in
from fxgbuild.lang.schema import show


@dataclass(frozen=True, slots=True)
class Repair:
    """The round before: its code (empty when the reply held none) and what to tell of it."""

    stage: str
    code: str
    complaints: tuple[str, ...]


Message = dict[str, str]


def messages(preimage: Json, repair: Repair | None = None) -> list[Message]:
    """The chat messages that ask for one node's code."""
    text = user_text(canonical_value(preimage))  # what a key does not tell apart, nor does this
    if repair is not None:
        text += "\n" + repair_text(repair)
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]


def render_messages(found: Sequence[Message]) -> str:
    """The prompt as `fxgbuild prompt` prints it."""
    return "\n".join(f"=== {message['role']} ===\n{message['content']}" for message in found)


def user_text(preimage: Json) -> str:
    parts = [
        f"# Task: {preimage['task']['name']}\n\n{preimage['task']['doc']}",
        "## What this node must do\n\n" + preimage["spec"]["text"],
        "## Ports\n\n" + _ports(preimage),
        "## Parameters\n\n" + _parameters(preimage),
        "## Allowed imports\n\n" + (", ".join(f"`{x}`" for x in preimage["imports"]) or "none"),
        "## The module your code is put into\n\n" + _skeleton(preimage["contract"]),
    ]
    if preimage["effects"]:
        parts.append("## Declared effects\n\n" + ", ".join(preimage["effects"]))
    if preimage["examples"]:
        parts.append("## Examples\n\n" + _examples(preimage["examples"]))
    return "\n\n".join(parts) + "\n"


def _ports(preimage: Json) -> str:
    lines = []
    for side in ("inputs", "outputs"):
        for name, schema in preimage["ports"][side].items():
            line = f"- {side[:-1]} `{name}`: `{show(schema)}`"
            given = [g for g in preimage["upstream"].get(name, []) if side == "inputs"]
            units = {g["array"]["unit"] for g in given if "array" in g and "unit" in g["array"]}
            own = schema.get("array", {}).get("unit")
            if units - {own}:
                line += f" (producers give {', '.join(sorted(units))}; converted before the call)"
            lines.append(line)
    notes = (
        "Types read `dtype[dimensions] unit in [low, high]`; equal dimension names are equal "
        "lengths within one call; an array may hold NaN only where `nan` stands."
    )
    kinds = {
        name for side in preimage["ports"].values() for s in side.values() for name in kinds_in(s)
    }
    told = [note for name, note in KINDS.items() if name in kinds]
    return "\n".join([*lines, "", notes, *(["", *told] if told else [])])


def _parameters(preimage: Json) -> str:
    lines = []
    for name, facts in preimage["parameters"].items():
        line = f"- `{name}`: {facts['type']}"
        line += f", in {facts['unit']}" if facts.get("unit") else ""
        line += f", in {json.dumps(facts['range'])}" if facts.get("range") else ""
        line += f", one of {', '.join(facts['values'])}" if facts.get("values") else ""
        if name in preimage["params"]:
            line += f", always {json.dumps(preimage['params'][name])}"
        lines.append(line + (f" — {facts['doc']}" if facts.get("doc") else ""))
    return "\n".join(lines) or "none"


def _skeleton(contract: Json) -> str:
    docstring = "\n".join(
        f"    {line}" if line else "" for line in contract["docstring"].splitlines()
    ).strip()
    body = [
        *contract["imports"],
        "",
        *[f"{declaration}\n" for declaration in contract["declarations"]],
        "# --- your code replaces everything from here on ---",
        contract["signature"],
        f'    """{docstring}"""' if "\n" not in docstring else f'    """{docstring}\n    """',
    ]
    return "```\n" + "\n".join(body).lstrip("\n") + "\n```"


def _examples(examples: Sequence[Json]) -> str:
    blocks = []
    for number, example in enumerate(examples, 1):
        lines = [f"Example {number}:"]
        for part in ("inputs", "params", "outputs"):
            for name, value in example.get(part, {}).items():
                lines.append(f"- {part[:-1]} `{name}`: {json.dumps(value)}")
        if example.get("within") is not None:
            lines.append(f"- compared within {example['within']} absolute")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def repair_text(repair: Repair) -> str:
    code = repair.code.rstrip() or "(no code could be taken from the reply)"
    complaints = "\n".join(f"- {line}" for line in repair.complaints)
    return (
        "## Repair\n\n"
        + REPAIR.format(stage=repair.stage)
        + f"\nLast code:\n\n```\n{code}\n```\n\nWhat the stage found:\n\n{complaints}\n"
    )


def estimate_tokens(found: Sequence[Message], expected_output: int = 900) -> int:
    """A rough count, four characters a token plus an expected answer: for plans, not bills."""
    return sum(len(message["content"]) for message in found) // 4 + expected_output
