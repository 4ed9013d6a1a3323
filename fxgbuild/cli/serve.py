"""`fxgbuild cache serve` and `cache keygen`: what a remote cache needs on its side."""

import datetime
import os
from pathlib import Path

import click

from fxgbuild.cli.app import Common, common, echo_json
from fxgbuild.errors import UsageError
from fxgbuild.remote.server import Serving, open_server, read_writers, serve
from fxgbuild.remote.transport import LOOPBACK
from fxgbuild.signing.keys import new_key, signer_of


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


@click.command("keygen")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@common
def keygen_command(options: Common, file: Path) -> int:
    """Make a signing key, and print what `[remote] trust` and a trust file need of it."""
    data = new_key()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            "the key cannot be written there",
            facts={"file": str(file), "cause": error.strerror or str(error)},
            hint="a key is never overwritten; name a new file",
        ) from None
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
    public = signer_of(data, file).id
    block = trust_block(public, datetime.datetime.now(datetime.UTC).date())
    if options.json:
        echo_json({"file": str(file), "public": public, "trust": block})
    else:
        click.echo(public)
        click.echo(f"\na trust file takes it as\n\n{block}", err=True, nl=False)
    return 0


def trust_block(public: str, today: datetime.date) -> str:
    """What to paste into a trust file: a year, for whoever builds and promotes."""
    return (
        "[[keys]]\n"
        f'id = "{public}"\n'
        'person = "you@example.org"          # whose key it is\n'
        'roles = ["builder", "promoter"]     # verifier, or a role that gives approvals\n'
        f"from = {today}\n"
        f"until = {today + datetime.timedelta(365)}\n"
    )
