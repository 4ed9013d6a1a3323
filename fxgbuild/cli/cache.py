"""`fxgbuild cache`: the stores, verified and measured."""

import click

from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.errors import FxgError, IntegrityError, worst
from fxgbuild.lang.label import Label


@click.group("cache")
def command() -> None:
    """Verify and measure the stores: pins, records and blobs."""


@command.command("verify")
@common
def verify_command(options: Common) -> int:
    """Check every pin, record and blob by its digest; exits 26 or 23 when one is wrong."""
    app = App(options)
    problems: list[FxgError] = []
    pins = 0
    for label in _labels(app):
        try:
            pins += app.stores.pins.read(label) is not None
        except FxgError as error:
            problems.append(error)
    rows = 0
    try:
        rows = app.stores.index.verify()
    except FxgError as error:
        problems.append(error)
    damaged = app.stores.blobs.damaged()
    blobs, size = app.stores.blobs.size()
    for name in damaged:
        problems.append(
            IntegrityError(
                "a blob does not hash to its name; it was set aside",
                facts={"blob": name},
                hint="nothing was run from it; what needs it is built again",
            )
        )
    code = worst([problem.exit_code for problem in problems])
    if options.json:
        echo_json(
            {
                "status": "ok" if not problems else "failed",
                "pins": pins,
                "records": rows,
                "blobs": blobs,
                "bytes": size,
                "problems": [{"id": p.id, "message": p.message, **p.facts} for p in problems],
            }
        )
        return code
    for problem in problems:
        for line in problem.lines():
            click.echo(line, err=True)
    click.echo(f"{pins} pins, {rows} records, {blobs} blobs ({size / 1e6:.1f} MB) verified")
    return code


def _labels(app: App) -> list[Label]:
    """Every label with a folder in `cache/`, code without a record too."""
    folder = app.stores.pins.folder
    homes = {path.parent for name in ("pin.json", "code.py") for path in folder.rglob(name)}
    labels = []
    for home in sorted(homes):
        parts = home.relative_to(folder).parts
        labels.append(Label("/".join(parts[:-1]), parts[-1]))
    return labels


@command.command("stats")
@common
def stats_command(options: Common) -> int:
    """Count pins, records, blobs and their bytes."""
    app = App(options)
    blobs, size = app.stores.blobs.size()
    facts = {
        "pins": sum(1 for _ in app.stores.pins.labels()),
        "records": len(app.stores.index.keys()) if app.stores.index.exists() else 0,
        "blobs": blobs,
        "bytes": size,
        "quarantined": len(app.stores.blobs.quarantined()),
        "store": str(app.store),
    }
    if options.json:
        echo_json(facts)
    else:
        for name, value in facts.items():
            click.echo(f"{name:<12}{value}")
    return 0
