"""`fxgbuild blame`: what was in a channel at a time, who brought it there, and who wrote it."""

from collections.abc import Iterator

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.desk import known_label, open_desk
from fxgbuild.digest import Json
from fxgbuild.errors import UsageError
from fxgbuild.oci.manifest import oci
from fxgbuild.problem import visible
from fxgbuild.promote.story import Story, tell
from fxgbuild.promote.verdicts import written_by
from fxgbuild.release.evidence import NodeEvidence
from fxgbuild.release.moment import moment
from fxgbuild.release.moves import entry_json
from fxgbuild.release.validation import commit_json
from fxgbuild.release.vote import Vote
from fxgbuild.report.visible import one_line
from fxgbuild.report.words import table

HEADER = ("node", "code by", "attempt", "date", "generate key", "carried")


@click.command("blame")
@click.argument("label", default="")
@click.option("--channel", required=True, metavar="NAME", help="Whose artifacts.")
@click.option(
    "--at",
    default="now",
    show_default=True,
    metavar="DATE",
    help="A date (its end, in UTC), a date and time, `yesterday`, `2 days ago`.",
)
@common
def command(options: Common, label: str, channel: str, at: str) -> int:
    """Say which digest a channel had at a time, who promoted it and why, and who wrote its code.

    Read from the statements that the ledger recorded then, so it answers after later promotions.
    """
    app = App(options)
    desk = open_desk(app)
    desk.channel(channel)
    try:
        when = moment(at, desk.now)
    except ValueError as error:
        raise UsageError(f"`--at`: {error}") from None
    ledger = desk.book.ledger
    name = known_label(app, desk, label, ledger) if label else ""
    entries = [e for e in ledger.at(channel, when).values() if name in ("", e.label)]
    stories = [tell(desk, entry) for entry in entries]
    if options.json:
        found = [_document(story) for story in stories]
        echo_json({"channel": channel, "at": when, "artifacts": found})
        return 0
    click.echo(f"{channel} at {when} (UTC){'' if stories else ': nothing' + _of(name)}")
    for story in stories:
        for line in _lines(story):
            click.echo(visible(line))
    return 0


def _of(label: str) -> str:
    return f" of {label}" if label else ""


def _lines(story: Story) -> Iterator[str]:
    entry, evidence = story.entry, story.evidence
    yield ""
    yield f"{entry.label}  {oci(entry.file)}"
    source = f" from {entry.source}" if entry.source else ""
    because = f": {one_line(entry.because)}" if entry.because else ""
    yield f"  entry {entry.number}  {entry.kind}{source} {entry.at} by {entry.person}{because}"
    yield f"  release  {oci(entry.release)}"
    commit = evidence.commit if evidence else None
    if commit is not None:
        where = f" of {one_line(commit.repository)}" if commit.repository else ""
        state = "clean" if commit.clean else "with changes that are in no commit"
        authors = one_line(", ".join(commit.authors)) or "nobody"
        yield f"  commit   {commit.id}{where}, {state}, by {authors}"
    elif evidence is not None:
        yield "  commit   none"
    for vote in _approvals(story):
        given = vote.approval
        told = f" {given.at}: {one_line(given.because)}" if given else ""
        yield f"  approved by {one_line(vote.person)} as {vote.role}{told}"
    for doubt in story.doubts:
        yield f"  does not count any more: {one_line(doubt)}"
    if evidence is None:
        yield "  no provenance of it counts: who wrote its code is not known"
        return
    for line in table([_row(node) for node in evidence.nodes], HEADER):
        yield f"  {line}"


def _approvals(story: Story) -> list[Vote]:
    return [vote for vote in story.case.approvals if vote.counts]


def _row(node: NodeEvidence) -> tuple[str, ...]:
    carried = f"{node.carried} times" if node.carried > 1 else "once" if node.carried else "-"
    key = node.key.short if node.key else "-"
    attempt = str(node.attempts) if node.attempts else "-"
    return (
        node.label,
        one_line(written_by(node), 60),
        attempt,
        node.generated or "-",
        key,
        carried,
    )


def _document(story: Story) -> Json:
    evidence = story.evidence
    commit = evidence.commit if evidence else None
    return {
        "label": story.entry.label,
        "file": story.entry.file.hex,
        "release": story.entry.release.hex,
        "entry": entry_json(story.entry),
        "commit": commit_json(commit) if commit else None,
        "approvals": [
            {
                "person": vote.person,
                "role": vote.role,
                "at": vote.approval.at if vote.approval else None,
                "because": vote.approval.because if vote.approval else None,
            }
            for vote in _approvals(story)
        ],
        "nodes": [_node(node) for node in evidence.nodes] if evidence else None,
        "doubts": list(story.doubts),
    }


def _node(node: NodeEvidence) -> Json:
    names = ("label", "task", "origin", "provider", "model", "attempts", "generated")
    return {name: getattr(node, name) for name in names} | {
        "key": node.key.hex if node.key else None,
        "code": node.code.hex,
        "pinned": node.pinned.hex if node.pinned else None,
        "carried": node.carried,
        "adopted": node.adopted,
    }
