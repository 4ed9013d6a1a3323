"""What a sandbox's level depends on here; while it stands, the level is known without a try."""

import os
import platform
import shutil
from pathlib import Path

from fxgbuild.sandbox.interpreter import Interpreter


def stamp(interpreter: Interpreter, minimum: str) -> str:
    """The kernel, the user, bubblewrap, the interpreter and what is asked for, as one text."""
    bwrap = shutil.which("bwrap")
    facts = Path(bwrap).stat() if bwrap else None
    parts = [
        platform.release(),
        str(os.getuid()),
        f"{bwrap}:{facts.st_mtime_ns}:{facts.st_size}" if facts else "no bwrap",
        interpreter.executable,
        minimum,
    ]
    return "|".join(parts)
