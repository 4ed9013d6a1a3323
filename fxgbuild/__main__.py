"""`python -m fxgbuild`, and the `fxgbuild` command."""

import sys

from fxgbuild.cli.main import main as run


def main() -> None:
    sys.exit(run())


if __name__ == "__main__":
    main()
