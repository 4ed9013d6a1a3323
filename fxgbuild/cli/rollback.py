"""`fxgbuild rollback`: a channel returns to a release that it had; itself a recorded promotion."""

import os

import click

from fxgbuild.cli.app import App, Common, common
from fxgbuild.cli.because import reason
from fxgbuild.cli.desk import known_label, open_desk
from fxgbuild.cli.moving import move
from fxgbuild.errors import UsageError
from fxgbuild.promote.planning import Wish
from fxgbuild.promote.promotion import former, person_of
from fxgbuild.signing.keys import find_signer


@click.command("rollback")
@click.argument("label")
@click.option("--channel", required=True, metavar="NAME", help="The channel that returns.")
@click.option("--to", "to", default="", metavar="DIGEST", help="What it had.  [default: before]")
@reason("Why; the ledger keeps it.", required=True)
@click.option("--dry-run", is_flag=True, help="Print the plan that would run; write nothing.")
@common
def command(options: Common, label: str, channel: str, to: str, because: str, dry_run: bool) -> int:
    """Return a channel to a release that it had, by default to the one before.

    Signatures and policy are checked as for a promotion, but for its age and where it comes from.
    """
    if not because.strip():
        raise UsageError("a rollback says why", hint='`--because "wrong results since Monday"`')
    app = App(options, frozen=True)
    desk = open_desk(app)
    place = desk.channel(channel)
    signer = find_signer(os.environ, app.root)
    person = "" if dry_run and signer is None else person_of(desk, signer)
    name = known_label(app, desk, label, desk.book.ledger)
    candidate = former(desk, place, name, to)
    wish = Wish("rollback", place, because, person)
    return move(app, desk, wish, candidate, signer, dry_run=dry_run)
