"""`fxgbuild emit`: artifacts into a folder."""

from pathlib import Path

import click

from fxgbuild.build.build import build
from fxgbuild.cli.app import App, Common, common, echo_json
from fxgbuild.digest import Digest
from fxgbuild.errors import CodeLost, UsageError
from fxgbuild.files import write_atomic
from fxgbuild.machine import runtime_files
from fxgbuild.report.words import outcome_lines


@click.command("emit")
@click.argument("patterns", nargs=-1)
@click.option("--to", "folder", default="dist", show_default=True, type=click.Path(file_okay=False))
@click.option("--frozen", is_flag=True, help="Never ask a model and never write `cache/`.")
@common
def command(options: Common, patterns: tuple[str, ...], folder: str, frozen: bool) -> int:
    """Build artifacts and write them into a folder."""
    app = App(options, frozen=frozen)
    selection = app.selection(patterns)
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
        for line in outcome_lines(outcome):
            click.echo(line, err=True)
    if result.exit_code:
        return result.exit_code
    written = []
    for _, artifact in selection.artifacts:
        files = result.outcomes[artifact.label].facts["files"]
        for name, digest in files.items():
            data = app.stores.blobs.get(Digest(digest))
            if data is None:
                raise CodeLost(f"the bytes of {name} are lost", facts={"sha256": digest})
            path = Path(folder) / name
            write_atomic(path, data)
            written.append({"label": str(artifact.label), "path": str(path), "sha256": digest})
    if options.json:
        echo_json(written)
    else:
        for item in written:
            click.echo(f"{item['sha256'][:12]}  {item['path']}")
    return 0
