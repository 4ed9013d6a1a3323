"""Reads the journal: which runs there were, and all that one told."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from fxgbuild.errors import UsageError
from fxgbuild.event import Ended, Event, Started, TargetEnded, from_json
from fxgbuild.finding import Finding
from fxgbuild.journal.history import was_done
from fxgbuild.journal.writer import RUN, SUFFIX, is_live
from fxgbuild.problem import closest

LAST = re.compile(r"last(?:~(\d{1,6}))?")
MOST_TAIL = 64 * 1024


@dataclass(frozen=True, slots=True)
class RunHead:
    """The first and last event of a run; without the last it runs still, or was killed."""

    id: str
    started: Started
    ended: Ended | None
    live: bool = False

    @property
    def outcome(self) -> str:
        if self.ended is None:
            return "running" if self.live else "killed"
        return "failed" if self.ended.exit_code else "ok"


def run_names(folder: Path) -> list[str]:
    """Every run's name, newest first."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    found = (name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX))
    return sorted((name for name in found if RUN.fullmatch(name)), reverse=True)


def runs(folder: Path, most: int | None = None) -> list[RunHead]:
    """Every run, newest first; reads the first and the last line of each."""
    heads = (_head(folder, name) for name in run_names(folder)[:most])
    return [head for head in heads if head is not None]


def _head(folder: Path, run: str) -> RunHead | None:
    path = folder / f"{run}{SUFFIX}"
    try:
        with path.open("rb") as file:
            first = _event(file.readline())
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_TAIL))
            last = _event(file.read().rstrip(b"\n").rpartition(b"\n")[2])
    except OSError:
        return None
    if not isinstance(first, Started):
        return None
    ended = last if isinstance(last, Ended) else None
    return RunHead(run, first, ended, live=ended is None and is_live(path))


def _event(line: bytes) -> Event | None:
    try:
        return from_json(json.loads(line))
    except (ValueError, RecursionError):
        return None


def read(folder: Path, run: str) -> list[Event]:
    """All that a run told; the torn last line of a killed one is left out."""
    path = folder / f"{resolve(folder, run)}{SUFFIX}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the journal of run `{run}` cannot be read", facts={"why": str(error.strerror)}
        ) from error
    return _events(data)


def _events(data: bytes) -> list[Event]:
    return [event for line in data.split(b"\n") if (event := _event(line)) is not None]


def last_done(folder: Path, run: str, label: str) -> str | None:
    """The newest run, up to a given one, that built a target or failed to."""
    for name in run_names(folder):
        if name > run:
            continue
        try:
            data = (folder / f"{name}{SUFFIX}").read_bytes()
        except OSError:
            continue
        if f'"{label}"'.encode() in data and was_done(_events(data), label):
            return name
    return None


def last_findings(folder: Path, label: str) -> tuple[str | None, tuple[Finding, ...]]:
    """The newest run that did anything to a target, and what it found; nothing when it passed."""
    names = run_names(folder)
    run = last_done(folder, names[0], label) if names else None
    if run is None:
        return None, ()
    ends = [e for e in read(folder, run) if isinstance(e, TargetEnded) and e.label == label]
    return run, ends[-1].findings


def resolve(folder: Path, word: str) -> str:
    """The name of the run that is meant: by prefix, date, `last` or `last~N`; the newest wins."""
    names = run_names(folder)
    back = LAST.fullmatch(word)
    if back:
        place = int(back[1] or 0)
        if place < len(names):
            return names[place]
        raise UsageError(
            f"there is no run `{word}`",
            facts={"runs": str(len(names))},
            hint="`fxgbuild log` lists them; a build adds one" if not names else "`fxgbuild log`",
        )
    plain = re.sub(r"[-:](?=\d)", "", word) if re.match(r"\d{4}-", word) else word
    found = next((name for name in names if word and name.startswith((word, plain))), None)
    if found is None:
        facts = {"closest": closest(word, names) or (f"`{names[0]}`" if names else "")}
        raise UsageError(f"there is no run `{word}`", facts=facts, hint="`fxgbuild log` lists them")
    return found
