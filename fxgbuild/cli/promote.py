"""`fxgbuild promote`: a release into a channel, by digest; nothing is built."""

import os

import click

from fxgbuild.cli.app import App, Common, common
from fxgbuild.cli.desk import open_desk
from fxgbuild.cli.moving import How, move, moving
from fxgbuild.errors import UsageError
from fxgbuild.lang.label import Label
from fxgbuild.plan.plan import Selection
from fxgbuild.promote.candidate import built_candidate, shelved_candidate
from fxgbuild.promote.channels import Channel
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.making import make
from fxgbuild.promote.planning import Candidate, Wish
from fxgbuild.promote.promotion import person_of
from fxgbuild.promote.shelf import find
from fxgbuild.signing.keys import Signer, find_signer

LABEL = ("//", ":")


@click.command("promote")
@click.argument("what")
@click.option("--to", "to", required=True, metavar="CHANNEL", help="The channel to enter.")
@moving
@common
def command(options: Common, how: How, what: str, to: str) -> int:
    """Promote WHAT, a label that is built here or a digest, into a channel.

    The policy is checked before anything moves; what is not met is named, with what would meet it.
    """
    app = App(options, frozen=True)
    desk = open_desk(app)
    channel = desk.channel(to)
    signer = find_signer(os.environ, app.root)
    person = "" if how.dry_run and signer is None else person_of(desk, signer)
    wish = Wish("promote", channel, how.because, person, how.clock_is_right)
    candidate = _candidate(app, desk, channel, what, signer)
    return move(app, desk, wish, candidate, signer, dry_run=how.dry_run)


def _candidate(
    app: App, desk: Desk, channel: Channel, what: str, signer: Signer | None
) -> Candidate:
    if not what.startswith(LABEL):
        return shelved_candidate(desk, find(desk, what, to=channel), channel)
    selection = app.selection([what])
    made = make(app.context(), app.scope.tree, _artifact(selection, what))
    return built_candidate(desk, made, channel, signer)


def _artifact(selection: Selection, what: str) -> Label:
    found = [artifact.label for _, artifact in selection.artifacts]
    if len(found) != 1:
        raise UsageError(
            f"`{what}` names {len(found) or 'no'} artifact{'s' if found else ''}; one is promoted",
            facts={"artifacts": ", ".join(map(str, found))},
            hint="`fxgbuild ls -v //...` lists the artifacts",
        )
    return found[0]
