"""What `promote` and `rollback` do with a candidate: plan, print or refuse, execute, say so."""

import functools
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click

from fxgbuild.cli.app import App, echo_json, say
from fxgbuild.cli.because import reason
from fxgbuild.cli.main import document
from fxgbuild.errors import Distrusted, FxgError, PromotionRefused
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.execute import execute
from fxgbuild.promote.planning import Candidate, Wish
from fxgbuild.promote.promotion import planned
from fxgbuild.release.moves import Moves, moves_lines
from fxgbuild.release.policy import exit_code
from fxgbuild.signing.keys import Signer, need_signer

QUIET_S = 2.0  # copies that take no longer are not told of


@dataclass(frozen=True, slots=True)
class How:
    """The options that `promote` and `rollback` have in common."""

    because: str
    dry_run: bool
    clock_is_right: bool


def moving(function: Callable[..., int]) -> Callable[..., int]:
    """Add those options; the verb gets them as one `how` argument."""

    @reason("Why; the ledger keeps it.", default="")
    @click.option("--dry-run", is_flag=True, help="Print the plan that would run; write nothing.")
    @click.option(
        "--clock-is-right",
        is_flag=True,
        help="The last entry is dated ahead, by a wrong clock: go on with its time.",
    )
    @functools.wraps(function)  # with the options that it has already
    def wrapped(because: str, dry_run: bool, clock_is_right: bool, **rest: Any) -> int:
        return function(how=How(because, dry_run, clock_is_right), **rest)

    return wrapped


def move(
    app: App,
    desk: Desk,
    wish: Wish,
    candidate: Candidate,
    signer: Signer | None,
    *,
    dry_run: bool,
) -> int:
    """Plan a promotion or rollback and, unless it is refused or only asked for, do it."""
    moves = planned(desk, wish, candidate)
    _print(app, moves, as_result=dry_run and not app.options.json)
    if moves.unmet:
        return _refuse(app, moves)
    if moves.is_done():
        return _tell(app, moves, "unchanged")
    if dry_run:
        return _tell(app, moves, "planned")
    if signer is None and (moves.records or moves.signs):
        signer = need_signer(os.environ, app.root)  # raises: it says what is missing
    execute(moves, candidate.contents, desk, signer, Progress())
    return _tell(app, moves, "promoted" if moves.records else "finished")


def _print(app: App, moves: Moves, *, as_result: bool) -> None:
    """The plan: what a dry run is asked for, and otherwise for who wants to know more."""
    lines = moves_lines(moves, whole=app.options.verbose > 1)
    if as_result:
        click.echo("\n".join(lines))
    elif app.options.verbose:
        say(lines)


def _refuse(app: App, moves: Moves) -> int:
    """Name every line that is not met; nothing was moved."""
    code = exit_code(moves.lines)
    kind = Distrusted if code == Distrusted.exit_code else PromotionRefused
    label, channel = moves.entry.label, moves.entry.channel
    error: FxgError = kind(
        f"`{label}` may not enter `{channel}`",
        facts={"unmet": ", ".join(line.rule for line in moves.unmet)},
    )
    if app.options.json:
        echo_json(document(error) | {"status": "refused"} | moves.to_json())
    for line in moves.unmet:
        say(line.lines())
    say(error.lines())
    return code


def _tell(app: App, moves: Moves, status: str) -> int:
    entry = moves.entry
    if app.options.json:
        echo_json({"status": status, "exit_code": 0} | moves.to_json())
        return 0
    for carry in moves.finish if status != "planned" else ():
        done = carry.entry
        click.echo(f"finished entry {done.number}: {done.label} in {done.channel}")
    digests = f"release {entry.release.short}, file {entry.file.short}, entry {entry.number}"
    match status:
        case "unchanged":
            click.echo(f"{entry.channel} has {entry.label} already: {digests}")
        case "finished":
            click.echo(f"{entry.channel} has {entry.label}: {digests}")
        case "promoted":
            verb = "promoted" if entry.kind == "promote" else "rolled back"
            click.echo(f"{verb} {entry.label} in {entry.channel}: {digests}")
    return 0


@dataclass
class Progress:
    """Says how far a long copy is, once a second."""

    began: float = field(default_factory=time.monotonic)
    told: float = 0.0

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if now - self.began > QUIET_S and now - self.told > 1:
            self.told = now
            sys.stderr.write(f"copying {done / 1e6:.1f} of {total / 1e6:.1f} MB: {what}\n")
