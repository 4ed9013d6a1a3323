"""`fxgbuild cache serve`: a folder as a remote cache."""

from pathlib import Path

import click

from fxgbuild.cli.app import Common, common, echo_json
from fxgbuild.errors import UsageError
from fxgbuild.remote.server import Serving, open_server, read_writers, serve
from fxgbuild.remote.transport import LOOPBACK


@click.command("serve")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8421, show_default=True, type=click.IntRange(0, 65535))
@click.option("--read-only", is_flag=True, help="Take no uploads.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Who may upload: a token a line, then the namespace it may write, or nothing for all.",
)
@common
def serve_command(
    *,
    options: Common,
    folder: Path,
    host: str,
    port: int,
    read_only: bool,
    token_file: Path | None,
) -> int:
    """Serve a folder as a remote cache, until interrupted."""
    if host not in LOOPBACK and token_file is None and not read_only:
        raise UsageError(
            "anybody who reaches this address could upload",
            facts={"host": host},
            hint="`--token-file FILE` says who may, `--read-only` that nobody may",
        )
    writers = read_writers(token_file) if token_file else None
    server = open_server(host, port, Serving(folder, writers, read_only))
    if options.json:
        echo_json({"url": server.url, "folder": str(folder)})
    else:
        click.echo(f"serving {folder} at {server.url}")
    serve(server)
    return 0
