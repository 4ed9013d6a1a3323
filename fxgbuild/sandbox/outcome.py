"""Reads what came out of a sandbox: frames with the right nonce, one result per target, files.

Nothing that is missing, doubled or short is ever taken for a pass.
"""

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.digest import Json

_OUTCOMES = {"passed", "failed", "error", "missed"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One result per target, in the job's order; how the sandbox ended; what it said itself."""

    frames: tuple[dict[str, Json], ...]
    exit_code: int
    timed_out: bool
    output: str


def read_frames(data: bytes, nonce: str) -> list[dict[str, Json]]:
    """Give the frames that carry the nonce, without it; anything else is not a frame."""
    frames = []
    for line in data.split(b"\n"):
        try:
            frame = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(frame, dict) and frame.pop("nonce", None) == nonce:
            frames.append(frame)
    return frames


def results(
    frames: Sequence[dict[str, Json]], ids: Sequence[str], why: str
) -> tuple[dict[str, Json], ...]:
    """Give exactly one result per id; `why` explains those that are missing."""
    found: dict[str, list[dict[str, Json]]] = {}
    for frame in frames:
        if frame.get("frame") == "result":
            found.setdefault(str(frame.get("id")), []).append(frame)
    chosen = []
    for name in ids:
        sent = found.get(name, [])
        if len(sent) != 1:
            told = f"{len(sent)} results were sent" if sent else why
            chosen.append(no_verdict(name, told))
        else:
            chosen.append(_sound(sent[0]))
    return tuple(chosen)


def _sound(frame: dict[str, Json]) -> dict[str, Json]:
    """Take a frame's `ok` only if its own tests bear it out."""
    frame = {key: value for key, value in frame.items() if key != "frame"}
    tests = frame.get("tests")
    if not isinstance(tests, list) or any(t.get("outcome") not in _OUTCOMES for t in tests):
        return no_verdict(str(frame.get("id")), "the result is malformed")
    passed = sum(test["outcome"] == "passed" for test in tests) + _missed(frame, tests)
    borne_out = passed == len(tests) == frame["expected"] == frame["collected"] > 0
    frame["ok"] = bool(frame.get("ok") is True and borne_out and frame.get("ended") == "ok")
    return frame


def _missed(frame: Mapping[str, Json], tests: Sequence[Mapping[str, Json]]) -> int:
    """Hidden cases that a figure excuses; none where the counts do not agree with it."""
    figure = frame.get("figure")
    cases = [test for test in tests if test.get("kind") == "case"]
    held = sum(test["outcome"] == "passed" for test in cases)
    counts = figure if isinstance(figure, Mapping) else {}
    if (counts.get("held"), counts.get("of")) != (held, len(cases)):
        return 0
    return sum(test["outcome"] == "missed" for test in cases)


def no_verdict(name: str, why: str) -> dict[str, Json]:
    """The result of a target that sent none: a failure, and never a finding about its code."""
    test = {
        "name": "verdict",
        "kind": "schema",
        "outcome": "error",
        "doc": "",
        "message": f"no verdict: {why}",
        "line": 0,
    }
    return {
        "id": name,
        "ok": False,
        "expected": 0,
        "collected": 0,
        "tests": [test],
        "ended": "no verdict",
        "output": "",
        "wall_s": 0.0,
    }


def collect_ports(frame: dict[str, Json], source: Path, out: Path) -> bool:
    """Copy a result's port files out of the sandbox's folder; False if one is not what was said."""
    for ports in (frame.get("ports") or {}).values():
        for fact in ports.values():
            if "path" not in fact:
                continue
            data = _read_regular(source / fact["path"], source)
            if data is None or hashlib.sha256(data).hexdigest() != fact["sha256"]:
                return False
            target = out / fact["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return True


def _read_regular(path: Path, root: Path) -> bytes | None:
    """Read a plain file below root, following no link."""
    if ".." in path.parts or not path.parent.resolve().is_relative_to(root.resolve()):
        return None
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(fd, "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(fd).st_mode) else None
