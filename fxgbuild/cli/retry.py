"""`fxgbuild retry`: what failed or was skipped in the last run, once more."""

from collections.abc import Sequence
from pathlib import Path

import click

from fxgbuild.cli.app import say
from fxgbuild.cli.options import options
from fxgbuild.cli.rc import expanded
from fxgbuild.errors import UsageError
from fxgbuild.event import TargetEnded
from fxgbuild.journal.reader import RunHead, read, runs
from fxgbuild.quick import root_of, store_of
from fxgbuild.rc import CONFIG, option_name

VERBS = (("build",), ("test",))
MOST_NAMES = 5
NOT_AGAIN = ("--watch", "--watch-generate", "--check")
AGAIN = ("failed", "skipped")


@click.command("retry", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS]")
def command(words: tuple[str, ...]) -> int:
    """Build again exactly what failed or was skipped in the last `build` or `test`.

    The options of that command hold again; more may be added.
    """
    from fxgbuild.cli.main import main  # noqa: PLC0415 - main imports the verbs by name

    root = root_of(str(Path.cwd()))
    if not root:
        raise UsageError("this folder is in no workspace", hint="`fxgbuild init` makes one")
    folder = Path(store_of(expanded(["build", *words]), root)) / "runs"
    last = next((run for run in runs(folder) if run.started.command[:1] in VERBS), None)
    if last is None or last.live:
        say([f"run {last.id} goes on still" if last else "there was no run", "nothing to retry"])
        return 0
    patterns = wanted(last, folder)
    if patterns is None:
        say([f"nothing failed in run {last.id}"])
        return 0
    command = last.started.command
    say([f"retrying run {last.id}: {shorten(patterns)}"])
    return main([command[0], *kept_options(command), *words, *patterns])


def wanted(last: RunHead, folder: Path) -> list[str] | None:
    """What failed or was skipped; all that was asked for where the run did not get to its end."""
    if last.ended is None or last.ended.error:
        return list(last.started.patterns)
    ends = [event for event in read(folder, last.id) if isinstance(event, TargetEnded)]
    return [end.label for end in ends if end.outcome in AGAIN] or None


def kept_options(command: Sequence[str]) -> list[str]:
    """The options of a command, with their values, less its patterns."""
    own = options()[command[0]]
    kept: list[str] = []
    rest = iter(command[1:])
    for word in rest:
        name, equals, _ = option_name(word)
        if word == "--":
            break
        if not word.startswith("-") or word.startswith(("-//", "-:")) or name in NOT_AGAIN:
            continue
        kept.append(word)
        if not equals and (name == CONFIG or (name in own and own[name].valued)):
            kept += [value for value in [next(rest, None)] if value is not None]
    return kept


def shorten(patterns: Sequence[str]) -> str:
    """The first few of many names."""
    more = f" and {len(patterns) - MOST_NAMES} more" if len(patterns) > MOST_NAMES else ""
    return ", ".join(patterns[:MOST_NAMES] or ["//..."]) + more
