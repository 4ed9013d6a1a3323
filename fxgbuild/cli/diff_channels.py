"""`fxgbuild diff staging prod`: what two channels have, compared as two states of a workspace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import click

from fxgbuild.cli.app import App, echo_json
from fxgbuild.cli.desk import known_label, open_desk
from fxgbuild.cli.sides import pins
from fxgbuild.digest import Json
from fxgbuild.errors import Distrusted, UsageError
from fxgbuild.files import DiskTree
from fxgbuild.lang.label import Label
from fxgbuild.lang.load import load_workspace
from fxgbuild.oci.manifest import Malformed, oci
from fxgbuild.promote.closure_tree import ClosureTree
from fxgbuild.promote.desk import Desk
from fxgbuild.promote.story import Story, tell
from fxgbuild.promote.verdicts import compare_verdicts
from fxgbuild.release.closure import contents
from fxgbuild.release.entry import Entry
from fxgbuild.report.review_markdown import markdown
from fxgbuild.report.review_text import review_lines
from fxgbuild.review.change import Review, TargetChange
from fxgbuild.review.compare import compare
from fxgbuild.review.side import Side


@dataclass(frozen=True, slots=True)
class Compared:
    """One label in two channels."""

    label: str
    before: Entry | None
    after: Entry | None
    review: Review


def compare_channels(app: App, words: Sequence[str]) -> list[Compared]:
    """What the second channel has beside the first; of some labels, or of all."""
    desk = open_desk(app)
    ledger = desk.book.ledger
    wanted = [known_label(app, desk, word, ledger) for word in words[2:]]
    sides = ledger.now(words[0]), ledger.now(words[1])
    labels = wanted or sorted({*sides[0], *sides[1]})
    found = [_compared(desk, label, sides[0].get(label), sides[1].get(label)) for label in labels]
    for word, one in zip(words[2:], found, strict=False):
        if one.before is None and one.after is None:
            raise UsageError(
                f"neither `{words[0]}` nor `{words[1]}` has `{word}`",
                hint=f"`fxgbuild history {one.label}` shows where it is",
            )
    return found


def _compared(desk: Desk, label: str, before: Entry | None, after: Entry | None) -> Compared:
    if before is None or after is None:
        status = "removed" if before else "added"
        package, _, name = label.removeprefix("//").partition(":")
        change = TargetChange(Label(package, name), "artifact", status)
        review = Review(targets=(change,) if before or after else ())
    elif before.release == after.release:
        review = Review(notes=("the same release",))
    else:
        review = _review(desk, tell(desk, before), tell(desk, after))
    return Compared(label, before, after, review)


def _review(desk: Desk, before: Story, after: Story) -> Review:
    notes: list[str] = []
    sides = _side(desk, before, notes), _side(desk, after, notes)
    review = compare(*sides)
    if before.evidence is None or after.evidence is None:
        which = [s.entry.channel for s in (before, after) if s.evidence is None]
        notes.append(f"no provenance counts in {' and '.join(which)}: tools, sandbox levels and "
                     "models are not compared")  # fmt: skip
    else:
        more, gates = compare_verdicts(before.evidence, after.evidence)
        review = replace(
            review,
            elsewhere=(*review.elsewhere, *more),
            gates=tuple(sorted({*review.gates, *gates})),
        )
    return replace(review, notes=tuple(notes))


def _side(desk: Desk, story: Story, notes: list[str]) -> Side:
    """A release's closure, read as the part of a workspace that it is."""
    place, release = story.shelved.place, story.shelved.release
    try:
        files = contents(place.blob(release.closure))
    except Malformed as error:
        facts = {"release": oci(release.digest), "place": place.name, "cause": str(error)}
        raise Distrusted("a closure is not what it has to be", facts=facts) from None
    tree = ClosureTree(files, DiskTree(desk.root))
    workspace, problems = load_workspace(tree)
    if problems:
        count = len(problems)
        notes.append(f"of what {story.entry.channel} has {count} things cannot be read here: "
                     f"{problems[0].where} {problems[0].message}")  # fmt: skip
    return Side(workspace, pins(tree, workspace))


# Printed --------------------------------------------------------------------------------------


def show(app: App, words: Sequence[str], *, as_markdown: bool) -> list[Review]:
    """Print every label's comparison; gives the reviews, for exit codes."""
    found = compare_channels(app, words)
    if app.options.json:
        ends = {"base": {"name": words[0]}, "head": {"name": words[1]}}
        echo_json(ends | {"artifacts": [_document(one) for one in found]})
    elif as_markdown:
        text = "\n".join(
            markdown(one.review, _end(one.before, words[0]), _end(one.after, words[1]))
            for one in found
        )
        click.echo(text, nl=False)
    else:
        for number, one in enumerate(found):
            title = f"{one.label}: {_end(one.before, words[0])} → {_end(one.after, words[1])}"
            for line in ["", *_lines(app, one, title)] if number else _lines(app, one, title):
                click.echo(line)
    if not found:
        click.echo(f"neither `{words[0]}` nor `{words[1]}` has anything", err=True)
    return [one.review for one in found]


def _lines(app: App, one: Compared, title: str) -> list[str]:
    lines = review_lines(one.review, title, whole=bool(app.options.verbose))
    quiet = one.review.is_empty()
    if quiet and one.review.notes:
        return [f"{title}: {'; '.join(one.review.notes)}"]
    return lines


def _end(entry: Entry | None, channel: str) -> str:
    return f"{channel} ({entry.file.short})" if entry else f"{channel} (nothing)"


def _document(one: Compared) -> Json:
    ends = {"base": _point(one.before), "head": _point(one.after)}
    return {"label": one.label} | ends | one.review.to_json()


def _point(entry: Entry | None) -> Json:
    if entry is None:
        return None
    return {
        "file": entry.file.hex,
        "release": entry.release.hex,
        "entry": entry.number,
        "commit": entry.commit or None,
    }
