"""The one exception tree; its classes carry the exit codes.

Anything raised that is not an `FxgError` is a bug of ours (exit code 37).
"""

from collections.abc import Mapping, Sequence

from fxgbuild.problem import Problem

MOST_PRINTED = 100  # problems of one command


class FxgError(Exception):
    """An error a user can act on: a message, labelled facts and what to type next."""

    exit_code = 1
    id = "FXG1000"

    def __init__(
        self, message: str, *, facts: Mapping[str, str] | None = None, hint: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.facts = dict(facts or {})
        self.hint = hint

    def lines(self) -> list[str]:
        width = max((len(name) for name in self.facts), default=0)
        out = [f"error: {self.message} [{self.id}]"]
        out += [f"  {name:<{width}}  {value}" for name, value in self.facts.items() if value]
        if self.hint:
            out += ["", f"hint: {self.hint}"]
        return out


class BadWorkspace(FxgError):
    """The workspace's files are wrong; carries every problem found."""

    id = "FXG1001"

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(f"the workspace has {count} problem{'s' if count != 1 else ''}")
        self.problems = tuple(sorted(problems))

    def lines(self) -> list[str]:
        out = [line for problem in self.problems[:MOST_PRINTED] for line in problem.lines()]
        more = len(self.problems) - MOST_PRINTED
        if more > 0:
            out += ["", f"and {more} more; `--json` has all"]
        return [*out, "", f"error: {self.message} [{self.id}]"]


class BuildFailed(FxgError):
    id = "FXG1002"


class UsageError(FxgError):
    exit_code = 2
    id = "FXG2000"


class BadRcFile(UsageError):
    """Rc files or `--config` ask for what is not there; carries every problem found."""

    id = "FXG2002"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            "the options in rc files cannot be used", hint="`--no-rc` does without them"
        )
        self.problems = tuple(problems)

    def lines(self) -> list[str]:
        return [*(line for problem in self.problems for line in problem.lines()), *super().lines()]


class BadLog(UsageError):
    """A log of calls has lines that are none; carries every problem found."""

    id = "FXG2003"

    def __init__(self, problems: Sequence[Problem], of: int) -> None:
        count = len(problems)
        super().__init__(
            f"{count} of {of} lines of the log cannot be used",
            hint="mend them, or `--skip-bad` leaves them out and counts them",
        )
        self.problems = tuple(problems)

    def lines(self) -> list[str]:
        shown = self.problems[:MOST_PRINTED]
        return [*(line for problem in shown for line in problem.lines()), *super().lines()]


class PlanNotEmpty(FxgError):
    """`--check` found something to do."""

    id = "FXG1003"


class TestsFailed(FxgError):
    __test__ = False
    exit_code = 3
    id = "FXG3000"


class NoTests(FxgError):
    exit_code = 4
    id = "FXG4000"


class QueryFailed(FxgError):
    exit_code = 7
    id = "FXG7000"


class LockTimeout(FxgError):
    exit_code = 9
    id = "FXG9000"


class GenerationNeeded(FxgError):
    exit_code = 20
    id = "FXG2001"


class BudgetReached(FxgError):
    exit_code = 21
    id = "FXG2101"


class AttemptsExhausted(FxgError):
    exit_code = 22
    id = "FXG2201"


class CodeLost(FxgError):
    exit_code = 23
    id = "FXG2301"


class PromotionRefused(FxgError):
    """A policy is not met, or another promotion came first; nothing was moved."""

    exit_code = 24
    id = "FXG2401"


class NotReproducible(FxgError):
    """The same sources gave other bytes, or the same code and inputs other outputs."""

    exit_code = 25
    id = "FXG2501"


class IntegrityError(FxgError):
    exit_code = 26
    id = "FXG2601"


class StoreUnsafe(FxgError):
    """Others can write into the store."""

    exit_code = 26
    id = "FXG2602"


class Distrusted(FxgError):
    """A signature, a statement, the ledger or a place's content is not what it has to be."""

    exit_code = 26
    id = "FXG2603"


class SandboxUnsound(FxgError):
    """The sandbox is missing, too weak for the workspace's minimum, or let an attack through."""

    exit_code = 1
    id = "FXG5000"


class ToolFailed(FxgError):
    """A tool could not do its work: an accident, not an answer."""

    id = "FXG5001"


class RemoteUnavailable(FxgError):
    """The remote cache could not be used, and the workspace requires it."""

    id = "FXG5002"


class BadRemote(FxgError):
    """The remote cache cannot be used as it is set up: settings, namespaces, an open line."""

    id = "FXG5003"


class DiskFull(FxgError):
    """No space is left; what was being written is not there, what was there still is."""

    id = "FXG5004"


class HistoryMissing(FxgError):
    """git cannot say what is asked of the past: no repository, a shallow clone, a failure."""

    id = "FXG5005"


class PlaceUnavailable(FxgError):
    """A channel's place, or the ledger's, could not be used: down, slow, full, refused."""

    id = "FXG5006"


class BadKey(FxgError):
    """A signing key cannot be used: missing, readable by others, in the workspace, no ed25519."""

    id = "FXG5007"


class BadEnvironment(FxgError):
    """The project's environment lacks what the code needs, or is not as locked."""

    id = "FXG5010"


class OtherTools(FxgError):
    """fxgbuild, or a tool of a stage, is not of the versions that the workspace states."""

    id = "FXG5011"


# When several apply, the first in this list is the exit code (Bazel's codes, and ours from 20 on).
PRECEDENCE = (37, 26, 25, 23, 24, 20, 21, 22, 3, 1, 4, 7, 9, 2, 0)


def worst(codes: Sequence[int]) -> int:
    """Pick the exit code that outranks the others."""
    return min(codes, key=PRECEDENCE.index, default=0)
