"""`python -m fxgbuild`, and the `fxgbuild` command."""

import contextlib
import os
import sys

from fxgbuild.quick import answer


def main() -> None:
    code = 0
    if not answer(sys.argv[1:]):
        from fxgbuild.cli.main import main as run  # noqa: PLC0415 - a null build needs none of it

        code = run()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # a reader that has gone
            stream.flush()
    os._exit(code)  # nothing is left to do, and taking ten thousand values apart costs time


if __name__ == "__main__":
    main()
