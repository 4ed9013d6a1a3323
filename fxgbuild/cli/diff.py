"""`fxgbuild diff`: what a pull request changes, and which gates it weakens."""

import contextlib
from dataclasses import replace

import click

from fxgbuild import state
from fxgbuild.build.memory import Memory
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.sides import Sides, open_sides
from fxgbuild.errors import UsageError
from fxgbuild.lang.load import load_settings
from fxgbuild.plan.select import match
from fxgbuild.report.review_markdown import markdown
from fxgbuild.report.review_text import review_lines
from fxgbuild.review.change import Review
from fxgbuild.review.compare import compare, with_impact

PATTERN = ("//", ":", "^")


@click.command("diff")
@click.argument("words", nargs=-1, metavar="[BASE] [PATTERN]...")
@click.option("--markdown", "as_markdown", is_flag=True, help="A comment for a pull request.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when there are changes.")
@click.option("--fail-on-weakened", is_flag=True, help="Exit with 1 when a gate was weakened.")
@click.option(
    "--changed-since", metavar="REF", default="", help="Only what changed since a commit."
)
@common
def command(
    options: Common,
    words: tuple[str, ...],
    as_markdown: bool,
    exit_code: bool,
    fail_on_weakened: bool,
    changed_since: str,
) -> int:
    """Say what changed since BASE, gates that were weakened first.

    BASE is a commit (compared as it is), BASE... (from where HEAD parted from it) or A..B; without
    it, where HEAD parted from origin's default branch. Nothing is generated, run or written.

    Two channels (`fxgbuild diff prod staging [LABEL]...`) compare what they have.
    """
    if as_markdown and options.json:
        raise UsageError("`--markdown` and `--json` are two documents", hint="ask for one of them")
    base = words[0] if words and not words[0].startswith(PATTERN) else ""
    app = App(options, changed_since=changed_since)
    if base and _are_channels(app, words):
        from fxgbuild.cli.diff_channels import show  # noqa: PLC0415 - most diffs are of commits

        if changed_since:
            raise UsageError("`--changed-since` is for a diff of commits")
        return _code(show(app, words, as_markdown=as_markdown), exit_code, fail_on_weakened)
    sides = open_sides(app.root, base)
    review = _review(app, sides, words[1:] if base else words)
    if options.json:
        names = sides.range
        ends = {
            "base": {"name": names.base_name, "commit": names.base},
            "head": {"name": names.head_name or "working tree", "commit": names.head or None},
        }
        echo_json(ends | review.to_json())
    elif as_markdown:
        click.echo(markdown(review, sides.range.base_name, sides.range.head_name), nl=False)
    else:
        for line in review_lines(review, _title(sides), whole=bool(options.verbose)):
            click.echo(line)
    return _code([review], exit_code, fail_on_weakened)


def _are_channels(app: App, words: tuple[str, ...]) -> bool:
    """Two words that are no patterns: no diff of git reads like that."""
    if len(words) < 2 or words[1].startswith(PATTERN):
        return False
    settings, _ = load_settings(app.tree)
    return words[0] in settings.channels and words[1] in settings.channels


def _code(reviews: list[Review], exit_code: bool, fail_on_weakened: bool) -> int:
    weakened = fail_on_weakened and any(one.weakened or one.broken for one in reviews)
    changed = exit_code and not all(one.is_empty() for one in reviews)
    return 1 if weakened or changed else 0


def _title(sides: Sides) -> str:
    names = sides.range
    return f"{names.base_name} ({names.base[:10]}) → {names.head_name or 'the working tree'}"


def _review(app: App, sides: Sides, patterns: tuple[str, ...]) -> Review:
    wanted = None
    if patterns or app.changed_since:
        words = ["-" + word[1:] if word.startswith("^") else word for word in patterns]
        workspace = sides.after.workspace
        package = app.package_in(workspace.settings)
        wanted = set(match(workspace, words, package=package))
        if app.changed_since:
            wanted = set(app.since(workspace, list(wanted)))
    review = compare(sides.before, sides.after, wanted)
    notes = []
    if sides.problems:
        count = len(sides.problems)
        notes.append(f"the base has {count} problems; what cannot be read there counts as new")
    else:
        review = with_impact(review, sides.before, sides.after, wanted)
    if not sides.range.head:
        review = replace(review, built=_built(app))
    return replace(review, notes=tuple(notes))


def _built(app: App) -> dict[str, str]:
    """Digests of artifacts that were built here from what is there now."""
    found = state.read(str(app.store))
    if found is None:
        return {}
    with contextlib.chdir(app.root):
        moved, _ = found.moved()
    memory = Memory(found, moved)
    affected = memory.affected()
    if affected is None:
        return {}
    return {
        f"//{package}:{name}": row.digest
        for package, known in sorted(memory.packages.items())
        for name, row in known.targets.items()
        if package not in affected and row.kind == "artifact" and row.digest
    }
