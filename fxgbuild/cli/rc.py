"""The command line with what rc files add to it; decided before anything that costs time is loaded.

Looked up in the user's home and in the workspace's root. A command without an rc file and without
`--config` pays for two looks at the disk.
"""

import os
import stat
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fxgbuild.quick import root_of

if TYPE_CHECKING:
    from fxgbuild.rc import Collected, Expanded

NAME = ".fxgbuildrc"
HOME = "~/"
MOST_BYTES = 1 << 20
VARIABLES = {"--store": "FXG_STORE"}  # a variable that is set outranks files
# Words that are no options of a verb: about rc files, or `--no-FLAG`, which takes a flag back.
OURS = ("--config", "--no-", "--no_", "--ignore-all-rc-files", "--ignore_all_rc_files")


def expanded(words: list[str]) -> list[str]:
    """What a command is told in all: what rc files say, then what was typed.

    Raises BadRcFile for lines that cannot be used and for a `--config` that no file knows.
    """
    root = root_of(os.getcwd())
    asked = any(word.startswith(OURS) for word in words)
    if not words or (not asked and not paths(root)):
        return words
    found = explained(words, root)
    if found.problems:
        from fxgbuild.errors import BadRcFile  # noqa: PLC0415 - only when something is wrong

        raise BadRcFile(found.problems)
    return found.words


def explained(words: Sequence[str], root: str) -> "Expanded":
    """The whole command line, where each word came from, and what is wrong with the files."""
    from fxgbuild import rc  # noqa: PLC0415 - only where there is an rc file
    from fxgbuild.cli.options import options  # noqa: PLC0415

    ignored = any(rc.option_name(word)[0] in rc.IGNORE for word in words)
    entries, problems, _ = rc.Collected([], [], []) if ignored else read_all(root)
    beaten = frozenset(name for name, variable in VARIABLES.items() if os.environ.get(variable))
    found = rc.expand(words, entries, options(), beaten)
    return found._replace(problems=[*problems, *found.problems])


def read_all(root: str) -> "Collected":
    """Every line of the rc files, the home's first."""
    from fxgbuild import rc  # noqa: PLC0415 - only where there is an rc file

    found = [rc.collect(path, lambda name: _read(root, name)) for path in paths(root)]
    return rc.Collected(
        [entry for one in found for entry in one.entries],
        [problem for one in found for problem in one.problems],
        [_real(root, name) for one in found for name in one.files],
    )


def paths(root: str) -> list[str]:
    """The rc files that are there, as people name them."""
    home = os.environ.get("HOME", "")
    found = [HOME + NAME] if home and home != root and _is_there(f"{home}/{NAME}") else []
    return [*found, NAME] if root and _is_there(f"{root}/{NAME}") else found


def _is_there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def _real(root: str, name: str) -> str:
    home = os.environ.get("HOME", "")
    return home + name[1:] if name.startswith(HOME) else os.path.join(root, name)


def _read(root: str, name: str) -> str | None:
    """A file's text, None where there is none; what is no readable text file is a problem."""
    try:
        descriptor = os.open(_real(root, name), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(name, error.strerror) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unreadable(name, "not a file")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _unreadable(name, f"larger than {MOST_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(name, "not UTF-8") from None


def _unreadable(name: str, why: str | None) -> Exception:
    from fxgbuild.errors import BadRcFile  # noqa: PLC0415 - only when something is wrong
    from fxgbuild.problem import Location, Problem  # noqa: PLC0415

    return BadRcFile([Problem(Location(name), "FXG2002", f"the file cannot be read: {why}")])
