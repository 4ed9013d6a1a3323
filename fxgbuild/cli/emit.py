"""`fxgbuild emit`: artifacts into a folder."""

from pathlib import Path

import click

from fxgbuild.build.build import build
from fxgbuild.build.result import Result
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.cli.outputs import sources
from fxgbuild.cli.since import changed_since
from fxgbuild.digest import Digest, Json
from fxgbuild.errors import CodeLost, UsageError
from fxgbuild.files import write_atomic
from fxgbuild.machine import runtime_files
from fxgbuild.plan.plan import Selection
from fxgbuild.report.words import outcome_lines


@click.command("emit")
@click.argument("patterns", nargs=-1)
@click.option("--to", "folder", default="dist", show_default=True, type=click.Path(file_okay=False))
@click.option("--frozen", is_flag=True, help="Never ask a model and never write `cache/`.")
@changed_since
@common
def command(
    options: Common, patterns: tuple[str, ...], folder: str, frozen: bool, changed_since: str
) -> int:
    """Build artifacts and write them into a folder."""
    app = App(options, frozen=frozen, changed_since=changed_since)
    selection = app.selection(patterns)
    if changed_since and not selection.artifacts:
        return 0
    if not selection.artifacts:
        raise UsageError(
            "no artifact is among these targets",
            hint="declare `artifacts:` in the graph file; `fxgbuild ls -v //...` lists them",
        )
    app.check_environment(selection)
    try:
        result = build(app.context(), selection, runtime_files())
    finally:
        app.report.close()
    for outcome in result.failed():
        for line in outcome_lines(outcome, sources(app)):
            click.echo(line, err=True)
    if result.exit_code:
        return result.exit_code
    written = write_artifacts(app, selection, result, Path(folder))
    if options.json:
        echo_json(written)
    else:
        for item in written:
            click.echo(f"{item['sha256'][:12]}  {item['path']}")
    return 0


def write_artifacts(app: App, selection: Selection, result: Result, folder: Path) -> list[Json]:
    """Put the files of artifacts into a folder; say which, with their digests."""
    written = []
    for _, artifact in selection.artifacts:
        files = result.outcomes[artifact.label].facts["files"]
        for name, digest in files.items():
            data = app.stores.blobs.get(Digest(digest))
            if data is None:
                raise CodeLost(f"the bytes of {name} are lost", facts={"sha256": digest})
            path = folder / name
            write_atomic(path, data)
            written.append({"label": str(artifact.label), "path": str(path), "sha256": digest})
    return written
