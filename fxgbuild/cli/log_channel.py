"""`fxgbuild log --channel`: what was promoted into a channel, newest first."""

import click

from fxgbuild.cli.app import App, echo_json
from fxgbuild.cli.desk import known_label, open_desk
from fxgbuild.errors import UsageError
from fxgbuild.problem import visible
from fxgbuild.release.moves import entry_json
from fxgbuild.report.visible import one_line
from fxgbuild.report.words import table

HEADER = ("entry", "date", "kind", "label", "release", "file", "from", "who", "because")


def show(app: App, channel: str, labels: tuple[str, ...], number: int) -> int:
    """Print a channel's entries, of one label or of all."""
    if len(labels) > 1:
        raise UsageError("`log --channel` takes one label", hint="leave it out for all of them")
    desk = open_desk(app)
    desk.channel(channel)
    ledger = desk.book.ledger
    label = known_label(app, desk, labels[0], ledger) if labels else ""
    found = [e for e in ledger.entries if e.channel == channel and label in ("", e.label)]
    found = found[::-1][:number]
    if app.options.json:
        echo_json([entry_json(entry) for entry in found])
        return 0
    if not found:
        what = f"{label} never was" if label else "nothing ever was"
        click.echo(f"{what} in `{channel}`", err=True)
        return 0
    rows = [
        (
            str(entry.number),
            entry.at,
            entry.kind,
            entry.label,
            entry.release.short,
            entry.file.short,
            entry.source or "-",
            one_line(entry.person, 60),
            one_line(entry.because, 100),
        )
        for entry in found
    ]
    for line in table(rows, HEADER):
        click.echo(visible(line))
    return 0
