"""What a level is asked to run."""

from dataclasses import dataclass
from pathlib import Path

from fxgbuild.sandbox.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class Request:
    """One job for one interpreter; `scratch` and `out` are folders of our own for this run."""

    interpreter: Interpreter
    job: Path
    scratch: Path
    out: Path | None
    nonce: str
    targets: int
    extra_binds: tuple[str, ...] = ()
    terminal: tuple[int, ...] = ()  # descriptors to read from and to write to, of who debugs
