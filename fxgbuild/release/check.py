"""A check of an artifact, its statements or its channel: what was found, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

from fxgbuild.digest import Json
from fxgbuild.errors import worst
from fxgbuild.problem import visible
from fxgbuild.release.line import Line

UNTRUE = 26  # signatures, integrity, the ledger
OPEN = 1  # nothing is wrong, and something is still to be done


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    found: str
    exit_code: int = 0  # of a check that failed
    remedy: str = ""  # what to type, or who must do what; of one that failed
    shown: tuple[str, ...] = ()  # lines that show what is wrong, such as a difference

    @property
    def ok(self) -> bool:
        return not self.exit_code

    def to_json(self) -> Json:
        found = {"check": self.name, "ok": self.ok, "found": self.found}
        if self.ok:
            return found
        more = {"remedy": self.remedy, "shown": list(self.shown)}
        return found | more | {"exit_code": self.exit_code}

    def lines(self) -> list[str]:
        """As a terminal shows it; what places and statements say is foreign text."""
        out = [f"{'ok     ' if self.ok else 'FAILED '} {self.name}: {self.found}"]
        out += [f"        {line}" for line in self.shown]
        if not self.ok and self.remedy:
            out.append(f"        to mend it: {self.remedy}")
        return [visible(line) for line in out]


def failed(name: str, found: str, remedy: str = "", code: int = UNTRUE) -> Check:
    return Check(name, found, code, remedy)


def of_line(line: Line) -> Check:
    """A line of a policy as a check."""
    name = f"policy {line.rule}"
    if line.met:
        return Check(name, f"{line.asked}: {line.found}")
    asked_by = f" (asked by {line.origin})" if line.origin else ""
    found = f"{line.asked}{asked_by}; found: {line.found}"
    return Check(name, found, line.exit_code, line.remedy)


def worst_of(checks: Iterable[Check]) -> int:
    """The exit code of several checks."""
    return worst([check.exit_code for check in checks if not check.ok])
