"""`fxgbuild history`: the way of an artifact through every channel."""

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.desk import known_label, open_desk
from fxgbuild.digest import Json
from fxgbuild.problem import visible
from fxgbuild.promote.desk import Desk
from fxgbuild.release.entry import Entry
from fxgbuild.release.moves import entry_json
from fxgbuild.report.visible import one_line
from fxgbuild.report.words import table

HEADER = ("channel", "", "from", "until", "digest", "entry", "kind", "who", "because")
HERE = "*"  # what a channel has now


@click.command("history")
@click.argument("label")
@common
def command(options: Common, label: str) -> int:
    """Show what every channel had of an artifact, and when; `*` marks what it has now.

    Oldest first. An artifact that stands in a row until nothing replaced it is in the channel.
    """
    app = App(options)
    desk = open_desk(app)
    name = known_label(app, desk, label, desk.book.ledger)
    paths = _paths(desk, name)
    if options.json:
        echo_json({"label": name, "channels": [_document(n, way) for n, way in paths.items()]})
        return 0
    rows = [_row(channel, entry, way) for channel, way in paths.items() for entry in way]
    for line in table(rows, HEADER):
        click.echo(visible(line))
    return 0


def _paths(desk: Desk, label: str) -> dict[str, list[Entry]]:
    """By channel in the order of the file, then channels that are declared no more."""
    found: dict[str, list[Entry]] = {name: [] for name in desk.channels}
    for entry in desk.book.ledger.history(label):
        found.setdefault(entry.channel, []).append(entry)
    return {name: way for name, way in found.items() if way}


def _until(entry: Entry, way: list[Entry]) -> str:
    later = [other.at for other in way if other.number > entry.number]
    return later[0] if later else ""


def _row(channel: str, entry: Entry, way: list[Entry]) -> tuple[str, ...]:
    until = _until(entry, way)
    return (
        channel,
        "" if until else HERE,
        entry.at,
        until or "now",
        entry.file.short,
        str(entry.number),
        entry.kind,
        one_line(entry.person, 60),
        one_line(entry.because, 100),
    )


def _document(channel: str, way: list[Entry]) -> Json:
    steps = []
    for entry in way:
        until = _until(entry, way)
        steps.append(entry_json(entry) | {"until": until or None, "current": not until})
    return {"channel": channel, "entries": steps}
