"""What a judge reports of one test: a line of plain data on its pipe to the parent."""

import json
import os
import re
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Any

_LINES, _WIDTH = 20, 300
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")


@dataclass(frozen=True, slots=True)
class Planned:
    """A test that will run."""

    name: str
    kind: str
    doc: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """A test that ran."""

    name: str
    kind: str
    outcome: str
    doc: str = ""
    message: str = ""
    line: int = 0
    died: bool = False
    input: str = ""  # what hypothesis shrank a failure to
    raised: str = ""  # the class of what the code raised, or how its value broke its schema


def first_sentence(doc: str | None) -> str:
    text = " ".join((doc or "").split("\n\n", 1)[0].split())
    match = re.match(r".*?[.!?](?=\s|$)", text)
    return match.group(0) if match else text


def shortened(text: str) -> str:
    """At most 20 lines of 300 characters; addresses in memory, which tell nothing, are masked."""
    lines = [line[:_WIDTH] for line in _ADDRESS.sub("0x...", text).strip().splitlines()]
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], f"... {len(lines) - _LINES + 1} more lines"]
    return "\n".join(lines)


class Report:
    """The judge's pipe to the parent."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.failed = False

    def plan(self, tests: list[Planned]) -> None:
        self._write({"plan": [asdict(test) for test in tests]})

    def trial(self, trial: Trial) -> None:
        self._write({"test": asdict(trial)})

    def again(self) -> None:
        """Ask for a new code process in place of the one that ended."""
        self._write({"again": True})

    def done(self, **facts: Json) -> None:
        self._write({"done": facts})

    def _write(self, line: Json) -> None:
        data = memoryview(json.dumps(line).encode() + b"\n")
        while data:
            data = data[os.write(self._fd, data) :]
