"""`fxgbuild cache`: the stores, verified, measured and kept small."""

import os

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.keygen import command as keygen_command
from fxgbuild.cli.serve import serve_command
from fxgbuild.digest import Json
from fxgbuild.errors import UsageError, worst
from fxgbuild.lang.label import Label
from fxgbuild.plan.select import directory
from fxgbuild.store.census import census
from fxgbuild.store.check import verify
from fxgbuild.store.gc import Collection, Room, collect
from fxgbuild.store.keeping import bounds


@click.group("cache")
def command() -> None:
    """Verify, measure and tidy up the stores: pins, records and blobs."""


command.add_command(serve_command)
command.add_command(keygen_command)


def _room(app: App) -> Room:
    return Room(app.store, app.stores.blobs, app.stores.index, app.stores.pins)


@command.command("verify")
@click.option("--repair", is_flag=True, help="Mend what can be mended without losing anything.")
@common
def verify_command(options: Common, repair: bool) -> int:
    """Check every pin, record and blob by its digest; exits 26 or 23 when one is wrong.

    --repair drops records whose outputs are gone, so that they are made again, and puts pinned
    code back from its blob. A pin is never changed.
    """
    report = verify(_room(App(options)), repair=repair)
    code = worst([problem.exit_code for problem in report.problems])
    if options.json:
        echo_json(report.to_json())
        return code
    for problem in report.problems:
        for line in problem.lines():
            click.echo(line, err=True)
    for line in report.mended:
        click.echo(f"mended: {line}")
    if report.misses and not repair:
        click.echo(f"{len(report.misses)} records have lost an output; they are made again")
    click.echo(
        f"{report.pins} pins, {report.records} records, {report.blobs} blobs "
        f"({report.bytes / 1e6:.1f} MB) verified"
    )
    return code


@command.command("stats")
@common
def stats_command(options: Common) -> int:
    """Count pins, records and blobs, hits and misses, and what the hits saved."""
    facts = census(_room(App(options)))
    if options.json:
        echo_json(facts)
        return 0
    for name, value in facts.items():
        click.echo(f"{name:<12}{_words(value)}")
    return 0


def _words(value: Json) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{k} {'unknown' if v is None else v}" for k, v in value.items()) or "none"


@command.command("gc")
@click.option("--dry-run", is_flag=True, help="Say what would go, and take nothing.")
@click.option("--max-size", default="", help="Largest size, such as 500MiB.  [default: settings]")
@click.option("--max-age", type=float, default=None, help="Days unused.  [default: settings]")
@common
def gc_command(options: Common, dry_run: bool, max_size: str, max_age: float | None) -> int:
    """Take what is too old or too much; safe while builds run.

    Never taken: what pins, present labels, unfinished generations, promoted artifacts and running
    builds need, and all that was used within the last hour.
    """
    app = App(options)
    settings = app.settings.gc
    days = settings.max_age_days if max_age is None else max_age
    try:
        allowed = bounds(max_size or settings.max_size, days)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not dry_run and not os.access(app.store, os.W_OK):
        raise UsageError(
            "nothing can go from a store that cannot be written", facts={"store": str(app.store)}
        )
    found = collect(_room(app), allowed, _labels(app), dry_run=dry_run)
    if options.json:
        echo_json({"dry_run": dry_run} | found.to_json())
    else:
        _tell(found, dry_run=dry_run, verbose=bool(options.verbose) or dry_run)
    return 0


def _labels(app: App) -> set[str]:
    """Every target there is, those that patterns leave out too."""
    names = {name: known.names() for name, known in app.scope.remembered.items()}
    names |= directory(app.workspace)
    return {str(Label(package, name)) for package, inside in names.items() for name in inside}


def _tell(found: Collection, *, dry_run: bool, verbose: bool) -> None:
    """Every reason with its count; each thing by name on request."""
    reasons: dict[str, list[int]] = {}
    for kind, part in (("record", found.rows), ("blob", found.blobs), ("file", found.files)):
        for taken in part:
            if verbose:
                click.echo(f"{kind} {taken.name}: {taken.why}")
            reasons.setdefault(f"{kind}s {taken.why}", []).append(taken.size)
    verb = "would take" if dry_run else "took"
    for reason, sizes in sorted(reasons.items()):
        click.echo(f"{verb} {len(sizes)} {reason} ({sum(sizes) / 1e6:.1f} MB)")
    click.echo(
        f"{verb} {found.bytes / 1e6:.1f} MB, {found.kept_bytes / 1e6:.1f} MB stay, "
        f"{found.rooted_bytes / 1e6:.1f} MB of them needed"
    )
