"""`python -m fxgbuild`, and the `fxgbuild` command."""

import sys

from fxgbuild.quick import answer


def main() -> None:
    if answer(sys.argv[1:]):
        return
    from fxgbuild.cli.main import main as run  # noqa: PLC0415 - a null build needs none of it

    sys.exit(run())


if __name__ == "__main__":
    main()
