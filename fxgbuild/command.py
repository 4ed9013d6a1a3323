"""A tool's command line as a value, and what came of running it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Command:
    """What to start, with the files it finds below its private working folder."""

    argv: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()
    limit_s: float = 60.0
    stdin: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Completed:
    """How it ended. A tool stopped at its limit has `timed_out` set and a negative exit code."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False
    wall_s: float = 0.0
