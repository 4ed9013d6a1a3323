"""`fxgbuild rollback`: a channel returns to a release that it had; itself a recorded promotion."""

import os

import click

from fxgbuild.cli.app import App, Common, common
from fxgbuild.cli.desk import known_label, open_desk
from fxgbuild.cli.moving import How, move, moving
from fxgbuild.errors import UsageError
from fxgbuild.promote.planning import Wish
from fxgbuild.promote.promotion import former, person_of
from fxgbuild.signing.keys import find_signer


@click.command("rollback")
@click.argument("label")
@click.option("--channel", required=True, metavar="NAME", help="The channel that returns.")
@click.option("--to", "to", default="", metavar="DIGEST", help="What it had.  [default: before]")
@moving
@common
def command(options: Common, how: How, label: str, channel: str, to: str) -> int:
    """Return a channel to a release that it had, by default to the one before.

    Signatures and policy are checked as for a promotion, but for its age and where it comes from.
    """
    if not how.because.strip():
        raise UsageError("a rollback says why", hint='`--because "wrong results since Monday"`')
    app = App(options, frozen=True)
    desk = open_desk(app)
    place = desk.channel(channel)
    signer = find_signer(os.environ, app.root)
    person = "" if how.dry_run and signer is None else person_of(desk, signer)
    name = known_label(app, desk, label, desk.book.ledger)
    candidate = former(desk, place, name, to)
    wish = Wish("rollback", place, how.because, person, how.clock_is_right)
    return move(app, desk, wish, candidate, signer, dry_run=how.dry_run)
