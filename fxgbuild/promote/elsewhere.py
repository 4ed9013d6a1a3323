"""A closure laid out where nothing is as it was where it was built, and fxgbuild run in there.

What a closure says of this machine is not heeded: its remote cache would hand out what is to be
made again, and its interpreter is not ours. fxgbuild runs with `-P`, so that no module is imported
from the closure; its code runs in the sandbox, as in every build.
"""

import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fxgbuild.command import Command, Completed
from fxgbuild.digest import Json
from fxgbuild.errors import Distrusted
from fxgbuild.files import WORKSPACE_FILE
from fxgbuild.lang.label import parse_pattern
from fxgbuild.process import supervised
from fxgbuild.promote.closure import unpack
from fxgbuild.release.rebuilt import Pairs

LIMIT_S = 3600.0
KEPT = ("fxg", "requires", "packages", "rules", "builtin_rules", "cache", "toolchain", "sandbox")
LATER = "+397d"  # another day, month and year
NOBODY = 65534
UMASK = 0o027


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A workspace of its own; `before` comes before fxgbuild's own command line."""

    root: Path
    home: Path
    python: str  # the interpreter that tests and runs use
    user: int = -1
    same_user: str = ""  # why
    before: tuple[str, ...] = ()
    seed: str = field(default_factory=lambda: str(1 + secrets.randbelow(2**32 - 1)))

    @property
    def variables(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "LC_ALL": "C",
            "TZ": "FXG-12:45",
            "PYTHONHASHSEED": self.seed,
            "SOURCE_DATE_EPOCH": "1234567890",
            "VIRTUAL_ENV": self.python,
        }

    def type(self, *words: str) -> Completed:
        """Run fxgbuild here: nothing of the caller's environment but the PATH is in its own."""
        argv = (*self.before, sys.executable, "-P", "-m", "fxgbuild", *words, "--no-rc")
        command = Command(argv, limit_s=LIMIT_S)
        return supervised(command, self.root, self.variables, umask=UMASK, user=self.user)

    @property
    def differs(self) -> Pairs:
        """What is other here than where anything else was built."""
        found = {
            "folder": "another path, with a blank and a letter beyond ASCII",
            "store": "empty",
            "PYTHONHASHSEED": self.seed,
            "SOURCE_DATE_EPOCH": "1234567890",
            "TZ": "12:45 east of UTC",
            "LC_ALL": "C",
            "umask": f"{UMASK:04o}",
            "HOME": "another, empty",
        }
        if self.before:
            found["date"] = f"{LATER}, by faketime; in the sandbox the machine's own"
        if self.user >= 0:
            found["user"] = str(self.user)
        return tuple(sorted(found.items()))

    @property
    def alike(self) -> Pairs:
        """What could not be made other here, and why."""
        found = {"machine": "this one, with its processor, kernel and interpreter"}
        if not self.before:
            found["date"] = "today's: faketime is not installed"
        if self.user < 0:
            found["user"] = f"the same: {self.same_user}"
        return tuple(sorted(found.items()))


@contextlib.contextmanager
def elsewhere(
    closure: bytes, python: str = "", *, user: int = -1, same_user: str = ""
) -> Iterator[Elsewhere]:
    """Unpack a closure far from here; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fxg elsewhere é ") as folder:
        top = Path(folder).resolve()
        root, home = top / "wörk space", top / "home"
        unpack(closure, root)
        make_own(root)
        home.mkdir()
        if user >= 0:
            give(top, user)
        faketime = shutil.which("faketime")
        before = (faketime, "-f", LATER) if faketime else ()
        yield Elsewhere(root, home, python or sys.executable, user, same_user, before)


def artifact_s_package(label: str) -> str:
    """The package of an artifact's label, as some release says it; raises Distrusted."""
    found = parse_pattern(label)
    if isinstance(found, str) or found.negative or not found.is_exact() or not found.name:
        raise Distrusted(
            "a release is not what it has to be", facts={"why": f"no artifact's label: {label!r}"}
        )
    return found.package


def make_own(root: Path) -> None:
    """Leave of the workspace's settings what decides on its bytes."""
    path = root / WORKSPACE_FILE
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
        kept = {name: settings[name] for name in KEPT if name in settings}
        lock = settings.get("python", {}).get("lock", "")
    except (OSError, ValueError, AttributeError) as error:
        raise Distrusted(
            "a closure is not what it has to be", facts={"why": f"{WORKSPACE_FILE}: {error}"}
        ) from None
    path.write_text(_toml(kept | ({"python": {"lock": lock}} if lock else {})), "utf-8")


def _toml(settings: Json) -> str:
    """Settings as TOML: JSON's scalars and lists are TOML's, tables are inline."""
    return "".join(f"{_value(name)} = {_value(value)}\n" for name, value in settings.items())


def _value(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(n)} = {_value(v)}" for n, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)


def give(top: Path, user: int) -> None:
    """Make a folder and all in it another user's."""
    for here, folders, names in os.walk(top):
        for name in (".", *folders, *names):
            os.chown(Path(here, name), user, user, follow_symlinks=False)
